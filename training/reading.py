"""Reading: the pieces of a corpus, again and again, by processes of this machine or of a cluster."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from musiclstm.errors import CorpusError, MidiFileError
from musiclstm.music import midifile
from musiclstm.music.columns import notes_of
from musiclstm.music.note import Piece, TimeBase
from training.kept import Kept, unpacked

# To be raised whenever the form of a survey or a store changes, or what is read from a MIDI file.
FORMAT = 1

# A MIDI file; one whose notes are kept; or a piece in memory, because it took long to read.
Source = Path | Kept | Piece
In = TypeVar("In")
Out = TypeVar("Out")
Got_co = TypeVar("Got_co", covariant=True)
# Is called with how many files have been read, and how many there are.
Count = Callable[[int, int], None]


class Each(Protocol):
    """Who calls a function with each of `count` items: `here`, or a `cluster`. The results come in order."""

    def __call__(self, function: Callable[[In], Out], items: Iterable[In], count: int) -> Iterator[Out]: ...


class Promised(Protocol[Got_co]):
    """A result that is waited for."""

    def result(self) -> Got_co: ...


# Seconds that a file may take; the usual one takes a thousandth.
LONGEST = 30.0

# How many items a process is given at a time, and how many such chunks wait for each process.
_CHUNK, WAITING = 16, 2
# Fewer are read before another process has started.
_WORTH_A_PROCESS = 200


def read(source: Source, base: TimeBase) -> Piece:
    """A piece with its notes. base: for a file; kept notes have that of their first reading. Raises MidiFileError."""
    if isinstance(source, Kept):
        piece, columns = unpacked(source.packed())
        return replace(piece, notes=tuple(notes_of(columns)))
    return source if isinstance(source, Piece) else midifile.read(source, base)


def digest_of(source: Source) -> str:
    """The SHA-256 of all that `read` reads; "" if that cannot be read."""
    if isinstance(source, Kept):
        return source.digest
    try:
        known = repr(source).encode() if isinstance(source, Piece) else midifile.content(source)
    except MidiFileError:
        return ""  # the reader will say why
    return hashlib.sha256(known).hexdigest()


def why_not(error: Exception, path: Path) -> str:
    """Why a file cannot be read, in words that do not name it again: messages begin with its whole address."""
    address = str(MidiFileError(path))
    why = str(error)
    return f"it{why.removeprefix(address)}" if why.startswith(f"{address} ") else why


@contextmanager
def in_time(path: Path) -> Iterator[None]:
    """For what is done with one file. Raises MidiFileError if it takes longer than `LONGEST`.

    Works only where there are alarms, which come to the main thread: not on Windows, and not in a window's thread.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(*_: object) -> None:
        raise MidiFileError(f"{path} took longer than {LONGEST:g} s to read")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def processes_for(count: int) -> int:
    """How many processes are worth their start for so many files; one means none but this one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, count // _WORTH_A_PROCESS))


def here(function: Callable[[In], Out], items: Iterable[In], count: int) -> Iterator[Out]:
    """An `Each` by processes of this machine. Raises CorpusError if one ends."""
    return each_of(function, items, processes_for(count))


def each_of(function: Callable[[In], Out], items: Iterable[In], processes: int = 1) -> Iterator[Out]:
    """The results of the function for each item, in order, by so many processes; few items are in memory at a time.

    Raises CorpusError if a process ends.
    """
    if processes == 1:
        yield from map(function, items)
        return
    # The parent may have threads, with which a process cannot be forked safely.
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _leave_interrupts)
    try:
        yield from in_order(lambda chunk: pool.submit(results, function, chunk), items, _CHUNK, processes * WAITING)
    except BrokenProcessPool as error:
        raise CorpusError("A process that read the corpus has ended, perhaps because memory ran out.") from error
    finally:
        pool.shutdown(cancel_futures=True)


def in_order(
    submit: Callable[[list[In]], Promised[Sequence[Out]]], items: Iterable[In], size: int, most: int
) -> Iterator[Out]:
    """The results for all items, submitted in chunks of `size`; at most `most` chunks wait to be done."""
    left = iter(items)
    waiting: deque[Promised[Sequence[Out]]] = deque()
    while chunk := list(islice(left, size)):
        waiting.append(submit(chunk))
        if len(waiting) > most:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def results(function: Callable[[In], Out], items: Iterable[In]) -> list[Out]:
    return [function(item) for item in items]


def uncounted(read: int, files: int) -> None:
    """A `Count` for nobody."""


def counted(items: Iterable[Out], files: int, count: Count) -> Iterator[Out]:
    """The items, while they are counted."""
    for read_, item in enumerate(items, 1):
        yield item
        count(read_, files)


def _leave_interrupts() -> None:
    """In a process of the pool: leaves interrupts to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
