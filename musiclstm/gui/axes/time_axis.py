"""TimeAxis: the one horizontal axis that roll and memory share, and TileStrip: painted stretches of the past.

The past does not change, so it is painted once into tiles and only copied from then on. To move by less than a pixel
without resampling each frame, every tile is painted at a few sub-pixel phases; a frame is then a plain copy.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QImage, QPainter

from musiclstm.gui.axes.bars import Bars

# Positions a pixel is divided into when scrolling, in device pixels.
PHASES = 4
TILE = 48  # logical pixels
MIN_SCALE, MAX_SCALE = 6.0, 400.0
EDGE = 72  # logical pixels: the column left of the views on this axis
SETTLED = 0.5  # beats behind the now-line from which on nothing changes any more
WIDE = 14  # pixels that the mark of a moment may reach into what was before it


class TimeAxis(QObject):
    """Beats <-> logical pixels of any view that starts at the axis' left edge.

    scale: pixels a beat. now: the playhead's beat. begin: the first beat, below 0 when a leader's start has relabelled
    what was played before it. ahead: pixels right of the now-line. While `following`, the now-line stands still;
    else the view stands still and the now-line moves. Signals: `scaled` (everything must be painted again), `moved`
    (only shifted), `following_changed`.
    """

    scaled = Signal()
    moved = Signal()
    following_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.scale = 56.0
        self.now = 0.0
        self.begin = 0.0
        self.width = 900.0
        self.bars = Bars()
        self.loop: tuple[float, float] | None = None  # the beats of the past that go round
        self.ahead = 200.0
        self.following = True
        self._left = 0.0  # beat at the left edge while not following

    @property
    def bar_beats(self) -> float:
        """Beats in the bars of now."""
        return self.bars.length

    @property
    def now_x(self) -> float:
        return round(max(self.width / 2, self.width - self.ahead))

    @property
    def left_beat(self) -> float:
        return self.now - self.now_x / self.scale if self.following else self._left

    @property
    def right_beat(self) -> float:
        return self.left_beat + self.width / self.scale

    def left(self, ratio: float) -> float:
        """The left edge in device pixels since beat 0, rounded to a phase."""
        return math.floor(self.left_beat * self.scale * ratio * PHASES + 0.5) / PHASES

    def x(self, beat: float, ratio: float = 1.0) -> float:
        return beat * self.scale - self.left(ratio) / ratio

    def beat(self, x: float) -> float:
        return self.left_beat + x / self.scale

    def place(self, beat: float) -> str:
        """`bar 12.3`: bar and beat, counted from 1."""
        beat = max(self.begin, beat)
        bar = self.bars.number(beat)
        return f"bar {bar + 1}.{int(beat - self.bars.beat(bar) + 1e-6) + 1}"

    def advance(self, now: float) -> None:
        if now != self.now:
            self.now = now
            self.moved.emit()

    def set_ahead(self, pixels: float) -> None:
        if pixels != self.ahead:
            self.ahead = pixels
            self.moved.emit()

    def relabel(self, beats: float) -> None:
        """What was beat b is b + `beats` from now on."""
        self._left += beats
        self.bars.reset(self.bars.length)
        self.begin = min(0.0, self.begin + beats)

    def resize(self, width: float) -> None:
        if width != self.width:
            self.width = width
            self.scaled.emit()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Zoom about `x`, or about the now-line while following."""
        scale = min(MAX_SCALE, max(MIN_SCALE, self.scale * factor))
        if scale == self.scale:
            return
        anchor = None if x is None or self.following else self.beat(x)
        self.scale = scale
        if anchor is not None and x is not None:
            self._left = anchor - x / scale
        self.scaled.emit()

    def scroll(self, beats: float) -> None:
        """Scroll by pixels; scrolling past the present follows it again."""
        left = self.left_beat + beats
        followed = self.now - self.now_x / self.scale
        if left >= followed:
            self.follow()
            return
        # No further than a screen before the beginning.
        self._left = max(left, min(followed, self.begin - self.now_x / self.scale / 2))
        if self.following:
            self.following = False
            self.following_changed.emit(False)
        self.moved.emit()

    def show(self, beat: float) -> None:
        """Centre the view on `beat`."""
        self.scroll(beat - (self.left_beat + self.width / self.scale / 2))

    def freeze(self) -> None:
        """Keep the view where it is; the now-line moves on."""
        if self.following:
            self._left = self.left_beat
            self.following = False
            self.following_changed.emit(False)

    def follow(self) -> None:
        if not self.following:
            self.following = True
            self.following_changed.emit(True)
            self.moved.emit()


PaintStretch = Callable[[QPainter, float, float], None]


class TileStrip:
    """Finished stretches of a view over a TimeAxis.

    paint(painter, low, high): paints beats low..high, where the painter's x is beat * scale (logical pixels).
    timeless: what it paints does not depend on what is played, so all of it is finished.
    """

    def __init__(self, axis: TimeAxis, paint: PaintStretch, *, timeless: bool = False) -> None:
        self._axis = axis
        self._paint = paint
        self._timeless = timeless
        self._tiles: dict[tuple[int, int], QImage] = {}
        self._key: tuple[float, int, float] = (0.0, 0, 0.0)

    def clear(self) -> None:
        self._tiles.clear()

    def forget_from(self, beat: float) -> None:
        """Drop the tiles at or after `beat`, where something has changed."""
        scale, _height, ratio = self._key
        first = math.floor(beat * scale * ratio / max(1, round(TILE * ratio))) - 1
        for key in [key for key in self._tiles if key[0] >= first]:
            del self._tiles[key]

    def draw(self, painter: QPainter, height: int, ratio: float, from_x: float = 0.0) -> float:
        """Copy the finished tiles in view right of `from_x`; returns the logical x from which on the caller paints.

        The painter is a widget's of that height (logical) and device pixel ratio.
        """
        axis = self._axis
        key = (axis.scale, height, ratio)
        if key != self._key:
            self._tiles.clear()
            self._key = key
        left = axis.left(ratio)
        step = round(TILE * ratio)
        # `from_x` is the end of a tile as another strip drew it, on the pixel grid.
        first = round((math.ceil(left) + from_x * ratio) / step) if from_x > 0 else math.floor(left / step)
        last = math.ceil((left + axis.width * ratio) / step)
        if not self._timeless:
            settled = axis.now * axis.scale - max(SETTLED * axis.scale, WIDE)
            last = min(last, math.floor(settled * ratio / step))
        shift = math.ceil(left) - left  # 0 ≤ shift < 1: how far right of the pixel grid content lies
        phase = round(shift * PHASES)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        for index in range(first, last):
            tile = self._tiles.get((index, phase))
            if tile is None:
                tile = self._make(index, phase / PHASES, step, height, ratio)
                self._tiles[index, phase] = tile
            painter.drawImage(QPointF(index * step - math.ceil(left), 0), tile)
        painter.restore()
        self._evict(first, last)
        return max(0.0, (last * step - math.ceil(left)) / ratio) if last > first else 0.0

    def _make(self, index: int, shift: float, step: int, height: int, ratio: float) -> QImage:
        image = QImage(step, max(1, round(height * ratio)), QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(shift - index * step, 0)
        painter.scale(ratio, ratio)
        scale = self._axis.scale * ratio
        self._paint(painter, (index * step - 1) / scale, ((index + 1) * step + 1) / scale)
        painter.end()
        return image

    def _evict(self, first: int, last: int) -> None:
        # The tiles of two screens at all phases; beyond that those out of view go.
        if len(self._tiles) > 2 * PHASES * max(8, last - first):
            for key in [key for key in self._tiles if not first <= key[0] < last]:
                del self._tiles[key]
