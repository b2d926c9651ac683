"""Limits: the ranges that every way in keeps to."""

from __future__ import annotations

MIN_BPM, MAX_BPM = 4.0, 1000.0
