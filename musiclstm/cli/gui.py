"""gui: the window."""

from __future__ import annotations

import argparse

from musiclstm.cli import display
from musiclstm.errors import UsageError


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - as every command
    """Open the window; blocks until it is closed. Raises UsageError where no window can be opened."""
    if not display.available():
        raise UsageError("There is no display for the window; `musiclstm play` plays without one")
    try:
        return open_window()
    except ImportError as error:
        raise UsageError(f"The window cannot open: {error}; `musiclstm play` plays without it") from error


def open_window() -> int:
    """Raises ImportError where Qt or one of its libraries is missing."""
    from musiclstm.gui.app import main

    return main([])
