"""What the machine gives a thread that must be punctual. Where it gives nothing, all goes on, a little later."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
import time

_TIMER_SLACK = 29  # PR_SET_TIMERSLACK
_USER_INTERACTIVE = 0x21  # QOS_CLASS_USER_INTERACTIVE
_TIME_CRITICAL = 15  # THREAD_PRIORITY_TIME_CRITICAL

_SMALL_REST = 0.01
_REST = 0.1


def punctual_process() -> None:
    """Once, by the engine's main thread when all is loaded: keep the interpreter's pauses out of the music.

    The garbage collector stops running by itself; a `Collector` runs it at rests. Threads hand over within half a
    millisecond. The calling thread comes before others' too, if behind those that must be punctual: while it has the
    interpreter, they wait for it.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(0.0005)
    punctual_thread(1)


def punctual_thread(priority: int = 5) -> None:
    """Wake the calling thread when it asked to be, and before others.

    priority: of Linux's real time; the sound card's thread has a much higher one.
    """
    with contextlib.suppress(OSError, AttributeError, ValueError):
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_TIMER_SLACK, 1, 0, 0, 0)
            # 0 is the calling thread; those it starts begin as ordinary ones.
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
        elif sys.platform == "darwin":
            ctypes.CDLL(None).pthread_set_qos_class_self_np(_USER_INTERACTIVE, 0)
        elif sys.platform == "win32":
            ctypes.WinDLL("winmm").timeBeginPeriod(1)
            kernel = ctypes.WinDLL("kernel32")
            kernel.SetThreadPriority(kernel.GetCurrentThread(), _TIME_CRITICAL)


class Collector:
    """Collects garbage where the music leaves time for it, if `punctual_process` took it out of its own hands."""

    def __init__(self) -> None:
        self._young = self._all = time.monotonic()

    def rest(self, seconds: float) -> None:
        """Nothing is due for `seconds`."""
        if gc.isenabled() or seconds < _SMALL_REST:
            return
        now = time.monotonic()
        if seconds >= _REST and now - self._all > 5:
            self._all = self._young = now
            gc.collect()
            # What is left stays (an hour's moments above all); to look at it each time would take tens of milliseconds.
            gc.freeze()
        elif now - self._young > 1:
            self._young = now
            gc.collect(1)
