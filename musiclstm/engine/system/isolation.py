"""Starts Python processes of ours without the working folder among the places where modules are found.

There a person keeps MIDI files, and perhaps a `queue.py`, which Python would run instead of its own.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = str(Path(__file__).resolve().parents[3])  # the folder that `musiclstm` is in
# `-I` leaves out the working folder, and with it PYTHONPATH and the user's own packages; these are named instead.
# (`-P`, which leaves out the first alone, is of Python 3.11.)
_RUN = (
    "import sys; sys.path[:] = sys.argv.pop(1).split(chr(10)); import runpy; "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)

SAFE_PATH = {"PYTHONSAFEPATH": "1"}
"""For processes that `multiprocessing` starts: the same, from Python 3.11 on."""


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of ours in a new process, with the libraries that this one has."""
    return [sys.executable, "-I", "-c", _RUN, "\n".join(folders(sys.path)), module, *arguments]


def folders(path: Iterable[str]) -> list[str]:
    """Where that process finds modules: where this one does, but the standard library first, the working folder never.

    Unless we are in the working folder ourselves (a checkout); even then nothing in it hides the standard library.
    """
    try:
        here = {os.getcwd(), os.path.realpath("")}  # noqa: PTH109, PTH - as Python names it, and as it is called
    except OSError:  # it has been deleted
        here = set()
    standard, installed = (
        {sysconfig.get_path(name) for name in names} for names in (("stdlib", "platstdlib"), ("purelib", "platlib"))
    )

    def is_standard(folder: str) -> bool:
        return folder in standard or folder.endswith((".zip", "lib-dynload"))

    ours = {_PACKAGE, *standard, *installed}
    found = [folder for folder in path if Path(folder).is_absolute() and (folder not in here or folder in ours)]
    found.sort(key=lambda folder: not is_standard(folder))
    return [*dict.fromkeys((*found, _PACKAGE))]
