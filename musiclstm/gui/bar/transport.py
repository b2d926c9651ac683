"""The bar at the top: play, back, hold and save; tempo and sync; model and ports; panic and the menu.

Play is the largest and comes first, panic keeps the right end. Forget stands with the model, whose memory it empties,
far from Back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from time import perf_counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QSpacerItem, QWidget

from musiclstm.gui.bar.buttons import CommandButton, Field, Light
from musiclstm.gui.bar.tap_tempo import Tapping
from musiclstm.gui.bar.tempo_box import TempoBox
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.folding import fold
from musiclstm.gui.look.room import field_height
from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.steer.fader import OutputLevel
from musiclstm.protocol.audio import SYNTH, driver_of
from musiclstm.protocol.commands import (
    Back,
    Forget,
    Hold,
    LoadModel,
    OpenInput,
    Panic,
    Play,
    SetTempo,
    Stop,
)
from musiclstm.protocol.modes import SYNC_SOURCES
from musiclstm.protocol.telemetry import Exited, Loaded, Notice, PortsChanged, Status

SYNC_WORDS = {"internal": "internal", "midi": "MIDI clock", "link": "Link", "person": "you"}
SYNCS = tuple((SYNC_WORDS[source], source) for source in SYNC_SOURCES)
OUTPUTS = (("synth", SYNTH), ("virtual port", "virtual"), ("silent", "null"))
NO_INPUT = ("none", "")
_ANSWER = 0.1  # seconds within which a status may not yet have the tempo that was set here


class Transport(QFrame):
    """Signals: `save_take`, `menu_asked`, and `output_chosen(name)`, without the synth's audio driver.

    open_output: what the engine plays to, with the driver; "" before it has said so. beside_daw: two virtual
    ports are open, and MIDI clock leads.
    """

    save_take = Signal()
    menu_asked = Signal()
    output_chosen = Signal(str)

    def __init__(
        self,
        bridge: Bridge,
        midi_learn: MidiLearn,
        theme: Theme,
        models: list[str],
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        super().__init__()
        self.setObjectName("bar")
        self._bridge, self._clock, self._theme = bridge, clock, theme
        self._tapping = Tapping()
        self.playing = False
        self.open_output = ""
        self.held = self.beside_daw = False
        self._plays = ""  # the model
        self._begins_with = ""  # the model with which playing begins, once it is loaded
        self._tempo_set = -inf  # when, in seconds
        self._models = list(models)

        button = partial(CommandButton, theme=theme, midi_learn=midi_learn)
        self.play = button("play", "Play", "Play (Space)", target="play", least=80)
        self.play.clicked.connect(self.toggle_play)
        self.hold = button("hold", "Hold", "Decide nothing new and keep what sounds (Ctrl+H)", target="hold")
        self.hold.setCheckable(True)
        self.hold.clicked.connect(lambda on: bridge.send(Hold(on)))
        hint = "Back one bar and play on from there (Backspace)"
        self.back = button("back", "Back one bar", hint, target="back", text="Back")
        self.back.clicked.connect(lambda: bridge.send(Back(1.0)))
        hint = "End the notes and empty the memory (Ctrl+Backspace); Ctrl+Z brings it back"
        self.forget = button("forget", "Forget", hint, target="forget")
        self.forget.clicked.connect(lambda: bridge.send(Forget()))
        self.save = button("save", "Save take", "Save what was played as a MIDI file (Ctrl+S)", target="save")
        self.save.clicked.connect(self.save_take)
        self.panic = button("panic", "Panic", "End every note everywhere, now (Esc)", target="panic", least=64)
        self.panic.setProperty("danger", True)
        self.panic.show_symbol("panic")
        self.panic.clicked.connect(self.do_panic)
        self.menu = button("menu", "Menu", "Preferences, help and more (F10)", target=None)
        self.menu.clicked.connect(self.menu_asked)
        self._make_tempo()
        self._make_choosers()
        self._lay_out()
        bridge.status.connect(self._status)
        bridge.loaded.connect(self._loaded)
        bridge.ports_changed.connect(self.offer_ports)
        bridge.traffic.connect(lambda message: self._traffic(message.text))
        bridge.exited.connect(self._exited)
        bridge.notice.connect(self._notice)

    # ---- building ------------------------------------------------------------------------------------------------

    def _make_tempo(self) -> None:
        self.tempo = TempoBox()
        self.tempo.valueChanged.connect(self._set_tempo)
        self.tap = QPushButton("Tap")
        self.tap.setToolTip("Tap the tempo (Ctrl+T)")
        self.tap.setAccessibleName("Tap tempo")
        self.tap.setFixedHeight(field_height(self.tap))
        self.tap.pressed.connect(self.do_tap)

    def _make_choosers(self) -> None:
        theme = self._theme
        self.sync = Chooser("Sync", "Which clock leads.")
        for text, data in SYNCS:
            self.sync.addItem(text, data)
        self.sync.setMinimumContentsLength(5)
        self.lock = Light("Clock", theme)
        self.model = Chooser("Model", "What plays: a trained model.")
        self.model.setMinimumContentsLength(8)
        self.model.offer([(name, name) for name in self._models], None)
        self.model.currentIndexChanged.connect(lambda _i: self._choose_model())
        self.input = Chooser("MIDI input", "The keyboard you play. What is plugged in appears here.")
        self.input.setMinimumContentsLength(5)
        self.input.offer([NO_INPUT, ("virtual port", "virtual")], "")
        self.input.currentIndexChanged.connect(
            lambda _i: self._bridge.send(OpenInput(str(self.input.currentData()) or None))
        )
        self.output = Chooser("Output", "Where the music goes. What is plugged in appears here.")
        self.output.offer(list(OUTPUTS), SYNTH)
        self.output.setMinimumContentsLength(7)
        self.output.currentIndexChanged.connect(lambda _i: self.output_chosen.emit(str(self.output.currentData())))
        self.in_light = Light("Input", theme)
        self.out_light = Light("Output", theme)
        self.out_level = OutputLevel(theme)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(6)

        def group(*widgets: QWidget) -> None:
            for widget in widgets:
                row.addWidget(widget, alignment=Qt.AlignmentFlag.AlignBottom)
            row.addSpacing(8)

        def field(name: str, chooser: Chooser, light: Light | None = None) -> Field:
            """Wider where there is room."""
            made = Field(name, chooser, light)
            made.setMaximumWidth(190)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(made, alignment=Qt.AlignmentFlag.AlignBottom)
            return made

        for chooser in (self.sync, self.model, self.input, self.output):
            chooser.setFixedHeight(field_height(chooser))
            chooser.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            chooser.setMinimumWidth(chooser.fontMetrics().horizontalAdvance("000000") + 40)  # it elides
        group(self.play, self.back, self.hold, self.save)
        tempo = Field("Tempo", self.tempo)
        group(tempo, self.tap)
        self._row, self._beside_tempo = row, row.count() - 1
        sync = field("Sync", self.sync, self.lock)
        # Not a stretch: beside one, the fields would be as narrow as can be.
        row.addSpacerItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding))
        model = field("Model", self.model)
        group(self.forget)
        fields = (sync, field("Input", self.input, self.in_light), model, field("Output", self.output, self.out_light))
        row.addWidget(self.out_level, alignment=Qt.AlignmentFlag.AlignBottom)
        row.addSpacing(8)
        group(self.panic)
        row.addWidget(self.menu, alignment=Qt.AlignmentFlag.AlignBottom)
        # First what has a key, last what has none. Play, tempo, panic and the menu stay.
        self._folds = [self.out_level, self.tap, self.forget, self.hold, self.back, self.save, *fields]
        tall = max(self.play.height(), tempo.sizeHint().height())
        self.setFixedHeight(tall + 13)

    def place_beside_tempo(self, widget: QWidget) -> None:
        self._row.insertWidget(self._beside_tempo, widget, alignment=Qt.AlignmentFlag.AlignBottom)
        self._folds.insert(self._folds.index(self.save) + 1, widget)

    def resizeEvent(self, event: object) -> None:
        fold(self._row, self.width(), self._folds)

    def showEvent(self, event: object) -> None:
        fold(self._row, self.width(), self._folds)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.out_level.set_theme(theme)
        for button in (self.play, self.hold, self.back, self.forget, self.save, self.panic, self.menu):
            button.set_theme(theme)
        self._show_play()
        for light in (self.lock, self.in_light, self.out_light):
            light.set_theme(theme)

    def models(self) -> list[str]:
        """Names of the models to choose from."""
        return list(self._models)

    def add_model(self, name: str) -> None:
        if name not in self._models:
            self._models.append(name)
        self.model.offer([(each, each) for each in self._models], str(self.model.currentData()))

    def remove_model(self, name: str) -> None:
        """What is chosen stays so, until another model is loaded."""
        self._models = [each for each in self._models if each != name]
        self.model.offer([(each, each) for each in self._models], str(self.model.currentData()))

    # ---- doing ---------------------------------------------------------------------------------------------------

    def toggle_play(self) -> None:
        self._bridge.send(Stop() if self.playing else Play())

    def _set_tempo(self, tempo: float) -> None:
        self._tempo_set = self._clock()
        self._bridge.send(SetTempo(tempo))

    def _choose_model(self) -> None:
        self._begins_with = ""
        self._bridge.send(LoadModel(str(self.model.currentData())))

    def play_with(self, model: str) -> None:
        """Loads a model; where nothing plays, playing begins with it."""
        self._begins_with = "" if self.playing else model
        self._bridge.send(LoadModel(model))

    def do_panic(self) -> None:
        self._bridge.send(Panic())

    def toggle_hold(self) -> None:
        self._bridge.send(Hold(not self.held))

    def do_tap(self) -> None:
        if not self.tap.isEnabled():
            return
        tempo = self._tapping.tap(self._clock())
        if tempo is not None:
            self.tempo.setValue(tempo)

    def fall(self) -> None:
        """Let the lights fade by one frame."""
        self.in_light.fall()
        self.out_light.fall()
        self.out_level.fall()

    # ---- what the engine says ------------------------------------------------------------------------------------

    def _status(self, status: Status) -> None:
        self._show_playing(status.playing or status.waiting)
        self.held = status.held
        self.hold.setChecked(status.held)
        if status.time > self._tempo_set + _ANSWER:
            self.tempo.show_tempo(status.tempo)
        own = status.sync in ("internal", "person")
        if self.tempo.isReadOnly() == own:
            self.tempo.setReadOnly(not own)
            self.tap.setEnabled(own)
        self.sync.choose(status.sync)
        if status.sync == "internal":
            self.lock.show_state("on", "its own clock leads")
        elif status.sync == "person":
            self.lock.show_state(*(("on", "follows your playing") if status.locked else ("off", "waiting for you")))
        elif status.locked:
            self.lock.show_state("on", "locked to the clock it follows")
        else:
            self.lock.show_state("lost", "waiting for a steady clock")
        self.open_output = status.output
        self.beside_daw = (status.output, status.input, status.sync) == ("virtual", "virtual", "midi")
        shown = status.output if driver_of(status.output) is None else SYNTH
        self._show_port(self.output, self.out_light, shown, status.output_alive)
        self._show_port(self.input, self.in_light, status.input or "", status.input_alive)

    def _show_port(self, chooser: Chooser, light: Light, name: str, alive: bool) -> None:
        if chooser.currentData() != name:
            choices = [(chooser.itemText(i), str(chooser.itemData(i))) for i in range(chooser.count())]
            chooser.offer(choices, name)
        if name in ("", "null"):
            light.show_state("off", "none" if not name else "silent")
        elif alive:
            light.show_state("on", f"{name} is open")
        else:
            light.show_state("lost", f"{name} is not connected; it reconnects automatically")

    def _exited(self, message: Exited) -> None:
        # One that restarts goes on playing: until it says so, the play key must still mean "stop".
        self._show_playing(self.playing and message.restarting)
        self._begins_with = ""

    def _show_playing(self, playing: bool) -> None:
        if playing == self.playing:
            return
        self.playing = playing
        word = "Stop" if playing else "Play"
        self.play.setText(word)
        self.play.setAccessibleName(word)
        self.play.show_hint(f"{word} (Space)")
        self.play.setProperty("on", playing)
        self.play.style().polish(self.play)
        self._show_play()

    def _show_play(self) -> None:
        self.play.show_symbol("stop" if self.playing else "play", self._theme.on_lit if self.playing else None)

    def _loaded(self, message: Loaded) -> None:
        self._plays = message.model
        self.model.offer([(name, name) for name in self._models], message.model)
        if message.model == self._begins_with:  # it may be one that was asked for before
            self._begins_with = ""
            if not self.playing:
                self._bridge.send(Play())

    def _notice(self, message: Notice) -> None:
        # It may say why the model that was chosen does not play; if not, that one is shown once it does.
        if message.serious and self._plays:
            self.model.choose(self._plays)

    def offer_ports(self, ports: PortsChanged) -> None:
        """Offer the ports of the machine; the current choice stays."""
        self.input.offer(
            [NO_INPUT, ("virtual port", "virtual"), *((name, name) for name in ports.inputs if name != "virtual")],
            str(self.input.currentData()),
        )
        known = {data for _text, data in OUTPUTS}
        self.output.offer(
            [*OUTPUTS, *((name, name) for name in ports.outputs if name not in known)],
            str(self.output.currentData()),
        )

    def _traffic(self, text: str) -> None:
        self.in_light.flash()
        self.in_light.setToolTip(text)
