"""Summary: what the list of takes shows without reading the journal again, including a tiny picture of the notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

from musiclstm.engine.recording.journal_files import Key, Line, key_of, restarts

COLUMNS, ROWS = 120, 32
NOTHING, PERSON = ".", "y"
_PARTS = "01234567"


@dataclass(frozen=True, slots=True)
class Summary:
    """Of all notes of a session.

    started: seconds since 1970, of the first note. seconds: from there to the last. models: titles of those that
    played. notes: how many began; by_person: of them. saved: the MIDI file that has the first `saved_notes` of them.
    ended: the session ended by itself, or a person was asked about it. picture: rows from high to low, a character a
    moment: the number of the part (0 to 7), y for the person, a dot for nothing.
    """

    started: float = 0.0
    seconds: float = 0.0
    models: tuple[str, ...] = ()
    notes: int = 0
    by_person: int = 0
    saved: str = ""
    saved_notes: int = 0
    ended: bool = False
    picture: tuple[str, ...] = ()

    @property
    def unsaved(self) -> int:
        """How many notes are in no MIDI file."""
        return max(0, self.notes - self.saved_notes)


def summarise(lines: Iterable[Line]) -> Summary:
    """The summary of a session's lines."""
    counting = _Counting()
    for line in lines:
        counting.add(line)
    return counting.summary()


@dataclass
class _Counting:
    notes: int = 0
    by_person: int = 0
    saved: str = ""
    saved_notes: int = 0
    ended: bool = False
    _model: str = ""
    _models: dict[str, None] = field(default_factory=dict)  # an ordered set
    _header: tuple[float, float] = (0.0, 0.0)  # the first file's beginning: its seconds, and since 1970
    _first: float | None = None
    _last: float = 0.0
    _spans: list[tuple[float, float, int, str]] = field(default_factory=list)  # begin, end, pitch, character
    _sounding: dict[Key, tuple[float, int, str]] = field(default_factory=dict)  # begin, pitch, character

    def add(self, line: Line) -> None:
        kind, seconds = line[0], line[1]
        self.ended = kind == "end" or (self.ended and kind == "saved")
        if kind == "note":
            self._note(line)
        elif kind == "model":
            self._model = str(line[2])
        elif kind == "saved":
            self.saved, self.saved_notes = line[2], self.notes
        elif kind == "journal":
            if not self._header[1]:
                self._header = seconds, line[3]
            if restarts(line):
                self._end_all()

    def _note(self, line: Line) -> None:
        seconds, (part, pitch, velocity, by_person), key = line[1], line[3:7], key_of(line)
        self._end(key, seconds)
        if velocity:
            self.notes += 1
            self.by_person += bool(by_person)
            self._models.setdefault(self._model)
            self._first = seconds if self._first is None else self._first
            self._sounding[key] = seconds, pitch, PERSON if by_person else _PARTS[part % len(_PARTS)]
        if self._first is not None:
            self._last = max(self._last, seconds)

    def _end(self, key: Key, seconds: float) -> None:
        if (sounding := self._sounding.pop(key, None)) is not None:
            begin, pitch, character = sounding
            self._spans.append((begin, seconds, pitch, character))

    def _end_all(self) -> None:
        for key in list(self._sounding):
            self._end(key, self._last)

    def summary(self) -> Summary:
        if self._first is None:
            return Summary(ended=self.ended)
        self._end_all()
        since, started = self._header
        return Summary(
            started + self._first - since,
            self._last - self._first,
            tuple(title for title in self._models if title),
            self.notes,
            self.by_person,
            self.saved,
            self.saved_notes,
            self.ended,
            self._picture(self._first, self._last - self._first),
        )

    def _picture(self, first: float, length: float) -> tuple[str, ...]:
        pitches = [pitch for _, _, pitch, _ in self._spans]
        low, high = min(pitches), max(pitches)
        count = min(ROWS, high - low + 1)
        # Where several sound in the same place, the one that sounds longest is drawn.
        cells: defaultdict[tuple[int, int], defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        scale = COLUMNS / max(length, 1e-3)
        for begin, end, pitch, what in self._spans:
            row = (high - pitch) * count // (high - low + 1)
            left, right = (begin - first) * scale, (end - first) * scale
            begins = min(max(int(left), 0), COLUMNS - 1)
            for column in range(begins, max(begins + 1, min(ceil(right), COLUMNS))):
                cells[row, column][what] += max(1e-9, min(right, column + 1) - max(left, column))
        rows = [[NOTHING] * COLUMNS for _ in range(count)]
        for (row, column), played in cells.items():
            rows[row][column] = max(played, key=played.__getitem__)
        return tuple("".join(row) for row in rows)
