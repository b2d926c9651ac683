"""Workers: processes that share the work on files, each with the model open."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from multiprocessing import resource_tracker
from multiprocessing.pool import IMapIterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

from musiclstm.engine.system.threads import one_thread_each
from musiclstm.errors import MusicLSTMError
from musiclstm.model.mixture import open_with_parent
from musiclstm.model.modelfile import ModelFile

T = TypeVar("T")
R = TypeVar("R")

# From this number of jobs on, starting more processes is faster.
_MIN_PARALLEL = 4
_PATIENCE = 1.0  # seconds between two looks at whether all processes are there


def shared(
    work: Callable[[ModelFile, Sequence[T]], list[R]], model: ModelFile, jobs: Sequence[T], most: int
) -> Iterator[R]:
    """The result of each job, in order; several processes share the work if that is faster.

    work: a function of a module, which does some jobs at once, at most `most`. A `multiprocessing.Pool`, not a
    ProcessPoolExecutor: on Ctrl-C, and when the consumer stops early, leaving `with` kills the processes in the middle
    of their work, where an executor waits for it to be complete. Raises MusicLSTMError if a process ends.
    """
    workers = min(len(jobs), os.cpu_count() or 1)
    if workers < 2 or len(jobs) < _MIN_PARALLEL:
        for group in _groups(jobs, most):
            yield from work(model, group)
        return
    # So many that no process has nothing to do.
    size = max(1, min(most, -(-len(jobs) // workers)))
    # Spawned, not forked, because ONNX Runtime has threads. Ctrl-C reaches every process of a terminal; these ignore
    # it, and the waiting process ends them.
    start = multiprocessing.get_context("spawn")
    others = multiprocessing.active_children()
    with _sigint_blocked(), one_thread_each():
        pool = start.Pool(workers, _start_worker)
    processes = [each for each in multiprocessing.active_children() if each not in others]
    with pool:
        results = pool.imap(_work, ((work, model.path, group) for group in _groups(jobs, size)))
        while (made := _next(results, processes)) is not None:
            yield from made


def _next(results: IMapIterator[list[R]], processes: Sequence[BaseProcess]) -> list[R] | None:
    """What a pool of these processes has made next; None after the last. Raises MusicLSTMError if a process has ended.

    The pool would wait for ever for what that one had to do.
    """
    while True:
        with suppress(multiprocessing.TimeoutError):
            try:
                return results.next(_PATIENCE)
            except StopIteration:
                return None
        if not all(each.is_alive() for each in processes):
            raise MusicLSTMError(
                "A process that shared the work has ended, perhaps because memory ran out; "
                "ask for fewer files at a time."
            )


def _groups(jobs: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (jobs[first : first + size] for first in range(0, len(jobs), size))


def _start_worker() -> None:
    """Ignore Ctrl-C, and end with the parent, even if that is killed in the middle of a long piece."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block Ctrl-C in processes started meanwhile, from their first instruction on; this one gets it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # when it starts, it unblocks Ctrl-C
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@lru_cache(maxsize=1)
def _opened(path: Path) -> ModelFile:
    return open_with_parent(path)


def _work(job: tuple[Callable[[ModelFile, Sequence[T]], list[R]], Path, Sequence[T]]) -> list[R]:
    work, path, group = job
    return work(_opened(path), group)
