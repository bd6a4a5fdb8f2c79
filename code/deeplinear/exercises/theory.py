"""Answers to the exercises of Part II, computed."""

from __future__ import annotations
