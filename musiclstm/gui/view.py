"""The views over time: roll, memory and the keyboard of expectation, moved by one frame timer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from musiclstm.files import is_midi
from musiclstm.gui.axes.pitch_axis import EdgeKeys, PitchAxis
from musiclstm.gui.axes.playhead import Playhead
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.view_header import ViewHeader
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.keyboard.keyboard import Keyboard
from musiclstm.gui.keyboard.typing_keyboard import SEMITONES
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.memory.gates_now import GatesNow
from musiclstm.gui.memory.lanes import LaneNames
from musiclstm.gui.memory.model import MemoryModel
from musiclstm.gui.memory.view import MemoryLanes
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.roll.model import REWOUND, RollModel
from musiclstm.gui.roll.piano_roll import PianoRoll
from musiclstm.gui.roll.ruler import Ruler
from musiclstm.gui.roll.selection import Selection
from musiclstm.protocol.commands import Back, Command, GoTo, Morph, PlayerNote, Prime, Return, Watch
from musiclstm.protocol.telemetry import (
    Exited,
    Expectation,
    Jumped,
    Loaded,
    Planned,
    Played,
    StateFrame,
    Status,
    Telemetry,
    Withdrawn,
)

FRAME = 16  # milliseconds: 60 frames a second


class TimeViews(QWidget):
    """Signals: `frame()` for each frame while something moves; `message(text)` for the message line."""

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
        self.playhead = Playhead()
        self.notes = RollModel()
        self.memory = MemoryModel()
        self.pitches = PitchAxis()
        self.selection = Selection()
        self.ruler = Ruler(axis, self.selection, theme)
        self.roll = PianoRoll(self.notes, axis, self.pitches, theme, self.selection, clock)
        self.keys = EdgeKeys(self.pitches, theme, self._sounding_colours)
        self.lanes = MemoryLanes(self.memory, axis, theme)
        self.lane_names = LaneNames(self.lanes, theme)
        self.gates = GatesNow(theme)
        self.keyboard = Keyboard(theme, self._sounding_colours)
        self.header = ViewHeader(bridge, midi_learn, theme)
        self.header.memory.connect(self.show_memory)
        self.header.keyboard.connect(self.show_keyboard)
        self.header.freeze.connect(self._freeze)
        self._sounding: dict[int, str] = {}
        self._watched: Watch | None = None
        self._lay_out()
        self.setAcceptDrops(True)
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=FRAME)
        self._timer.timeout.connect(self._tick)
        self._quiet_frames = 0
        bridge.notes.connect(self._take_notes)
        bridge.frames.connect(self._take_frames)
        bridge.status.connect(self._take_status)
        bridge.fresh.connect(self._take_fresh)
        bridge.loaded.connect(self._take_loaded)
        bridge.jumped.connect(self._take_jump)
        bridge.expectation.connect(self._take_expectation)
        bridge.exited.connect(self._take_exit)
        bridge.commanded.connect(self._take_command)
        self.roll.go_to.connect(lambda beat: bridge.send(GoTo(beat)))
        self.keyboard.note.connect(self.play_note)
        self.lanes.read.connect(self._show_reading)
        self.lanes.pinned.connect(self.gates.set_pin)

    # ---- building ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        upper = QWidget()
        grid = QGridLayout(upper)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.ruler, 0, 1)
        grid.addWidget(self.keys, 1, 0)
        grid.addWidget(self.roll, 1, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(1, 1)
        self.splitter.addWidget(upper)
        self.memory_box = self._memory_box()
        self.splitter.addWidget(self.memory_box)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.header)
        column.addWidget(self.keyboard)
        self.now_button = QPushButton("Back to now", self.roll)
        self.now_button.setToolTip("Follow the music again (End)")
        self.now_button.clicked.connect(self.axis.follow)
        self.now_button.hide()
        self.axis.following_changed.connect(self._following)

    def _memory_box(self) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.lane_names, 0, 0)
        grid.addWidget(self.lanes, 0, 1)
        grid.addWidget(self.gates, 0, 2)
        grid.setColumnStretch(1, 1)
        box.setMinimumHeight(216)
        return box

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for view in (
            self.ruler,
            self.roll,
            self.keys,
            self.lanes,
            self.lane_names,
            self.gates,
            self.keyboard,
            self.header,
        ):
            view.set_theme(theme)

    # ---- folding, freezing -----------------------------------------------------------------------------------------

    def show_memory(self, on: bool) -> None:
        self.header.fold_memory.setChecked(on)
        self.header.show_icons()
        self.memory_box.setVisible(on)
        if not on:
            self.memory.shape(self.memory.layers, self.memory.units)
        self._watch()

    def show_keyboard(self, on: bool) -> None:
        self.header.fold_keyboard.setChecked(on)
        self.header.show_icons()
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
            self.axis.follow()

    def _following(self, following: bool) -> None:
        self.header.show_frozen(not following)
        self.now_button.setVisible(not following)
        self.now_button.adjustSize()
        self.now_button.move(self.roll.width() - self.now_button.width() - 12, 12)
        self.update_all()

    # ---- telemetry -------------------------------------------------------------------------------------------------

    def _take_notes(self, messages: list[Telemetry]) -> None:
        now = self._clock()
        for message in messages:
            beat = self.playhead.beat(now)
            if isinstance(message, Jumped) and message.relabelled:
                self._relabel(message, now)
            elif isinstance(message, Jumped) and message.beat < beat - REWOUND:
                self.playhead.jump(message.beat, now)
                self.memory.cut(message.beat)
                self.selection.clear()
            elif isinstance(message, Withdrawn):
                self.memory.cut(message.beat)
            self.notes.take(message, now, beat)
            if isinstance(message, (Planned, Played)):
                self.pitches.include(message.pitch)
        if any(isinstance(message, (Played, Jumped, Exited)) for message in messages):
            self._sounding = self._colours()
            self.keys.update()
            self.keyboard.update()
        self._wake()

    def _relabel(self, message: Jumped, now: float) -> None:
        """A leader started elsewhere: what was played stays where it was relative to now, and is called otherwise."""
        self.playhead.jump(message.beat, now)
        self.axis.relabel(message.relabelled)
        self.memory.relabel(message.relabelled)
        self.selection.relabel(message.relabelled)
        self.roll.repaint_all()
        self.lanes.repaint_all()

    def _colours(self) -> dict[int, str]:
        theme = self._theme
        return {
            note.pitch: theme.edge if note.by_person else theme.part(note.part) for note in self.notes.sounding.values()
        }

    def _sounding_colours(self) -> dict[int, str]:
        return self._sounding

    def _take_frames(self, frames: list[StateFrame]) -> None:
        if not self.header.fold_memory.isChecked():
            return
        for frame in frames:
            self.memory.add(frame)
        index = self.memory.index_at(self.axis.now)
        self.gates.meters.show_values(frames[-1].gates if index is None else self.memory.gates[index])
        self._wake()

    def _take_status(self, status: Status) -> None:
        self.playhead.follow(status, self._clock())
        self._wake()

    def _take_fresh(self, message: Loaded) -> None:
        self.notes.clear()
        self.selection.clear()
        self.roll.repaint_all()
        self.memory.shape(message.layers, message.units)
        self.playhead.jump(0.0, self._clock())
        self.axis.begin = 0.0

    def _take_loaded(self, message: Loaded) -> None:
        self.axis.bar_beats = message.bar_beats
        self.pitches.set_range(message.low, message.high)
        self.lanes.repaint_all()
        self.keyboard.set_range(max(message.low, 36), min(message.high, 95))
        self._watched = None
        self._watch()
        self.update_all()

    def _take_jump(self, _message: Jumped) -> None:
        self.axis.follow()
        self.roll.update()

    def _take_command(self, command: Command) -> None:
        """Keep the label of the jump that this command will cause, perhaps after others: a file takes time to read."""
        asked = self.notes.asked
        match command:
            case GoTo(beat):
                asked["back"] = self.axis.place(beat)
            case Back(bars):
                asked["back"] = f"{bars:g} {'bar' if bars == 1 else 'bars'} back"
            case Return(slot):
                asked["bookmark"] = slot
            case Morph(start, end, position):
                asked["morph"] = f"{start}–{end} {position:.0%}"
            case Prime(file):
                asked["prime"] = Path(file).name

    def _take_expectation(self, message: Expectation) -> None:
        self.keyboard.expect(message.probabilities)
        self._wake()

    def _take_exit(self, _message: Exited) -> None:
        self.playhead.halt(self._clock())
        self.roll.repaint_all()  # a new engine starts its ids again
        self._watched = None
        self._watch()

    def _show_reading(self, reading: object) -> None:
        self.gates.show_reading(reading)  # type: ignore[arg-type]
        hover = self.lanes.hover_y()
        if hover is not None:
            self.gates.explain(self.lanes.topic_at(hover))

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
        self.axis.advance(self.playhead.beat(self._clock()))
        if self.keyboard.isVisible():
            self.keyboard.ease()
        self.frame.emit()
        if self.playhead.playing or self.notes.fading:
            self._quiet_frames = 0
            return
        # Let what falls come to rest, then sleep.
        self._quiet_frames += 1
        self.roll.update()
        if self._quiet_frames > 30:
            self._timer.stop()

    def update_all(self) -> None:
        for view in (self.roll, self.keys, self.lanes, self.keyboard):
            view.update()

    # ---- playing and dropping --------------------------------------------------------------------------------------

    def play_note(self, pitch: int, velocity: int) -> None:
        self._bridge.send(PlayerNote(pitch, velocity))

    def show_typing(self, enabled: bool, base: int, labels: dict[str, str]) -> None:
        """labels: as of `TypingKeyboard`."""
        letters = {base + semitone: labels[place] for place, semitone in SEMITONES.items()}
        self.keyboard.letters = letters if enabled else {}
        self.keyboard.update()
        self.header.show_typing(enabled, base, labels)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(is_midi(url.toLocalFile()) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            file = url.toLocalFile()
            if is_midi(file):
                self._bridge.send(Prime(file))
                self.message.emit(f"Continuing from {file.rsplit('/', 1)[-1]}.")
                event.acceptProposedAction()
                return
