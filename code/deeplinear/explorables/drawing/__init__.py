"""Plots on a canvas, and still pictures of figures."""
