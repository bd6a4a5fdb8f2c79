"""Answers to the exercises of Part III, computed."""

from __future__ import annotations
