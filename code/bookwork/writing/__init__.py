"""Jobs for who writes: begin, run, check and take out a chapter."""
