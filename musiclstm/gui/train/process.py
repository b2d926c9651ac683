"""The process that trains: `musiclstm train`, read line by line by a thread of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, cast

from musiclstm.errors import UsageError, reason

# `-m musiclstm` does not find modules in the working folder.
COMMAND = (sys.executable, "-m", "musiclstm", "train")
_FLAGS = getattr(subprocess, "CREATE_NO_WINDOW", 0)

Told = dict[str, Any]


class Process:
    """told(line) and ended(exit code) are called in another thread. It ends by itself when this process does."""

    def __init__(
        self,
        arguments: Sequence[str],
        errors: Path,
        told: Callable[[Told], None],
        ended: Callable[[int], None],
        command: Sequence[str] = COMMAND,
    ) -> None:
        """errors: a file for what it writes to standard error. Raises UsageError where it cannot be started."""
        try:
            with errors.open("wb") as file:
                self._process = subprocess.Popen(
                    [*command, *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=file,
                    env=os.environ | {"PYTHONSAFEPATH": "1"},
                    creationflags=_FLAGS,
                    # Ctrl-C in the terminal is for the window, which closes the pipe.
                    start_new_session=True,
                )
        except OSError as error:
            raise UsageError(f"Training cannot be started: {reason(error)}.") from error
        self._commands, self._lines = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        self._thread = threading.Thread(target=self._read, args=(told, ended), name="training", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, command: bytes) -> None:
        """keep: end early, with the best model so far; listen: write that model, and go on."""
        with contextlib.suppress(OSError, ValueError):  # it has ended
            self._commands.write(command + b"\n")
            self._commands.flush()

    def pause(self) -> None:
        """End with a checkpoint."""
        with contextlib.suppress(OSError):
            self._commands.close()

    def end(self) -> None:
        """End at once: it has nothing to lose yet."""
        with contextlib.suppress(OSError):  # it has ended
            if sys.platform == "win32":
                self._process.terminate()
            else:
                os.killpg(self.pid, signal.SIGTERM)  # its own, by `start_new_session`

    def wait(self, seconds: float) -> int | None:
        """Until it has ended and all was told; its exit code, or None if it takes longer: then it ends later."""
        self._thread.join(seconds)
        return self._process.poll()

    def _read(self, told: Callable[[Told], None], ended: Callable[[int], None]) -> None:
        with self._lines as lines:
            for line in lines:
                # Libraries print, too.
                with contextlib.suppress(ValueError):
                    content = json.loads(line)
                    if isinstance(content, dict):
                        told(content)
        code = self._process.wait()
        self.pause()
        ended(code)


def last_line(errors: Path) -> str:
    """What the process said last, for a person."""
    try:
        lines = errors.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return said[-1].removeprefix("musiclstm: ") if said else ""
