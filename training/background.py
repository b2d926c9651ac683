"""Background: training gives way to whatever else the machine does, such as playing. Imports nothing heavy."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

_NICE = 10
_BELOW_NORMAL = 0x4000  # BELOW_NORMAL_PRIORITY_CLASS


def give_way() -> None:
    """Lowers the priority of this process and of those that it starts. To call it twice does no harm."""
    with contextlib.suppress(OSError, AttributeError):
        if sys.platform == "win32":
            kernel = ctypes.WinDLL("kernel32")
            kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)
        else:
            os.setpriority(os.PRIO_PROCESS, 0, max(_NICE, os.getpriority(os.PRIO_PROCESS, 0)))
