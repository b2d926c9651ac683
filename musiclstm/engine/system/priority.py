"""Real-time priority and garbage collection, for threads with deadlines.

Where the machine grants no priority, everything works, only less punctually.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
import time
from collections.abc import Iterator

_TIMER_SLACK = 29  # PR_SET_TIMERSLACK
_USER_INTERACTIVE = 0x21  # QOS_CLASS_USER_INTERACTIVE
_TIME_CRITICAL = 15  # THREAD_PRIORITY_TIME_CRITICAL

_SHORT_PAUSE = 0.01
_LONG_PAUSE = 0.1


def prepare_process() -> None:
    """Keep the interpreter's pauses out of the music; called once, by the engine's main thread when all is loaded.

    The garbage collector no longer runs by itself; a `GarbageCollector` runs it in pauses. The interpreter switches
    threads after half a millisecond. The calling thread gets priority over others, below those with deadlines: they
    wait for it while it has the interpreter.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(0.0005)
    raise_priority(1)


def raise_priority(priority: int = 5) -> None:
    """Wake the calling thread exactly when its sleep ends, and before others.

    priority: for Linux's SCHED_FIFO; the sound card's thread has a much higher one.
    """
    with contextlib.suppress(OSError, AttributeError, ValueError):
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_TIMER_SLACK, 1, 0, 0, 0)
            # 0 is the calling thread; threads that it starts get ordinary priority.
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
        elif sys.platform == "darwin":
            ctypes.CDLL(None).pthread_set_qos_class_self_np(_USER_INTERACTIVE, 0)
        elif sys.platform == "win32":
            ctypes.WinDLL("winmm").timeBeginPeriod(1)
            kernel = ctypes.WinDLL("kernel32")
            kernel.SetThreadPriority(kernel.GetCurrentThread(), _TIME_CRITICAL)


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """No garbage collector meanwhile: among the notes of a long file it finds nothing, in a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class GarbageCollector:
    """Collects garbage while nothing is due, once `prepare_process` has disabled automatic collection."""

    def __init__(self) -> None:
        self._young = self._all = time.monotonic()

    def pause(self, seconds: float) -> None:
        """Collect if it fits: nothing is due for `seconds`."""
        if gc.isenabled() or seconds < _SHORT_PAUSE:
            return
        now = time.monotonic()
        if seconds >= _LONG_PAUSE and now - self._all > 5:
            self._all = self._young = now
            gc.collect()
            # What is left lives long (an hour's moments above all); scanning it again would take tens of milliseconds.
            gc.freeze()
        elif now - self._young > 1:
            self._young = now
            gc.collect(1)
