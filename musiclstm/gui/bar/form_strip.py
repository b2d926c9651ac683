"""The form: the song, its sections A to H, and the chain in which they follow one another."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

from PySide6.QtGui import QContextMenuEvent, QKeyEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton

from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.form_menu import SongButton
from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.bar.section_button import SectionButton
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.gui.shortcuts import OWN_ESCAPE
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.commands import NextSection, Section, SetChain, StoreSection
from musiclstm.protocol.telemetry import FormChanged
from musiclstm.words import counted


class FormStrip(QFrame):
    """Hidden until a set list is loaded or somebody asks for it. form: as reported last."""

    def __init__(self, bridge: Bridge, axis: TimeAxis, midi_learn: MidiLearn) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._bridge, self._axis = bridge, axis
        self.form: FormChanged | None = None
        self.songs = SongButton(bridge, midi_learn)
        self.buttons = {letter: SectionButton(letter, midi_learn) for letter in SLOTS}
        self.next = NextButton(midi_learn)
        self.next.clicked.connect(lambda: bridge.send(NextSection()))
        self.chain = ChainEdit(lambda text: bridge.send(SetChain(text)))
        self.state = Elided()
        self.state.setProperty("quiet", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(4)
        row.addWidget(self.songs)
        row.addSpacing(8)
        row.addWidget(_quiet("sections"))
        row.addSpacing(2)
        for button in self.buttons.values():
            button.go.connect(lambda letter: bridge.send(Section(letter)))
            button.store.connect(lambda letter: bridge.send(StoreSection(letter)))
            row.addWidget(button)
        row.addSpacing(4)
        row.addWidget(self.next)
        row.addSpacing(12)
        row.addWidget(_quiet("chain"))
        row.addWidget(self.chain)
        row.addSpacing(12)
        row.addWidget(self.state, 1)
        self.hide()
        bridge.form_changed.connect(self._take)
        bridge.fresh.connect(lambda _message: self._take(None))

    def _take(self, form: FormChanged | None) -> None:
        if form is not None and self.form is None:
            self.show()
        self.form = form
        self.songs.show_form(form)
        for letter, button in self.buttons.items():
            button.show_state(
                stored=form is not None and letter in form.sections,
                current=form is not None and letter == form.letter,
                coming=form is not None and letter == form.coming,
            )
        self.chain.show_chain("" if form is None else form.chain)
        self.next.setEnabled(form is not None)
        self.advance(None)

    def advance(self, beat: float | None) -> None:
        """Time goes on; None: it stands."""
        form = self.form
        if form is None:
            self.state.show_text("A letter stores what is set now.")
            return
        if not self.isVisible():
            return
        lit = beat is None or beat - floor(beat) < 0.5
        for button in self.buttons.values():
            if button.coming:
                button.blink(on=lit)
        text = self._words(form, beat)
        if text != self.state.full:
            self.state.show_text(text)

    def _words(self, form: FormChanged, beat: float | None) -> str:
        """Where the chain stands, and what comes when."""
        parts = []
        steps = self.chain.steps
        if steps and form.step >= 0 and form.letter:
            parts.append(f"{form.step + 1} of {steps}")
        if form.until is not None:
            bars = ceil((form.until - (form.begin if beat is None else beat)) / self._axis.bar_beats - 1e-3)
            when = "now" if bars < 1 else f"in {counted(bars, 'bar')}"
            parts.append(f"{form.coming or 'end'} {when}")
            if form.filling:
                parts.append("fill")
        elif form.letter:
            parts.append(f"{form.letter} until you move on")
        return "  ·  ".join(parts)

    def toggle(self) -> None:
        self.setVisible(not self.isVisible())


def _quiet(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setProperty("quiet", True)
    return label


class NextButton(QPushButton):
    """Moves on to the section that follows."""

    def __init__(self, midi_learn: MidiLearn) -> None:
        super().__init__("Next")
        self._midi_learn = midi_learn
        self.setFixedHeight(30)
        self.setEnabled(False)
        self.setAccessibleName("Next section")
        self.setToolTip("Move on to the next section at the bar (Ctrl+Space).\nRight click: map a pedal or key.")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._midi_learn.menu(self, event, "section.next", "next section")


class ChainEdit(QLineEdit):
    """The chain as text; Return sends it, Escape leaves it as it was. steps: how many sections it has."""

    def __init__(self, send: Callable[[str], None]) -> None:
        super().__init__()
        self._chain, self._send = "", send
        self.steps = 0
        self.setFixedWidth(170)
        self.setPlaceholderText("A×2 B A")
        self.setAccessibleName("Chain of sections")
        self.setToolTip("In which order sections follow one another, as in A×2 B A. Empty: by hand alone.")
        self.setProperty(OWN_ESCAPE, True)
        self.returnPressed.connect(self._enter)

    def show_chain(self, chain: str) -> None:
        counts = (step.partition("×")[2] or "1" for step in chain.split())
        self.steps = sum(int(count) for count in counts)
        if chain != self._chain or not self.hasFocus():
            self._chain = chain
            self.setText(chain)

    def _enter(self) -> None:
        self._send(self.text().strip())
        self.clearFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._chain)
            self.clearFocus()
        else:
            super().keyPressEvent(event)
