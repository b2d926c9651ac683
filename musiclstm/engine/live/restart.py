"""Restart: what an engine that was killed goes on from."""

from __future__ import annotations

import logging
import pickle
from dataclasses import dataclass, field, replace

from musiclstm.engine.performer.checkpoint import Checkpoint
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.performer.time_machine import Bookmark
from musiclstm.engine.supervision.shared_memory import STATE_SIZE, SharedMemory
from musiclstm.protocol import commands
from musiclstm.protocol.options import EngineOptions

log = logging.getLogger(__name__)

_SECONDS = 0.05  # between two states kept, at least


@dataclass(frozen=True)
class Kept:
    """Everything but the past: ports, model and seed in `options`, the rest as it was last.

    bookmarks: the checkpoint's, pickled already, if it has none itself.
    """

    options: EngineOptions
    sync: commands.SetSync
    watch: commands.Watch
    tempo: float
    checkpoint: Checkpoint
    bookmarks: bytes = field(default=b"", repr=False)


class Keeper:
    """Keeps the state in the shared memory: each beat, and soon after something was changed.

    One owner, except `change`. A state takes 0.3 ms and up to 300 KB for four parts, most of them the lines of
    its echoes. A bookmark takes as much, with what led to it, but no time: it is pickled once.
    """

    def __init__(self, shared: SharedMemory) -> None:
        self._shared = shared
        self._changed = False
        self._next = 0.0
        self._beat = -1
        self._bookmarks: dict[str, Bookmark] = {}
        self._pickled = _pickled({})

    def read(self) -> Kept | None:
        """The last state; None if there is none, or none that can be understood."""
        content = self._shared.read_state()
        if content is None:
            return None
        try:
            kept = pickle.loads(content)  # noqa: S301 - written by ourselves, in memory of our own
            return _whole(kept) if isinstance(kept, Kept) else None
        except Exception:
            log.exception("the state before the restart cannot be read")
            return None

    def change(self) -> None:
        """Something is different now. Any thread."""
        self._changed = True

    def due(self, performer: Performer, now: float) -> bool:
        """Whether a state is to be written now; then the caller calls `write`."""
        beat = int(performer.edge()) if performer.playing else -1
        if now < self._next or (beat == self._beat and not self._changed):
            return False
        self._changed = False
        self._next = now + _SECONDS
        self._beat = beat
        return True

    def write(self, kept: Kept) -> None:
        bookmarks = kept.checkpoint.bookmarks
        if not _same(bookmarks, self._bookmarks):
            self._bookmarks, self._pickled = bookmarks, _pickled(bookmarks)
        kept = replace(kept, checkpoint=replace(kept.checkpoint, bookmarks={}), bookmarks=self._pickled)
        if not self._shared.write_state(pickle.dumps(kept, pickle.HIGHEST_PROTOCOL)):
            log.warning("the state is too large to be kept for a restart")


def _same(one: dict[str, Bookmark], other: dict[str, Bookmark]) -> bool:
    return one.keys() == other.keys() and all(bookmark is other[slot] for slot, bookmark in one.items())


def _pickled(bookmarks: dict[str, Bookmark]) -> bytes:
    content = pickle.dumps(bookmarks, pickle.HIGHEST_PROTOCOL)
    if len(content) > STATE_SIZE // 2:
        # Of a very large model: without what led to them they are entered up to a bar later, and that is all.
        bare = {slot: replace(bookmark, moments=()) for slot, bookmark in bookmarks.items()}
        content = pickle.dumps(bare, pickle.HIGHEST_PROTOCOL)
    return content


def _whole(kept: Kept) -> Kept:
    bookmarks = pickle.loads(kept.bookmarks)  # noqa: S301 - as above
    return replace(kept, checkpoint=replace(kept.checkpoint, bookmarks=bookmarks))
