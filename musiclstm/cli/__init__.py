"""The commands, and the only place that prints.

arguments  what can be asked for, and reading it
files      generate, evaluate, models: done when the file is written or the table printed
live       gui, play, ports: the window, and the stream without it
learning   train

Every error a person may see ends in `main`: one line on stderr that says what to do, and an exit code: 2 for a command
that makes no sense, 130 for Ctrl-C, else 1.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from musiclstm.cli.arguments import parse
from musiclstm.errors import MusicLSTMError, UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; its exit code."""
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read has enough. Python would try to write the rest once more on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except UsageError as error:
        return _fail(error, 2)
    except MusicLSTMError as error:
        return _fail(error, 1)
    except Exception as error:  # noqa: BLE001 - a fault of ours; a person is spared the stack
        return _fault(error)
    return code


def _run(argv: Sequence[str]) -> int:
    try:
        options = parse(argv)
    except SystemExit:  # after --help and --version
        return 0
    code: int = options.run(options)
    return code


def _fault(error: Exception) -> int:
    import traceback

    from musiclstm import paths

    log = paths.error_log()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"the details are in {log}"
    except OSError:
        where = "".join(traceback.format_exception(error))
    print(f"musiclstm: this should not have happened: {error!r}; {where}", file=sys.stderr)
    return 1


def _fail(error: MusicLSTMError, code: int) -> int:
    line = " ".join(str(error).split())
    print(f"musiclstm: {line}", file=sys.stderr)
    return code
