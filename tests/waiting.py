"""Waiting for what another thread or process does in its own time, instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 30.0  # seconds, for a busy machine: only what never comes takes so long


def wait_for(found: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What `found` returns, as soon as that is true; fails if it never is."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, f"nothing came in {seconds:g} seconds"
        time.sleep(0.01)
    return result
