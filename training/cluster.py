"""Cluster: reads a corpus by the workers of a Dask cluster, which do again what a lost worker had to do."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musiclstm.errors import CorpusError, UsageError, reason
from training.reader import RELEASE, files_of
from training.reading import WAITING, Each, In, Out, Promised, here, in_order, results

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as Task

# Items of a task: a tenth of a second's work, compared with about a millisecond that the scheduler needs for it.
CHUNK = 100
# Seconds within which the scheduler must answer, and a worker be there.
PATIENCE = 10.0
# Seconds without any worker after which the cluster is given up; until then a new worker may come.
LOST = 60.0


@contextmanager
def each_by(address: str | None) -> Iterator[Each]:
    """Who reads a corpus: the cluster whose scheduler has this address ("tcp://HOST:8786"), or `here` without one.

    Raises UsageError if Dask is not installed, CorpusError if there is no such cluster, or it is lost.
    """
    if not address:
        yield here
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--scheduler needs Dask; install with: pip install 'musiclstm[cluster]'") from error
    for name in ("distributed", "distributed.client"):  # what matters is raised
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _check_scheduler(address)  # a client that cannot be made says more than one line, or waits for ever
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CorpusError(f"There is no Dask scheduler at {address} ({reason(error)}).") from error
    try:
        _wait_for_workers(client, address)
        yield partial(_each, client)
    finally:
        client.close(timeout=1)


def _check_scheduler(address: str) -> None:
    """Raises CorpusError unless a scheduler answers there in time."""
    try:
        kind = asyncio.run(asyncio.wait_for(_kind(address), PATIENCE))
    except TimeoutError as error:
        raise CorpusError(f"There is no Dask scheduler at {address} (nothing answers for {PATIENCE:g} s).") from error
    except Exception as error:  # what is no scheduler answers anything
        raise CorpusError(f"There is no Dask scheduler at {address} ({reason(error)}).") from error
    if kind != "Scheduler":
        raise CorpusError(f"There is no Dask scheduler at {address}, but a {kind.lower()}.")


async def _kind(address: str) -> str:
    from distributed import Security
    from distributed.core import rpc

    how = Security().get_connection_args("client")
    async with rpc(address, connection_args=how) as there:
        return str((await there.identity())["type"])


def _wait_for_workers(client: Client, address: str) -> None:
    from distributed import TimeoutError as Late

    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except Late as error:
        raise CorpusError(f"The Dask cluster at {address} has no workers; start some: dask worker {address}") from error


def _each(client: Client, function: Callable[[In], Out], items: Iterable[In], count: int) -> Iterator[Out]:
    """A `reading.Each` by the cluster. Raises CorpusError."""
    del count  # even a few items are worth a cluster: they may be large

    def submit(chunk: list[In]) -> Promised[list[Out]]:
        files = files_of(chunk)
        if all(os.access(file, os.R_OK) for file in files):
            sizes = [(str(file), file.stat().st_size) for file in files]
            task = pickle.dumps((function, chunk), pickle.HIGHEST_PROTOCOL)
            return _Promised(client, client.submit(read, RELEASE, str(Path.cwd()), sizes, task, pure=False))
        # Here, so that the message is the same as without a cluster.
        done: Future[list[Out]] = Future()
        done.set_result(results(function, chunk))
        return done

    def read(*request: Any) -> bytes:
        # A function in a function is sent as code. A worker that lacks musiclstm could not receive a name from it, and
        # would end without a word.
        from training.reader import read_there

        return read_there(*request)

    threads = sum(client.nthreads().values())
    return in_order(submit, items, CHUNK, threads * WAITING)


class _Promised:
    """The results of a task, which may not be done yet."""

    def __init__(self, client: Client, task: Task[bytes]) -> None:
        self._client, self._task = client, task

    def result(self) -> list[Any]:
        from distributed import KilledWorker

        try:
            while not (done := self._done()):
                if not self._client.nthreads():
                    raise CorpusError("The Dask cluster has no workers any more.")
            results: list[Any] = pickle.loads(done)  # noqa: S301
        except ImportError as error:
            raise CorpusError(f"A worker of the cluster lacks musiclstm {RELEASE} ({error}).") from error
        except KilledWorker as error:
            raise CorpusError("Workers of the cluster end again and again, perhaps because memory runs out.") from error
        except (CancelledError, OSError) as error:
            raise CorpusError("The connection to the Dask scheduler was lost.") from error
        return results

    def _done(self) -> bytes | None:
        """What the task returned, pickled; None if it is not done within `LOST` seconds."""
        from distributed import TimeoutError as Late

        try:
            done: bytes = self._task.result(timeout=LOST)
        except Late:
            return None
        return done
