"""The steering panel: who plays, the controls by group, the parts, presets."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from musiclstm.gui.look.room import scrolling
from musiclstm.gui.look.rows import ControlRow
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.steer.buttons import MODE_HINTS, MappedButton, ModeButton
from musiclstm.gui.steer.control_values import ControlValues
from musiclstm.gui.steer.hints import Hints
from musiclstm.gui.steer.parts import PartsPanel
from musiclstm.gui.steer.player_chooser import PlayerChooser
from musiclstm.gui.steer.preset_row import PresetRow
from musiclstm.gui.steer.presets import Presets
from musiclstm.gui.steer.slider import SteerSlider
from musiclstm.gui.steer.turn_sign import TurnSign
from musiclstm.gui.steer.value_words import effect
from musiclstm.protocol.controls import BY_NAME, CONTROLS, NO_PLAYER, OF_PLAYER, Control, Value, of_player, split
from musiclstm.protocol.modes import MODES

GROUPS = {
    "time": "Rhythm",
    "pitch": "Pitch",
    "velocity": "Dynamics",
    "echo": "Echo",
    "harmony": "Harmony",
    "band": "Hearing in a band",
    "playing": "Playing together",
    "sync": "Sync",
    "metronome": "Metronome",
}
# Shown by their own buttons, or only after "more": a newcomer meets a dozen controls, not two dozen.
ELSEWHERE = frozenset({"mode"})
ODD = "{} far from the style of the music. Reset brings it back within bars."
NARROW, WIDE = 376, 440  # pixels
SHARE = 0.45  # of the window
BESIDE = 38  # pixels beside the rows: margins and the scroll bar
MORE = frozenset({"time.top_p", "pitch.top_p", "velocity.top_p", "polyphony", "sure", "horizon", "thru", "nudge"})
MORE |= {control.name for control in CONTROLS if control.group in ("band", "metronome")}


class ControlsPanel(QWidget):
    def __init__(
        self, controls: ControlValues, midi_learn: MidiLearn, parts: PartsPanel, presets: Presets, theme: Theme
    ) -> None:
        super().__init__()
        self.setObjectName("steering")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._controls, self._midi_learn = controls, midi_learn
        self.rows: dict[str, SteerSlider | ControlRow] = {}
        self.modes: dict[str, ModeButton] = {}
        self._headings: dict[str, QLabel] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(8)
        layout.addLayout(self._mode_buttons())
        self.turn = TurnSign(theme)
        layout.addWidget(self.turn)
        self.hints = Hints()
        layout.addWidget(self.hints)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Steering and parts")
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName("Steering and parts")
        self.tabs.addTab(scrolling(self._groups(theme)), "Steer")
        self.tabs.addTab(scrolling(parts, sideways=True), "Parts")
        self.tabs.setTabToolTip(0, "How the music goes: rhythm, pitch, harmony and all else that is turned.")
        self.tabs.setTabToolTip(1, "Who plays each part, how loud, and where it goes.")
        layout.addWidget(self.tabs, 1)
        self.presets = PresetRow(controls, presets)
        self.reset = MappedButton("Reset", midi_learn, "reset", "Reset")
        self.reset.show_hint(
            "Everything back to what suits the model. After extreme settings the music returns to where it was before."
        )
        self.reset.clicked.connect(controls.reset)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.presets, 1)
        foot.addWidget(self.reset)
        layout.addLayout(foot)
        for widget in (*self.modes.values(), *self.rows.values(), *self.presets.widgets, self.reset):
            self.hints.watch(widget)
        controls.changed.connect(self._changed)
        controls.loaded.connect(self._loaded)
        sliders = [row for row in self.rows.values() if isinstance(row, SteerSlider)]
        self._wanted = max(NARROW, *(row.sizeHint().width() + BESIDE for row in sliders))
        self.setMaximumWidth(max(WIDE, self._wanted))
        self._dim()
        self._hint_idle()
        self.show_more(False)

    def fit(self, width: int) -> None:
        """Room for the words of every slider, unless too little of the window's width is left for the music."""
        self.setMinimumWidth(max(NARROW, min(self._wanted, round(width * SHARE))))

    # ---- building ------------------------------------------------------------------------------------------------

    def _mode_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        group = QButtonGroup(self)
        group.setExclusive(True)
        places = {"solo": (0, 0, 2), "continue": (0, 2, 2), "accompany": (0, 4, 2)}
        places |= {"call and response": (1, 0, 3), "harmonise": (1, 3, 3)}
        for index, mode in enumerate(MODES):
            button = ModeButton(mode, index + 2, self._midi_learn)
            row, column, span = places[mode]
            grid.addWidget(button, row, column, 1, span)
            group.addButton(button)
            button.clicked.connect(lambda _checked, mode=mode: self._controls.turn("mode", mode))
            self.modes[mode] = button
        self.modes["solo"].setChecked(True)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        return grid

    def _groups(self, theme: Theme) -> QWidget:
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 4, 2, 4)
        layout.setSpacing(0)
        self.players = PlayerChooser()
        self.players.chosen.connect(lambda _player: self._show_player())
        layout.addWidget(self.players)
        for group, title in GROUPS.items():
            controls = [c for c in CONTROLS if c.group == group and c.name not in ELSEWHERE]
            heading = QLabel(title)
            heading.setProperty("heading", True)
            heading.setContentsMargins(6, 6, 0, 1)
            layout.addWidget(heading)
            self._headings[group] = heading
            for control in controls:
                row = self._row(control, theme)
                layout.addWidget(row)
                self.rows[control.name] = row
        self.more = QToolButton()
        self.more.setCheckable(True)
        self.more.setProperty("flat", True)
        self.more.setToolTip("Show or hide the controls that are needed less often.")
        self.more.toggled.connect(self.show_more)
        layout.addSpacing(8)
        layout.addWidget(self.more)
        layout.addStretch(1)
        return inner

    def _row(self, control: Control, theme: Theme) -> SteerSlider | ControlRow:
        row: SteerSlider | ControlRow
        if control.choices or isinstance(control.default, bool):
            row = ControlRow(control, self._midi_learn)
        else:
            row = SteerSlider(control, self._midi_learn, theme, self._effect)
            row.explained.connect(lambda text, warns: self.hints.explain(text, warns=warns))
        row.turned.connect(self._turned)
        return row

    # ---- doing ---------------------------------------------------------------------------------------------------

    def show_more(self, on: bool) -> None:
        self._more = on
        player = self.players.player
        shown = {name for name in self.rows if (on or name not in MORE) and (player is None or name in OF_PLAYER)}
        if not self._controls.players:
            shown = {name for name in shown if BY_NAME[name].group != "band" and not BY_NAME[name].names}
        if not self._controls.learnt_from:
            shown.discard("learnt")
        for name, row in self.rows.items():
            row.setVisible(name in shown)
        for group, heading in self._headings.items():
            heading.setVisible(any(BY_NAME[name].group == group for name in shown))
        self.more.setText("Fewer controls" if on else "More controls")
        self.more.setChecked(on)

    def set_theme(self, theme: Theme) -> None:
        self.turn.set_theme(theme)
        for row in self.rows.values():
            if isinstance(row, SteerSlider):
                row.set_theme(theme)

    def show_status_mode(self, mode: str) -> None:
        if mode in self.modes and not self.modes[mode].isChecked():
            self.modes[mode].setChecked(True)

    def _turned(self, name: str, value: Value) -> None:
        self._controls.turn_for(self.players.player, name, value)

    def _changed(self, name: str, value: Value) -> None:
        plain = split(name)[1]
        if plain in self.rows:
            self._show_row(plain)
        elif name == "mode":
            self.show_status_mode(str(value))
        self._dim()
        for each in self.rows.values():
            each.update()  # what one value does depends on others
        self._hint_idle()

    def _loaded(self) -> None:
        self.players.offer(self._controls.players)
        row = self.rows["chords.player"]
        if isinstance(row, ControlRow) and row.choice is not None:
            tuned = [(name, number) for number, name in self._controls.tuned]
            row.choice.offer([("off", NO_PLAYER), *tuned], str(self._controls.values["chords.player"]))

    def _show_player(self) -> None:
        player, players = self.players.player, self._controls.players
        for name, row in self.rows.items():
            label = row.control.label
            if player is None:
                row.map_to(name, label)
            else:
                row.map_to(of_player(player, name), f"{label} of {players[player][0]}")
            self._show_row(name)
        self._dim()
        self.show_more(self._more)

    def _show_row(self, name: str) -> None:
        """The value as it holds for the player that is chosen, and whether it is its own."""
        row, player, controls = self.rows[name], self.players.player, self._controls
        if isinstance(row, SteerSlider):
            row.show_home(controls.defaults[name] if player is None else controls.values[name])
        row.show_own(None if player is None else controls.is_own(player, name))
        row.show_value(controls.value_for(player, name))

    def _hint_idle(self) -> None:
        """Controls that are far off, or else what the mode means."""
        odd = sum(isinstance(each, SteerSlider) and bool(each.warning) for each in self.rows.values())
        mode = str(self._controls.values["mode"])
        idle = ODD.format("One control is" if odd == 1 else f"{odd} controls are") if odd else MODE_HINTS[mode]
        self.hints.show_idle(idle, warns=bool(odd))

    def _dim(self) -> None:
        """A key means nothing without a scale."""
        self.rows["key"].setEnabled(self._controls.value_for(self.players.player, "scale") != "off")

    def _effect(self, control: Control, value: Value) -> str:
        if value == self._controls.defaults[control.name]:
            return ""
        return effect(control, value, self._controls.values, self._controls.notes)
