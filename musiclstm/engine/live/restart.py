"""Restart: the state from which an engine continues after its predecessor was killed."""

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

_INTERVAL = 0.05  # seconds between two states, at least


@dataclass(frozen=True)
class RecoveryState:
    """Everything but the past: ports, model and seed in `options`, the rest as it was last.

    bookmarks: the checkpoint's in pickled form, if it has none itself. subscribers: as in `OscServer`. leader: as
    `Sync.leader`.
    """

    options: EngineOptions
    sync: commands.SetSync
    watch: commands.Watch
    tempo: float
    checkpoint: Checkpoint
    bookmarks: bytes = field(default=b"", repr=False)
    subscribers: tuple[tuple[str, int], ...] = ()
    leader: tuple[float, float] | None = None


class RecoveryStore:
    """Stores the state in the shared memory: on each beat, and soon after a change.

    Used by the engine's thread, except `mark_changed`. A state takes 0.3 ms and up to 300 KB for four parts, most of
    it for the echoes. A bookmark with the moments before it takes as much space, but no time: it is pickled once.
    """

    def __init__(self, shared: SharedMemory) -> None:
        self._shared = shared
        self._changed = False
        self._next = 0.0
        self._beat = -1
        self._bookmarks: dict[str, Bookmark] = {}
        self._pickled = _pickled({})

    def read(self) -> RecoveryState | None:
        """The last state; None if there is none, or none that can be read."""
        content = self._shared.read_state()
        if content is None:
            return None
        try:
            state = pickle.loads(content)  # noqa: S301 - written by ourselves, in memory of our own
            return _complete(state) if isinstance(state, RecoveryState) else None
        except Exception:
            log.exception("the state before the restart cannot be read")
            return None

    def mark_changed(self) -> None:
        """Store a state soon. Any thread."""
        self._changed = True

    def due(self, performer: Performer, now: float) -> bool:
        """Whether a state must be stored now; if so, the caller calls `write`."""
        beat = int(performer.edge()) if performer.playing else -1
        if now < self._next or (beat == self._beat and not self._changed):
            return False
        self._changed = False
        self._next = now + _INTERVAL
        self._beat = beat
        return True

    def write(self, state: RecoveryState) -> None:
        bookmarks = state.checkpoint.bookmarks
        if not _same(bookmarks, self._bookmarks):
            self._bookmarks, self._pickled = bookmarks, _pickled(bookmarks)
        state = replace(state, checkpoint=replace(state.checkpoint, bookmarks={}), bookmarks=self._pickled)
        if not self._shared.write_state(pickle.dumps(state, pickle.HIGHEST_PROTOCOL)):
            log.warning("the state is too large to be stored for a restart")


def _same(one: dict[str, Bookmark], other: dict[str, Bookmark]) -> bool:
    return one.keys() == other.keys() and all(bookmark is other[slot] for slot, bookmark in one.items())


def _pickled(bookmarks: dict[str, Bookmark]) -> bytes:
    content = pickle.dumps(bookmarks, pickle.HIGHEST_PROTOCOL)
    if len(content) > STATE_SIZE // 2:
        # Only of a very large model. Without the moments before them, bookmarks are entered up to a bar later.
        bare = {slot: replace(bookmark, moments=()) for slot, bookmark in bookmarks.items()}
        content = pickle.dumps(bare, pickle.HIGHEST_PROTOCOL)
    return content


def _complete(state: RecoveryState) -> RecoveryState:
    bookmarks = pickle.loads(state.bookmarks)  # noqa: S301 - as above
    return replace(state, checkpoint=replace(state.checkpoint, bookmarks=bookmarks))
