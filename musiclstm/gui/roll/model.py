"""RollModel: the notes of the roll by beat: planned, sounding, played, withdrawn; and the jumps.

Pure data, no Qt: the window passes telemetry to it, the views read a range of beats.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass

from musiclstm.protocol.telemetry import Exited, Jumped, PlanEnded, Planned, Played, Telemetry, Withdrawn

# More than an hour of dense music; beyond it the oldest are forgotten.
KEPT = 100_000
# A jump to a beat this far behind the playhead is one of time itself.
REWOUND = 1.0
INFINITY = float("inf")
REASONS = {
    "clock": "leader",
    "model": "",
    "back": "back",
    "bookmark": "bookmark",
    "morph": "morph",
    "prime": "from a file",
    "forget": "forgot",
}


@dataclass(slots=True)
class RollNote:
    """`end` is None while the note sounds (or its planned end is not decided). Beats. drum: pitch is a drum's key.

    in_music: False where a person plays while the music stands or is counted in, so that it is in none of its bars.
    """

    id: int
    beat: float
    part: int
    pitch: int
    velocity: int
    end: float | None = None
    surprise: float = 0.0
    by_person: bool = False
    drum: bool = False
    in_music: bool = True


class RollModel:
    """changed: the earliest beat whose *played* picture changed since it was last set to infinity by a reader.

    drums: the parts that are drums. drummed: whether any were.
    """

    def __init__(self) -> None:
        self.drums: frozenset[int] = frozenset()
        self.drummed = False
        self.silent: set[int] = set()  # parts that nobody hears: muted, or others have solo
        self.planned: dict[int, RollNote] = {}
        self.sounding: dict[int, RollNote] = {}
        self.fading: list[tuple[RollNote, float]] = []  # withdrawn, with the time of it
        self.jumps: list[tuple[float, str]] = []  # beat, where to in words
        self.model = ""  # the title of a model that goes on with the next jump
        self.asked: dict[str, str] = {}  # by reason of a jump: what the person asked last, the words for it
        self.changed = INFINITY
        self.longest = 0.0
        self._past: list[RollNote] = []  # ended notes by onset
        self._onsets: list[float] = []

    # ---- telemetry -----------------------------------------------------------------------------------------------

    def take(self, message: Telemetry, now: float, beat: float, *, in_music: bool = True) -> None:
        """`now`: seconds, for fading. `beat`: the playhead's, at which notes end that get no note-off.

        in_music: as of a note that begins with this message.
        """
        if isinstance(message, Played):
            self._played(message, in_music=in_music)
        elif isinstance(message, Planned):
            self.planned[message.id] = RollNote(
                message.id,
                message.beat,
                message.part,
                message.pitch,
                message.velocity,
                message.end,
                message.surprise,
                drum=message.part in self.drums,
            )
        elif isinstance(message, PlanEnded):
            note = self.planned.get(message.id)
            if note is not None:
                note.end = message.end
        elif isinstance(message, Withdrawn):
            self._withdrawn(message.beat, now)
        elif isinstance(message, Jumped):
            self._jumped(message, beat, now)
        elif isinstance(message, Exited):
            self._withdrawn(-INFINITY, now)
            self._end_all(beat)

    def _played(self, message: Played, *, in_music: bool) -> None:
        if message.velocity > 0:
            plan = self.planned.pop(message.id, None)
            stale = self.sounding.pop(message.id, None)
            if stale is not None:
                self._finish(stale, message.beat)
            self.sounding[message.id] = RollNote(
                message.id,
                message.beat,
                message.part,
                message.pitch,
                message.velocity,
                None,
                plan.surprise if plan else 0.0,
                message.by_person,
                message.part in self.drums,
                in_music,
            )
            self._touch(message.beat)
            return
        note = self.sounding.pop(message.id, None)
        if note is not None:
            self._finish(note, message.beat)

    def _finish(self, note: RollNote, beat: float) -> None:
        if not note.in_music:
            return
        note.end = max(note.beat, beat)
        self.longest = max(self.longest, note.end - note.beat)
        if not self._onsets or note.beat >= self._onsets[-1]:
            self._onsets.append(note.beat)
            self._past.append(note)
        else:
            insort(self._past, note, key=lambda other: other.beat)
            insort(self._onsets, note.beat)
        self._touch(note.end)
        if len(self._past) > KEPT:
            del self._past[: KEPT // 10], self._onsets[: KEPT // 10]

    def _withdrawn(self, beat: float, now: float) -> None:
        for note in [note for note in self.planned.values() if note.beat >= beat]:
            del self.planned[note.id]
            self.fading.append((note, now))
        for note in self.planned.values():
            if note.end is not None and note.end >= beat:
                note.end = None

    def _jumped(self, message: Jumped, beat: float, now: float) -> None:
        """The music continues from another moment. Beats continue too, unless time itself went back."""
        if message.relabelled:
            self._relabel(message.relabelled)
        elif message.beat < beat - REWOUND:
            self._withdrawn(-INFINITY, now)
            self._end_all(beat)
            cut = bisect_left(self._onsets, message.beat)
            del self._past[cut:], self._onsets[cut:]
            self.jumps = [jump for jump in self.jumps if jump[0] < message.beat]
        words = self.asked.pop(message.reason, "") or REASONS.get(message.reason, message.reason)
        self.jumps.append((message.beat, " · ".join(filter(None, (self.model, words)))))
        self.model = ""
        self._touch(message.beat)

    def _relabel(self, beats: float) -> None:
        """What was beat b is b + `beats` from now on. What was planned is planned again."""
        self.planned.clear()
        self.fading.clear()
        for note in (*self._past, *self.sounding.values()):
            note.beat += beats
            if note.end is not None:
                note.end += beats
        self._onsets = [note.beat for note in self._past]
        self.jumps = [(beat + beats, words) for beat, words in self.jumps]

    def _end_all(self, beat: float) -> None:
        for note in list(self.sounding.values()):
            self._finish(note, max(beat, note.beat))
        self.sounding.clear()

    def _touch(self, beat: float) -> None:
        self.changed = min(self.changed, beat)

    # ---- questions -----------------------------------------------------------------------------------------------

    def between(self, low: float, high: float) -> Iterator[RollNote]:
        """Played notes that touch beats low..high, by onset; the sounding ones come last."""
        start = bisect_left(self._onsets, low - self.longest)
        for index in range(start, len(self._past)):
            note = self._past[index]
            if note.beat > high:
                break
            if note.end is not None and note.end >= low:
                yield note
        for note in self.sounding.values():
            if note.beat <= high and note.in_music:
                yield note

    def onsets(self, low: float, high: float) -> list[RollNote]:
        """Ended notes that begin in low <= beat < high."""
        return self._past[bisect_left(self._onsets, low) : bisect_left(self._onsets, high)]

    def farthest(self) -> float:
        """The last beat at which something is planned; -infinity if nothing is."""
        return max((note.beat if note.end is None else note.end for note in self.planned.values()), default=-INFINITY)

    def settle(self, now: float, fade: float) -> None:
        """Drop notes that have faded."""
        if self.fading:
            self.fading = [pair for pair in self.fading if now - pair[1] < fade]

    @property
    def played(self) -> int:
        return len(self._past) + len(self.sounding)

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]
