"""The window: puts the views around one time axis, and carries out the commands of keys and menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from musiclstm import own_models
from musiclstm.engine.supervision.host import Library
from musiclstm.errors import UsageError
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.bars import PERSON
from musiclstm.gui.bar.end_button import EndButton
from musiclstm.gui.bar.form_strip import FormStrip
from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.bar.rhythm import RhythmControls
from musiclstm.gui.bar.state_line import StateLine
from musiclstm.gui.bar.time_strip import TimeStrip
from musiclstm.gui.bar.transport import Transport
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.dialogs.dialogs import Dialogs
from musiclstm.gui.dialogs.last_take import LastTake
from musiclstm.gui.dialogs.menu import show_menu
from musiclstm.gui.drag_out import BarsOut, OutButton
from musiclstm.gui.first_port import FirstPort
from musiclstm.gui.look.appearance import Look
from musiclstm.gui.look.tab_order import order_tabs
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.own_models import OwnModels
from musiclstm.gui.settings import Settings
from musiclstm.gui.steer.control_values import ControlValues
from musiclstm.gui.steer.panel import ControlsPanel
from musiclstm.gui.steer.parts import PartsPanel
from musiclstm.gui.steer.presets import Presets
from musiclstm.gui.takes import Takes, new_take
from musiclstm.gui.train.news import TrainingNews
from musiclstm.gui.train.training import Training
from musiclstm.gui.undo import UndoOffer
from musiclstm.gui.view import TimeViews
from musiclstm.gui.window_keys import WindowKeys
from musiclstm.gui.window_state import WindowState
from musiclstm.protocol.commands import Back, Forget, NextSection, SaveTake
from musiclstm.protocol.telemetry import (
    EndChanged,
    Exited,
    Jumped,
    Loaded,
    Notice,
    Played,
    Saved,
    Status,
    Telemetry,
    TurnChanged,
)

LATER = 1200  # milliseconds after the first picture: what can wait


class Window(QMainWindow):
    """models: names to choose from. library: what was recorded. first_run: no settings yet.

    Owns the bridge and closes it.
    """

    def __init__(
        self,
        bridge: Bridge,
        settings: Settings,
        look: Look,
        models: list[str],
        *,
        library: Library,
        first_run: bool = False,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        super().__init__()
        self.bridge, self.settings, self.look, self._clock = bridge, settings, look, clock
        self.setWindowTitle("musiclstm")
        theme = look.theme
        self.axis = TimeAxis()
        self.midi_learn = MidiLearn(bridge)
        self.controls = ControlValues(bridge)
        self.transport = Transport(bridge, self.midi_learn, theme, models, clock)
        self.rhythm = RhythmControls(bridge, self.controls, self.midi_learn, theme)
        self.transport.place_beside_tempo(self.rhythm)
        self.views = TimeViews(bridge, self.axis, self.midi_learn, theme, clock=clock)
        self.parts = PartsPanel(bridge, theme, self.midi_learn)
        presets = Presets(settings.folder / "presets.json")
        self.panel = ControlsPanel(self.controls, self.midi_learn, self.parts, presets, theme)
        self.strip = TimeStrip(bridge, self.axis, self.midi_learn, theme)
        self.form = FormStrip(bridge, self.axis, self.midi_learn)
        self.out = BarsOut(bridge, self.axis, self.views.selection)
        self.out.rewrite_asked.connect(self._rewrite)
        self.out_button = OutButton(self.out, self.views.selection, theme, self.midi_learn)
        self.strip.place_beside_bars(self.out_button)
        self.strip.place_beside_bars(self.rhythm.loop)
        self.end_button = EndButton(bridge, self.midi_learn, theme)
        self.strip.place_beside_bars(self.end_button)
        self.views.selection.selected.connect(self.rhythm.select)
        self.views.selection.cleared.connect(self.rhythm.deselect)
        self.line = MessageLine(theme)
        self.undo = UndoOffer(bridge, self.controls, self.line)
        self._state_line = StateLine(bridge, self.line, self.axis, models[0] if models else "")
        self._model = self._offered = ""  # what plays, and what played when the menu offered to delete it
        self._status: Status | None = None
        self._slow = 0
        self._waiting = ""  # what is said while a knob is waited for
        self.takes = Takes(library, lambda: settings.takes_folder)
        self.training = Training()
        self.dialogs = Dialogs(self, self.transport, bridge, settings, look, self.takes, self.training, self.line)
        self._training_news = TrainingNews(self.training, self.transport, bridge, self.line, self.dialogs.show_train)
        self._own_models = OwnModels(self.transport, bridge, self.line)
        self._last_take = LastTake(self.takes, bridge.session, self.line, settings, self.dialogs.show_takes)
        self._first_port = FirstPort(bridge) if first_run else None
        self._lay_out()
        self._connect()
        self.keys = WindowKeys(self, self.press, self.views, self.strip, self.controls, bridge, settings)
        self._command_table = self._commands()
        self._state = WindowState(
            settings,
            self,
            views=self.views,
            panel=self.panel,
            axis=self.axis,
            transport=self.transport,
            form=self.form,
        )
        self._state.restore()
        QTimer.singleShot(LATER, self, self.takes.list)
        QTimer.singleShot(LATER, self, self._training_news.offer)
        if settings.flag("sound/clock", False):
            self.dialogs.send_sync()
        bridge.start()

    # ---- building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        central = QWidget()
        central.setObjectName("window")
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.views, 4)
        middle.addWidget(self.panel, 1)
        column.addLayout(middle, 1)
        column.addWidget(self.form)
        column.addWidget(self.strip)
        column.addWidget(self.line)
        self.setCentralWidget(central)

    def _connect(self) -> None:
        bridge = self.bridge
        bridge.status.connect(self._take_status)
        bridge.loaded.connect(self._take_loaded)
        bridge.notes.connect(self._take_notes)
        bridge.notice.connect(self._take_notice)
        bridge.saved.connect(self._take_saved)
        bridge.exited.connect(self._take_exit)
        bridge.turn_changed.connect(self.panel.turn.show_turn)
        bridge.end_changed.connect(self.panel.turn.show_end)
        self.transport.sync.currentIndexChanged.connect(lambda _i: self.dialogs.send_sync())
        self.transport.output_chosen.connect(self.dialogs.open_output)
        self.transport.save_take.connect(self.save_take)
        self.form.songs.songs_asked.connect(self._show_songs)
        self.transport.menu_asked.connect(partial(self.press, "menu"))
        self.strip.bars.go_to.connect(self.views.roll.go_to)
        self.views.message.connect(self.line.say)
        for signal in (self.controls.changed, self.controls.loaded):
            signal.connect(lambda *_: self.views.chords.show_leader(self.controls.leader))
        self.out.message.connect(self.line.say)
        self.views.roll.dragged_out.connect(self._drag_out)
        self.panel.presets.message.connect(self.line.say)
        self.panel.presets.undoable.connect(lambda text, undo: self.line.say(text, actions=(("Undo", undo),)))
        self.views.frame.connect(self.transport.fall)
        self.views.frame.connect(self.parts.fall)
        self.views.frame.connect(self._frame)
        self.midi_learn.waiting.connect(self._show_waiting)
        self.look.changed.connect(self.set_theme)
        if self._first_port is not None:
            self._first_port.message.connect(self.line.say)

    def _commands(self) -> dict[str, Callable[[], object]]:
        """What each command of `shortcuts.SHORTCUTS` and of the menu does."""
        views, transport, dialogs, send = self.views, self.transport, self.dialogs, self.bridge.send
        return {
            "play": transport.toggle_play,
            "panic": self._panic,
            "save": self.save_take,
            "capture": self.out.capture,
            "daw": dialogs.toggle_daw,
            "save_last": partial(self.save_take, 5.0),
            "seed": dialogs.ask_seed,
            "save_as": dialogs.save_take_as,
            "bookmark": self.strip.keep_next,
            "back": partial(send, Back(1.0)),
            "back4": partial(send, Back(4.0)),
            "forget": partial(send, Forget()),
            "undo": self._undo,
            "hold": transport.toggle_hold,
            "tap": transport.do_tap,
            "metronome": self.rhythm.toggle_metronome,
            "loop": self.rhythm.toggle_loop,
            "rewrite": self.out.rewrite,
            "form": self.form.toggle,
            "next_section": partial(send, NextSection()),
            "end": self.end_button.toggle,
            "faster": lambda: transport.tempo.stepBy(1),
            "slower": lambda: transport.tempo.stepBy(-1),
            "now": views.follow,
            "memory": views.header.fold_memory.toggle,
            "keyboard": views.header.fold_keyboard.toggle,
            "freeze": views.header.still.toggle,
            "typing": self.keys.toggle_typing,
            "prime": dialogs.prime,
            "takes": dialogs.show_takes,
            "train": dialogs.show_train,
            "learn": dialogs.learn,
            "delete_model": lambda: self._own_models.delete(self._offered),
            "preferences": dialogs.show_preferences,
            "help": dialogs.show_help,
            "about": dialogs.show_about,
            "menu": self._show_menu,
            "full_screen": lambda: self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen),
            "quit": self.close,
        }

    def press(self, command: str) -> None:
        """Carry out a command of `shortcuts.SHORTCUTS` or of the menu."""
        self._command_table[command]()

    def _show_menu(self) -> None:
        self._offered = self._model
        show_menu(
            self.transport.menu,
            self.press,
            typing=self.keys.typing.enabled,
            daw=self.transport.beside_daw,
            own=own_models.has(self._model),
        )

    def _show_songs(self) -> None:
        self.dialogs.show_songs(self.form.songs.files, self.form.form)

    def _rewrite(self, bars: tuple[float, float], words: str) -> None:
        self.dialogs.rewrite(bars, words, self.out.parts)

    # ---- telemetry --------------------------------------------------------------------------------------

    def _take_status(self, status: Status) -> None:
        self._status = status
        self.panel.show_status_mode(status.mode)

    def _take_loaded(self, message: Loaded) -> None:
        order_tabs(self)  # its parts have been made just now
        self._model = message.model
        self.settings.put("model", message.model)

    def _take_notes(self, messages: list[Telemetry]) -> None:
        for message in messages:
            if isinstance(message, Played) and message.velocity > 0:
                self.strip.bars.count(message.beat, PERSON if message.by_person else message.part)
                self.transport.out_light.flash()
                self.transport.out_level.hear(message.velocity)
            elif isinstance(message, Jumped):
                if message.relabelled:
                    self.strip.relabel(message.relabelled)
                self.strip.bars.jump(message.beat)

    def _take_notice(self, notice: Notice) -> None:
        self.line.say(notice.text, serious=notice.serious, details=notice.details)

    def _take_saved(self, message: Saved) -> None:
        if self.out.is_ours(message.file):
            return
        file = Path(message.file)
        folder = QUrl.fromLocalFile(str(file.parent))
        self.line.say(
            f"Saved {file.name}.",
            details=str(file),
            actions=(("Show folder", lambda: QDesktopServices.openUrl(folder)),),
        )

    def _take_exit(self, _message: Exited) -> None:
        self.panel.turn.show_end(EndChanged())
        self.panel.turn.show_turn(TurnChanged(""))

    def _frame(self) -> None:
        self.panel.turn.bar = self.axis.bar_beats
        beat = self.views.playhead.beat(self._clock())
        self.panel.turn.advance(beat)
        self.form.advance(beat)
        # The strip moves a pixel in seconds; a few times a second is enough.
        self._slow += 1
        if self._slow % 15 == 0:
            self.strip.bars.update()

    def _show_waiting(self, label: str) -> None:
        self.line.withdraw(self._waiting)
        self._waiting = f"Move a knob or press a key to control {label}; Esc to leave it." if label else ""
        if label:
            self.line.say(self._waiting)

    # ---- commands --------------------------------------------------------------------------------------

    def _undo(self) -> None:
        if not self.end_button.go_on():
            self.undo.take_back()

    def _panic(self) -> None:
        if self.midi_learn.target is not None:
            self.midi_learn.cancel()  # as the line says; the music goes on, and the next Escape ends the notes
            return
        self.views.selection.clear()  # Escape leaves what is being chosen, too
        self.keys.typing.release_all()
        self.transport.do_panic()

    def _drag_out(self) -> None:
        if self.out.prepare():
            self.out.drag(self.views.roll)

    def save_take(self, minutes: float | None = None) -> None:
        """Save at once, named after the model and the time. minutes: only the last ones."""
        name = Path(self._model).stem or "take"  # a model may be a file anywhere
        try:
            file = new_take(self.settings.takes_folder, name)
        except UsageError as error:
            self.line.say(str(error), serious=True)
            return
        self.bridge.send(SaveTake(str(file), minutes))

    # ---- look, memory of the window, end -----------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        for view in (
            self.transport,
            self.rhythm,
            self.end_button,
            self.out_button,
            self.views,
            self.parts,
            self.panel,
            self.strip,
            self.line,
        ):
            view.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.panel.fit(self.width())
        super().resizeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._state.save(self._model, self._status)
        app = QApplication.instance()
        if app is not None:
            self.keys.release(app)
        self.hide()
        self.bridge.close()
        self.takes.close()
        self.training.close()
        event.accept()
