"""Answers to the exercises of Part I, computed."""

from __future__ import annotations
