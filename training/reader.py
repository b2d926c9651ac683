"""Reader: a process that reads files for a thread of a cluster's worker.

In its main thread the time limit of a file works (`reading.in_time`). Its current folder is that of the program that
asks, so that the names of files mean the same to both. It ends with the worker, which closes its standard input.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from socket import gethostname
from typing import IO, Any, cast

from musiclstm import __version__
from musiclstm.errors import CorpusError
from training.reading import FORMAT, results

RELEASE = f"{__version__}, format {FORMAT}"
_own = threading.local()


def read_there(release: str, folder: str, files: list[tuple[str, int]], task: bytes) -> bytes:
    """Runs in a thread of a worker: lets its reader do a task, and returns the pickled results.

    task: a function and its items, pickled. release, folder: `RELEASE` and the current folder of the program that asks.
    files: those that the task reads, with their sizes in bytes. Raises CorpusError if they are not there, or the reader
    ends; and what the function raises.
    """
    reader: subprocess.Popen[bytes] | None = getattr(_own, "reader", None)
    if reader is None:
        command = [sys.executable, "-m", __name__]
        reader = _own.reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    requests, answers = cast("IO[bytes]", reader.stdin), cast("IO[bytes]", reader.stdout)
    try:
        pickle.dump((release, folder, files, task), requests)
        requests.flush()
        error, answer = pickle.load(answers)  # noqa: S301
    except (OSError, EOFError) as ended:
        del _own.reader
        with suppress(OSError), reader:
            reader.kill()
        raise CorpusError("A process that read the corpus has ended, perhaps because memory ran out.") from ended
    if error:
        raise error
    done: bytes = answer
    return done


def _read(release: str, folder: str, files: list[tuple[str, int]], task: bytes) -> bytes:
    """Runs in the reader: does what `read_there` was asked for."""
    if release != RELEASE:
        raise CorpusError(f"A worker of the cluster has musiclstm {RELEASE}; it must be {release}, as here.")
    with suppress(OSError):  # the names of the files may be absolute
        os.chdir(folder)
    for name, size in files:
        path = Path(folder, name)
        if not os.access(path, os.R_OK) or path.stat().st_size != size:
            raise CorpusError(
                f"The worker on {gethostname()} does not see {path} as this machine does. All workers must see the "
                "corpus under the same name, as on a network disk."
            )
    function, items = pickle.loads(task)  # noqa: S301
    return pickle.dumps(results(function, items), pickle.HIGHEST_PROTOCOL)


def files_of(items: Iterable[Any]) -> list[Path]:
    """The files among the items, and in the tuples among them."""
    return [each for item in items for each in (item if isinstance(item, tuple) else (item,)) if isinstance(each, Path)]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker's business
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what is printed is no answer
    with suppress(EOFError, BrokenPipeError):
        while True:
            request = pickle.load(sys.stdin.buffer)  # noqa: S301
            answer: tuple[Exception | None, bytes]
            try:
                answer = None, _read(*request)
            except Exception as error:  # noqa: BLE001 - raised by the worker
                answer = error, b""
            pickle.dump(answer, answers)
            answers.flush()


if __name__ == "__main__":
    main()
