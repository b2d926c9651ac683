"""The parts: a row for each, with its level."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.steer.part_row import MODE_WORDS, PartRow
from musiclstm.gui.steer.player_line import PlayerLine
from musiclstm.protocol.telemetry import Loaded, PartChanged, Played, Status, Telemetry


class PartsPanel(QWidget):
    """One PartRow for each part of the model that is loaded."""

    def __init__(self, bridge: Bridge, theme: Theme, midi_learn: MidiLearn) -> None:
        super().__init__()
        self._bridge, self._theme, self._midi_learn = bridge, theme, midi_learn
        self._outputs: tuple[str, ...] = ()
        self.rows: list[PartRow] = []
        self.players: list[PlayerLine] = []  # of a band
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 8, 2, 4)
        self._layout.setSpacing(2)
        self._layout.addStretch(1)
        bridge.loaded.connect(self._loaded)
        bridge.status.connect(self._status)
        bridge.notes.connect(self._take_notes)
        bridge.exited.connect(lambda _message: self._sounding.clear())
        self._sounding: dict[int, tuple[int, int]] = {}  # by id: the part and the velocity
        bridge.part_changed.connect(self._part_changed)
        bridge.ports_changed.connect(lambda message: self._ports_changed(message.outputs))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)

    def _loaded(self, message: Loaded) -> None:
        self._sounding.clear()
        for widget in (*self.rows, *self.players):
            self._layout.removeWidget(widget)
            widget.hide()  # at once, while the new ones already stand there
            widget.deleteLater()
        self.rows, self.players = [], []
        names = [name for name, _program, _channel in message.parts]
        for index, (name, program, channel) in enumerate(message.parts):
            row = PartRow(
                index,
                name,
                program,
                channel,
                names=names,
                theme=self._theme,
                midi_learn=self._midi_learn,
                set_part=self._bridge.send,
            )
            row.offer_ports(self._outputs)
            self._layout.insertWidget(index, row)
            self.rows.append(row)
        first = 0
        for player, parts in message.players:
            line = PlayerLine(player, self.rows[first : first + parts], self._bridge.send)
            line.show_ports(self._outputs)
            self._layout.insertWidget(first + len(self.players), line)
            self.players.append(line)
            first += parts

    def _part_changed(self, message: PartChanged) -> None:
        if message.part < len(self.rows):
            self.rows[message.part].show_settings(message)
            for player in self.players:
                player.show_ports(self._outputs)

    def _status(self, status: Status) -> None:
        for row, mode in zip(self.rows, status.part_modes, strict=False):
            if mode in MODE_WORDS:
                row.show_mode(mode)

    def _take_notes(self, messages: list[Telemetry]) -> None:
        for message in messages:
            if not isinstance(message, Played) or message.part >= len(self.rows):
                continue
            if message.velocity:
                self.rows[message.part].fader.hear(message.velocity)
                self._sounding[message.id] = (message.part, message.velocity)
            else:
                self._sounding.pop(message.id, None)

    def fall(self) -> None:
        """Lets the levels fall by one frame, not below what sounds."""
        sounding = [0] * len(self.rows)
        for part, velocity in self._sounding.values():
            if part < len(sounding):
                sounding[part] = max(sounding[part], velocity)
        for row, velocity in zip(self.rows, sounding, strict=True):
            row.fader.fall(velocity)

    def _ports_changed(self, outputs: tuple[str, ...]) -> None:
        self._outputs = outputs
        for row in self.rows:
            row.offer_ports(outputs)
        for player in self.players:
            player.show_ports(outputs)
