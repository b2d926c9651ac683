"""What every training command does around its `main`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from musiclstm.errors import MusicLSTMError


def run_command(main: Callable[[Sequence[str]], int]) -> None:
    """Calls `main` with the command line's arguments, and exits; one of our errors becomes one line and code 1."""
    try:
        sys.exit(main(sys.argv[1:]))
    except MusicLSTMError as error:
        sys.exit(str(error))
