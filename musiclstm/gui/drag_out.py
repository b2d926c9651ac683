"""Bars out of the window as a MIDI file: dragged into another program, copied, or captured.

The engine writes the file when the mouse begins to move; the drag begins once it is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QActionGroup, QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from musiclstm import paths
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.rhythm import MenuButton
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.roll.selection import Selection
from musiclstm.gui.takes import fit_for_a_file
from musiclstm.protocol.commands import Capture, SaveBars
from musiclstm.protocol.telemetry import Loaded, Saved

LASTS = (4, 8, 16)  # bars
PERSON = -1
_CLICK = 4  # pixels a press may move and still be a click
_KEPT = 30 * 24 * 3600  # seconds that dragged files are kept, for a program may go on reading them


def mime(file: Path) -> QMimeData:
    """A file as other programs take it from a drag or the clipboard."""
    made = QMimeData()
    made.setUrls([QUrl.fromLocalFile(str(file))])
    return made


class BarsOut(QObject):
    """Which bars and parts leave the window, and their file.

    Signals: `message(text)`, and `rewrite_asked(bars in beats, their name)`. last: how many of the last bars, where
    none are selected. part: an index, PERSON, or None for all.
    start_drag: starts a drag of a file from a widget; another one in tests.
    """

    message = Signal(str)
    rewrite_asked = Signal(tuple, str)

    def __init__(self, bridge: Bridge, axis: TimeAxis, selection: Selection) -> None:
        super().__init__()
        self.last = 8
        self.part: int | None = None
        self.parts: tuple[str, ...] = ()
        self.start_drag: Callable[[QWidget, Path], None] = _drag
        self._bridge, self._axis, self._selection = bridge, axis, selection
        self._folder = paths.user_data() / "dragged"
        self._title = "take"
        self._file: Path | None = None  # asked for
        self._ready = False
        self._then: Callable[[Path], None] | None = None
        bridge.loaded.connect(self._loaded)
        bridge.saved.connect(self._saved)

    @property
    def range(self) -> tuple[float, float] | None:
        """The selected bars, or the last whole ones, in beats; None if there is no whole bar yet."""
        if self._selection.range is not None:
            return self._selection.range
        bars = self._axis.bars
        end = bars.number(self._axis.now)
        start = max(bars.number(self._axis.begin), end - self.last)
        return (bars.beat(start), bars.beat(end)) if end > start else None

    def is_ours(self, file: str) -> bool:
        """Whether a file was written to be dragged, and nobody need be told that it was saved."""
        return Path(file).parent == self._folder

    def prepare(self) -> bool:
        """Ask for the file; False if there is nothing to ask for."""
        chosen = self.range
        self._file, self._ready, self._then = None, False, None
        if chosen is None:
            self.message.emit("There is no whole bar to drag yet.")
            return False
        who = "" if self.part is None else " you" if self.part == PERSON else f" {self.parts[self.part]}"
        name = fit_for_a_file(f"{self._title}{who} {self._words(chosen)}")
        self._file = self._fresh() / f"{name}.mid"
        self._bridge.send(SaveBars(*chosen, str(self._file), self.part))
        return True

    def _words(self, chosen: tuple[float, float]) -> str:
        bars = self._axis.bars
        first, last = bars.number(chosen[0]) + 1, bars.number(chosen[1] - 1e-3) + 1
        return f"bar {first}" if first == last else f"bars {first}-{last}"

    def drag(self, widget: QWidget) -> None:
        """Drag what was prepared, as soon as it is there, if the mouse is still down then."""

        def begin(file: Path) -> None:
            if self.start_drag is not _drag or QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
                self.start_drag(widget, file)

        self._when_ready(begin)

    def copy(self) -> None:
        """Put the file on the clipboard."""

        def put(file: Path) -> None:
            QApplication.clipboard().setMimeData(mime(file))
            self.message.emit(f"Copied {file.name}; paste it into a folder or a program that takes files.")

        if self.prepare():
            self._when_ready(put)

    def rewrite(self) -> None:
        """Ask for other music for these bars."""
        if self.range is None:
            self.message.emit("There is no whole bar to rewrite yet.")
        else:
            self.rewrite_asked.emit(self.range, f"{self._words(self.range)} of {self._title}".capitalize())

    def capture(self) -> None:
        self._bridge.send(Capture())

    def _when_ready(self, then: Callable[[Path], None]) -> None:
        if self._file is not None and self._ready:
            then(self._file)
        else:
            self._then = then

    def _fresh(self) -> Path:
        """The folder, without what is old."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for file in self._folder.glob("*.mid"):
                if time.time() - file.stat().st_mtime > _KEPT:
                    file.unlink()
        return self._folder

    def _loaded(self, message: Loaded) -> None:
        self._title = Path(message.model).stem
        self.parts = tuple(name for name, _program, _channel in message.parts)
        if self.part is not None and self.part >= len(self.parts):
            self.part = None

    def _saved(self, message: Saved) -> None:
        if self._file is not None and Path(message.file) == self._file:
            self._ready = True
            then, self._then = self._then, None
            if then is not None:
                then(self._file)


def _drag(widget: QWidget, file: Path) -> None:
    """Blocks, with the window alive, until it is dropped or given up."""
    drag = QDrag(widget)
    drag.setMimeData(mime(file))
    drag.exec(Qt.DropAction.CopyAction)


class OutButton(MenuButton):
    """Dragged, it gives the bars away; clicked, it captures what the person just played; its arrow has the choices."""

    def __init__(self, out: BarsOut, selection: Selection, theme: Theme, midi_learn: MidiLearn) -> None:
        hint = (
            "Drag this into a DAW or a folder: the last or the selected bars as a MIDI file. "
            "A click keeps what you just played (Ctrl+P). Its arrow says which bars and parts."
        )
        super().__init__("out", "Capture, or drag out", hint, "capture", theme, midi_learn)
        self._out, self._selection = out, selection
        self._pressed_at: QPointF | None = None
        self.setCheckable(False)
        self.setFixedSize(44, 40)
        self.clicked.connect(out.capture)
        self.fill = self._choices

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed_at = event.position() if self.isDown() else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            super().mouseMoveEvent(event)
        elif (event.position() - self._pressed_at).manhattanLength() > _CLICK:
            self._pressed_at = None
            self.setDown(False)
            if self._out.prepare():
                self._out.drag(self)

    def _choices(self, menu: QMenu) -> None:
        out = self._out
        group = QActionGroup(menu)
        for bars in LASTS:
            action = menu.addAction(f"Drag the last {bars} bars")
            action.setCheckable(True)
            action.setChecked(self._selection.range is None and out.last == bars)
            action.triggered.connect(lambda _on=False, bars=bars: self._choose_last(bars))
            group.addAction(action)
        selected = menu.addAction("Drag the selected bars")
        selected.setCheckable(True)
        selected.setChecked(self._selection.range is not None)
        selected.setEnabled(self._selection.range is not None)
        group.addAction(selected)
        menu.addSeparator()
        whose = QActionGroup(menu)
        for text, part in (("All parts", None), *((name, i) for i, name in enumerate(out.parts)), ("You", PERSON)):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(out.part == part)
            action.triggered.connect(lambda _on=False, part=part: setattr(out, "part", part))
            whose.addAction(action)
        menu.addSeparator()
        menu.addAction("Rewrite these bars…").triggered.connect(out.rewrite)
        menu.addAction("Copy as a file").triggered.connect(out.copy)
        menu.addAction("Capture what you just played").triggered.connect(out.capture)

    def _choose_last(self, bars: int) -> None:
        self._out.last = bars
        self._selection.clear()
