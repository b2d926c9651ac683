"""From the command line to an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from musiclstm.cli.arguments import parse
from musiclstm.errors import MusicLSTMError, UsageError, reason


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command (default: the process's own arguments) and return its exit code."""
    if sys.stdout is not None and sys.stdout.errors == "strict":  # the name of a file may be of bytes that are no text
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        if sys.stdout is not None:  # started with none, as by `>&-`
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has closed the pipe. Python would try to flush it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except UsageError as error:
        return _fail(error, 2)
    except MusicLSTMError as error:
        return _fail(error, 1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            return _report_bug(error)
        where = error.filename or "standard output"
        return _fail(MusicLSTMError(f"{where} cannot be written: {reason(error)}."), 1)
    except Exception as error:  # noqa: BLE001 - a bug; a person is spared the stack trace
        return _report_bug(error)
    return code


def _run(argv: Sequence[str]) -> int:
    try:
        options = parse(argv)
    except SystemExit:  # after --help and --version
        return 0
    code: int = options.run(options)
    return code


def _report_bug(error: Exception) -> int:
    import traceback

    from musiclstm import paths

    log = paths.error_log()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"the details are in {log}"
    except OSError:
        where = "".join(traceback.format_exception(error))
    print(f"musiclstm: unexpected error {error!r}, please report it; {where}", file=sys.stderr)
    return 1


def _fail(error: MusicLSTMError, code: int) -> int:
    print(f"musiclstm: {error}", file=sys.stderr)
    return code
