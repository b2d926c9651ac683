"""Whether there is a display to open a window on."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

_TIMEOUT = 1.0  # seconds for a display on another machine to answer


def available() -> bool:
    """Whether a window can be shown. Qt would crash the process on a DISPLAY that does not answer."""
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("vnc", "eglfs", "linuxfb"):
        return True
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if (wayland := os.environ.get("WAYLAND_DISPLAY")) and (Path(folder) / wayland).exists():
        return True
    return _answers(os.environ.get("DISPLAY", ""))


def _answers(name: str) -> bool:
    """Whether an X server answers at `host:number.screen`."""
    host, colon, number = name.rpartition(":")
    number = number.partition(".")[0]
    if not colon or not number.isdecimal():
        return False
    unix = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers listen
    for unix_place in (unix, f"\0{unix}") if host in ("", "unix") else ("",):
        family = socket.AF_UNIX if unix_place else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIMEOUT)
            try:
                connection.connect(unix_place or (host, 6000 + int(number)))
            except (OSError, ValueError, OverflowError):  # the latter ones for a name that none can have
                continue
            return True
    return False
