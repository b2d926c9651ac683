"""The views over time: roll, memory and the keyboard of expectation, moved by one frame timer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from musiclstm.errors import printable
from musiclstm.files import is_file, is_midi, spelt
from musiclstm.gui.axes import ahead
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.view_header import ViewHeader
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.keyboard.keyboard import Keyboard
from musiclstm.gui.keyboard.typing_keyboard import SEMITONES
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.memory.box import MemoryBox
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.roll.box import RollBox
from musiclstm.gui.roll.chord_loader import ChordLoader
from musiclstm.gui.roll.piano_roll import COUNTING, HINT, WAITING
from musiclstm.gui.roll.shades import sounding_colours
from musiclstm.gui.view_models import ViewModels
from musiclstm.protocol.commands import Chords, GoTo, PlayerNote, Prime, Watch
from musiclstm.protocol.telemetry import (
    ControlChanged,
    Exited,
    Expectation,
    Jumped,
    Loaded,
    LoopChanged,
    MeterChanged,
    Played,
    StateFrame,
    Status,
    Telemetry,
)

FRAME = 16  # milliseconds: 60 frames a second
SURVEY = 0.25  # seconds between two looks at what is in view


class TimeViews(QWidget):
    """Signals: `frame()` for each frame while something moves; `message(text)` for the message line.

    `selection` is what is chosen on the ruler above the roll.
    """

    frame = Signal()
    message = Signal(str)

    def __init__(
        self,
        bridge: Bridge,
        axis: TimeAxis,
        midi_learn: MidiLearn,
        theme: Theme,
        *,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        super().__init__()
        self._bridge, self._clock, self._theme, self.axis = bridge, clock, theme, axis
        self.models = models = ViewModels(axis)
        self.playhead, self.notes, self.memory = models.playhead, models.roll.notes, models.memory
        self.selection = models.roll.selection
        self.roll_box = RollBox(models.roll, theme, clock, bridge.send)
        self.roll, self.ruler, self.chords = self.roll_box.roll, self.roll_box.ruler, self.roll_box.chords
        self.memory_box = MemoryBox(self.memory, axis, theme)
        self.lanes, self.gates = self.memory_box.lanes, self.memory_box.gates
        self.keyboard = Keyboard(theme, self._sounding_colours)
        self.header = ViewHeader(bridge, midi_learn, theme)
        self.header.memory.connect(self.show_memory)
        self.header.keyboard.connect(self.show_keyboard)
        self.header.freeze.connect(self._freeze)
        self._watched: Watch | None = None
        self._surveyed = 0.0
        self._lay_out()
        self.setAcceptDrops(True)
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=FRAME)
        self._timer.timeout.connect(self._tick)
        self._quiet_frames = 0
        self._connect()

    # ---- building ------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        bridge, models = self._bridge, self.models
        bridge.notes.connect(self._take_notes)
        bridge.frames.connect(self._take_frames)
        bridge.status.connect(self._take_status)
        bridge.fresh.connect(self._take_fresh)
        bridge.changed.connect(self._take_change)
        bridge.loaded.connect(self._take_loaded)
        bridge.jumped.connect(lambda _message: self.axis.follow())
        bridge.meter_changed.connect(self._take_meter)
        bridge.loop_changed.connect(self._take_loop)
        bridge.chords_changed.connect(self.chords.take)
        self.chords.edited.connect(lambda text: bridge.send(Chords(text)))
        self.chords.wrong.connect(self.message)
        self.chord_loader = ChordLoader(self.chords)
        self.chord_loader.found.connect(lambda text: bridge.send(Chords(text)))
        self.chord_loader.said.connect(self.message)
        bridge.expectation.connect(self._take_expectation)
        bridge.control_changed.connect(self._take_control)
        bridge.part_changed.connect(self.roll_box.take_part)
        bridge.exited.connect(self._take_exit)
        bridge.commanded.connect(models.command)
        self.roll.go_to.connect(lambda beat: bridge.send(GoTo(beat)))
        self.keyboard.note.connect(self.play_note)
        self.axis.following_changed.connect(self._following)
        models.roll.lanes.following_changed.connect(self._following)
        self.roll_box.now_button.clicked.connect(self.follow)

    def _lay_out(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(self.roll_box)
        self.splitter.addWidget(self.memory_box)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.header)
        column.addWidget(self.keyboard)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for view in (self.roll_box, self.memory_box, self.keyboard, self.header):
            view.set_theme(theme)

    # ---- folding, freezing, following ------------------------------------------------------------------------------

    def show_memory(self, on: bool) -> None:
        self.header.fold_memory.setChecked(on)
        self.header.show_folds()
        self.memory_box.setVisible(on)
        # The gates stand in the memory view where the roll shows the plan.
        self.models.roll.ahead.least = MemoryBox.AHEAD if on else ahead.LEAST
        if not on:
            self.memory.shape(self.memory.layers, self.memory.units)
        self._watch()
        self._wake()

    def show_keyboard(self, on: bool) -> None:
        self.header.fold_keyboard.setChecked(on)
        self.header.show_folds()
        self.keyboard.setVisible(on)
        self._watch()

    def _watch(self) -> None:
        """Ask the engine only for what is shown: folded views cost nothing."""
        wanted = Watch(memory=self.header.fold_memory.isChecked(), expectation=self.header.fold_keyboard.isChecked())
        if wanted != self._watched:
            self._watched = wanted
            self._bridge.send(wanted)

    def _freeze(self, on: bool) -> None:
        if on:
            self.axis.freeze()
        else:
            self.follow()

    def follow(self) -> None:
        """Follow the music again, in time and in pitch."""
        self.axis.follow()
        self.models.roll.lanes.release()

    def _following(self) -> None:
        self.header.show_frozen(not self.axis.following)
        self.roll_box.now_button.offer(not (self.axis.following and self.models.roll.lanes.following))
        self.update_all()

    # ---- telemetry -------------------------------------------------------------------------------------------------

    def _take_notes(self, messages: list[Telemetry]) -> None:
        now = self._clock()
        repaint = [self.models.take(message, now) for message in messages]
        if any(repaint):
            self.roll.repaint_all()
            self.lanes.repaint_all()
        if any(isinstance(message, (Played, Jumped, Exited)) for message in messages):
            self.roll_box.keys.update()
            self.keyboard.update()
        self._wake()

    def _sounding_colours(self) -> dict[int, str]:
        return sounding_colours(self.notes.sounding.values(), self._theme)

    def _take_frames(self, frames: list[StateFrame]) -> None:
        if not self.header.fold_memory.isChecked():
            return
        self.memory_box.take(frames)
        self._wake()

    def _take_status(self, status: Status) -> None:
        self.playhead.follow(status, self._clock())
        self.roll.hint = COUNTING if status.counting else WAITING if status.waiting else HINT
        self._wake()

    def _take_change(self, message: Loaded) -> None:
        """Another model goes on in the same past; a memory of other units cannot be shown beside its own."""
        self.notes.model = message.title
        self.memory.shape(message.layers, message.units)

    def _take_fresh(self, message: Loaded) -> None:
        self.models.start_afresh(message, self._clock())
        self.roll.repaint_all()

    def _take_loaded(self, message: Loaded) -> None:
        self.axis.loop = None
        self.models.roll.load(message)
        self.roll_box.load()
        self.lanes.repaint_all()
        self.keyboard.set_range(max(message.low, 36), min(message.high, 95))
        self.keyboard.names = self.models.roll.lanes.name
        self._watched = None
        self._watch()
        self.update_all()

    def _take_meter(self, message: MeterChanged) -> None:
        self.axis.bars.change(message.beat, 4 * message.numerator / message.denominator)
        self.models.roll.harmony.cut(message.beat)
        self.roll.repaint_all()
        self.lanes.repaint_all()
        self.ruler.update()

    def _take_loop(self, message: LoopChanged) -> None:
        start, end = message.start, message.end
        self.axis.loop = None if start is None or end is None else (start, end)
        self.roll.update()

    def _take_control(self, message: ControlChanged) -> None:
        self.models.roll.control(message.name, message.value)
        self._wake()

    def _take_expectation(self, message: Expectation) -> None:
        self.keyboard.expect(message.probabilities)
        self._wake()

    def _take_exit(self, _message: Exited) -> None:
        self.playhead.halt(self._clock())
        self.axis.loop = None
        self.chords.forget_awaited()
        self.roll.repaint_all()  # a new engine starts its ids again
        self._watched = None
        self._watch()

    # ---- frames ----------------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._quiet_frames = 0
        if not self._timer.isActive() and self.isVisible():
            self._timer.start()

    def showEvent(self, event: object) -> None:
        self._wake()

    def hideEvent(self, event: object) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = self._clock()
        self.axis.advance(self.playhead.beat(now))
        if not 0 <= now - self._surveyed < SURVEY:
            self._surveyed = now
            self.models.roll.survey(now)
        moves = self.models.roll.ease(now)
        if self.keyboard.isVisible():
            self.keyboard.ease()
        self.frame.emit()
        if self.playhead.playing or self.notes.fading or moves:
            self._quiet_frames = 0
            return
        # Let what falls come to rest, then sleep.
        self._quiet_frames += 1
        self.roll.update()
        if self._quiet_frames > 30:
            self._timer.stop()

    def update_all(self) -> None:
        self.roll_box.update_all()
        for view in (self.lanes, self.keyboard):
            view.update()

    # ---- playing and dropping --------------------------------------------------------------------------------------

    def play_note(self, pitch: int, velocity: int) -> None:
        self._bridge.send(PlayerNote(pitch, velocity))

    def show_typing(self, enabled: bool, base: int, labels: dict[str, str]) -> None:
        """labels: as in `TypingKeyboard`."""
        letters = {base + semitone: labels[place] for place, semitone in SEMITONES.items()}
        self.keyboard.letters = letters if enabled else {}
        self.keyboard.update()
        self.header.show_typing(enabled, base, labels)

    def _continue_from(self, file: Path) -> None:
        if is_file(file):
            self._bridge.send(Prime(str(file)))
            self.message.emit(f"Continuing from {printable(file.name)}.")
        else:
            self.message.emit(f"{printable(file.name)} is no file, or is gone.")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if self.chord_loader.takes(data, on_lane=True) or any(is_midi(url.toLocalFile()) for url in data.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        on_lane = self.chords.rect().contains(self.chords.mapFrom(self, event.position().toPoint()))
        if self.chord_loader.takes(event.mimeData(), on_lane=on_lane):
            self.chord_loader.drop(event.mimeData(), on_lane=on_lane)
            event.acceptProposedAction()
            return
        for url in event.mimeData().urls():
            file = spelt(url.toLocalFile())
            if is_midi(file):
                self._continue_from(file)
                event.acceptProposedAction()
                return
