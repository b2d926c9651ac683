"""MIDI pitches <-> rows of the roll, shared with the keys at its edge.

The axis follows the music: it shows the pitches that are needed with rows as high as there is room for, and moves to
others smoothly and rarely. For a drum model its rows are the lanes of a kit.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from musiclstm.gui.axes.drum_lanes import Kit, drum_name

BLACK = frozenset({1, 3, 6, 8, 10})
NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
ON_KEYS = "#000000"  # names on white keys, and on those lit in the colour of any part
FIRST = (45, 79)  # A2 to G5: shown before there is music
MARGIN = 2  # rows beyond the highest and the lowest pitch
LEAST_ROW, MOST_ROW = 4.0, 28.0  # pixels
MOVE = 0.4  # seconds
PATIENCE = 8.0  # seconds after which rows that could be higher are made so
THICKER = 1.15  # by this factor at least


def pitch_name(pitch: int) -> str:
    """`C4` for 60."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


class PitchAxis(QObject):
    """row: height of a semitone, or of a lane, in logical pixels. top: the pitch at y = 0; may be a fraction.

    `follow` fits it to what is needed, until the person zooms or scrolls (`following` is False from then on, until
    `release`). Signals: `changed` (everything must be painted again), `following_changed`.
    """

    changed = Signal()
    following_changed = Signal(bool)

    def __init__(self, least_row: float = LEAST_ROW) -> None:
        """least_row: pixels."""
        super().__init__()
        self._least_row = least_row
        self.kit: Kit | None = None
        self.height = 300.0
        self.following = True
        self._low, self._high = FIRST
        self._row, self._top = self._fit(*FIRST)
        self._move: tuple[float, float, float, float, float] | None = None  # begin; row and top before and after
        self._thin_since: float | None = None

    # ---- where a pitch is ----------------------------------------------------------------------------------------

    @property
    def row(self) -> float:
        return self._row if self.kit is None else self.height / max(1, len(self.kit.lanes))

    @property
    def top(self) -> float:
        return self._top

    def y(self, pitch: float) -> float:
        if self.kit is not None:
            return self.kit.row(int(pitch)) * self.row
        return (self._top - pitch) * self._row

    def pitch(self, y: float) -> int:
        if self.kit is not None:
            lanes = self.kit.lanes
            return lanes[min(len(lanes) - 1, max(0, int(y / self.row)))].keys[0]
        return min(127, max(0, round(self._top - y / self._row + 0.5 - 1e-9)))

    def name(self, pitch: int) -> str:
        return pitch_name(pitch) if self.kit is None else drum_name(pitch)

    def visible(self) -> tuple[int, int]:
        """The lowest and the highest pitch of which something is seen; of drums there is no order."""
        return max(0, int(self._top - self.height / self._row)), min(127, int(self._top) + 1)

    # ---- fitting -------------------------------------------------------------------------------------------------

    def set_range(self, low: int, high: int, *, drums: bool = False) -> None:
        """A model was loaded whose pitches are low..high."""
        self.kit = Kit(low, high) if drums else None
        self._low, self._high = max(low, FIRST[0]), min(high, FIRST[1])
        if self._high - self._low < 12:
            self._low, self._high = low, high
        self._set(*self._fit(self._low, self._high))
        self.release()

    def resize(self, height: float) -> None:
        if height != self.height:
            middle = self._top - self.height / self._row / 2
            self.height = height
            if self.following:
                self._set(*self._fit(self._low, self._high))
            else:
                self._top = middle + height / self._row / 2
            self.changed.emit()

    def need(self, low: int, high: int, now: float, *, grow_only: bool = False) -> None:
        """The pitches low..high are to be seen. now: seconds. grow_only: rows are not made higher."""
        if self.kit is not None or not self.following:
            return
        self._low, self._high = low, high
        _begin, _row, _top, row, top = self._move or (0, 0, 0, self._row, self._top)
        wanted = self._fit(low, high)
        if wanted == (row, top):
            self._thin_since = None
        elif high > top or low < top - self.height / row + 1:
            self._start(wanted, now)
        elif wanted[0] < row * THICKER or grow_only:
            self._thin_since = None
        elif self._thin_since is None:
            self._thin_since = now
        elif now - self._thin_since >= PATIENCE:
            self._start(wanted, now)

    def _fit(self, low: float, high: float) -> tuple[float, float]:
        """Height of a row, in whole pixels from LEAST_ROW on, and the top; low..high is in the middle with a margin."""
        row = self.height / (high - low + 1 + 2 * MARGIN)
        if row >= LEAST_ROW:
            row = float(int(row))
        row = min(MOST_ROW, max(self._least_row, row))
        shown = self.height / row
        top = round((low + high - 1) / 2 + shown / 2)
        return row, float(top)

    def _start(self, wanted: tuple[float, float], now: float) -> None:
        self._thin_since = None
        self._move = (now, self._row, self._top, *wanted)

    def ease(self, now: float) -> bool:
        """Go on moving; whether it moves."""
        if self._move is None:
            return False
        begin, row, top, to_row, to_top = self._move
        share = min(1.0, max(0.0, (now - begin) / MOVE))
        smooth = share * share * (3 - 2 * share)
        self._row = row + (to_row - row) * smooth
        self._top = top + (to_top - top) * smooth
        if share >= 1:
            self._move = None
        self.changed.emit()
        return True

    def show(self, pitches: set[int], now: float, *, grow_only: bool = False) -> None:
        """These are played: the rows of the drums among them, or as in `need`."""
        if self.kit is not None:
            if self.kit.include(pitches):
                self.changed.emit()
        elif pitches:
            self.need(min(pitches), max(pitches), now, grow_only=grow_only)

    def _set(self, row: float, top: float) -> None:
        self._move, self._thin_since = None, None
        self._row, self._top = row, top
        self.changed.emit()

    # ---- by hand -------------------------------------------------------------------------------------------------

    def zoom(self, factor: float, y: float) -> None:
        if self.kit is None:
            self._take_over()
            anchor = self._top - y / self._row
            self._row = min(3 * MOST_ROW, max(self.height / 128, self._row * factor))
            self._scroll_to(anchor + y / self._row)

    def scroll(self, pixels: float) -> None:
        """Move what is shown down by so many pixels."""
        if self.kit is None:
            self._take_over()
            self._scroll_to(self._top + pixels / self._row)

    def _scroll_to(self, top: float) -> None:
        self._top = min(127.0, max(self.height / self._row - 1, top))
        self.changed.emit()

    def _take_over(self) -> None:
        self._move = None
        if self.following:
            self.following = False
            self.following_changed.emit(False)

    def release(self) -> None:
        """Follow the music again."""
        if not self.following:
            self.following = True
            self._set(*self._fit(self._low, self._high))
            self.following_changed.emit(True)
