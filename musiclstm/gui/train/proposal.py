"""The proposal: which parts and which grid the model is to have, for a person to correct."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from musiclstm.gui.axes.pitch_box import PitchBox
from musiclstm.gui.look.buttons import push_button
from musiclstm.gui.look.labels import plain_label
from musiclstm.gui.look.room import scrolling
from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.look.tab_order import order_tabs
from musiclstm.gui.steer.instruments import INSTRUMENTS
from musiclstm.gui.train.runs import Run
from musiclstm.music.vocabulary import GRIDS
from musiclstm.words import counted

MOST = 9  # parts
SECONDS = "seconds"
_DRUMS = "drums"


@dataclass(frozen=True)
class PartLine:
    """program: General MIDI's, from 0. low, high: MIDI note numbers."""

    name: str
    program: int = 0
    low: int = 0
    high: int = 127
    drums: bool = False

    def written(self) -> str:
        """As `musiclstm train --parts` reads it."""
        name = self.name.replace(",", " ").replace(":", " ").strip()
        return f"{name}:{_DRUMS if self.drums else self.program + 1}:{self.low}-{self.high}"


class PartRow:
    """The fields of one part, in a row of a grid."""

    def __init__(self, line: PartLine, changed: Callable[[], object], remove: Callable[[PartRow], None]) -> None:
        self.name = QLineEdit(line.name)
        self.name.setMaxLength(60)
        self.name.setAccessibleName("Name of the part")
        self.name.textEdited.connect(lambda _text: changed())
        self.instrument = Chooser("Instrument", f"The instrument of {line.name}.")
        choices = [("Drums", _DRUMS), *((name, str(number)) for number, name in enumerate(INSTRUMENTS))]
        self.instrument.offer(choices, _DRUMS if line.drums else str(line.program))
        self.instrument.activated.connect(lambda _index: changed())
        self.low, self.high = (self._pitch(value, changed) for value in (line.low, line.high))
        self.low.setAccessibleName("Lowest pitch")
        self.high.setAccessibleName("Highest pitch")
        self.remove = push_button("Remove", "Its notes go to the nearest of the other parts.", lambda: remove(self))

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return self.name, self.instrument, self.low, self.high, self.remove

    @property
    def line(self) -> PartLine:
        drums = self.instrument.currentData() == _DRUMS
        program = 0 if drums else int(self.instrument.currentData() or 0)
        return PartLine(self.name.text(), program, self.low.value(), self.high.value(), drums)

    @staticmethod
    def _pitch(value: int, changed: Callable[[], object]) -> PitchBox:
        box = PitchBox()
        box.setValue(value)
        box.setAlignment(Qt.AlignmentFlag.AlignCenter)
        box.setMinimumWidth(64)
        box.valueChanged.connect(lambda _value: changed())
        return box


class Proposal(QWidget):
    """changed: something was corrected. A model that is begun with brings its own: then nothing can be changed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[PartRow] = []
        self._found: dict[str, Any] = {}
        self.corrected = False
        self.grid = Chooser("Time", "How fine the rhythm is that the model reads and plays.")
        choices = [(f"on a grid of {each} steps to a beat", str(each)) for each in GRIDS]
        self.grid.offer([*choices, ("as it was played, in seconds", SECONDS)], None)
        self.grid.activated.connect(lambda _index: self._correct())
        self.add = push_button("Add a part", "One more part.", self._add)
        self.fits = plain_label()
        self.fits.setProperty("quiet", True)
        self.fits.setWordWrap(True)
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setSpacing(6)
        self._grid.setColumnStretch(0, 3)
        self._grid.setColumnStretch(1, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        last = QHBoxLayout()
        last.addWidget(QLabel("Time"))
        last.addWidget(self.grid, 1)
        last.addWidget(self.add)
        column.addWidget(scrolling(inside), 1)
        column.addLayout(last)
        column.addWidget(self.fits)

    def show_proposal(self, run: Run) -> None:
        """What was found and proposed for a run."""
        proposal = run.found.get("proposal") or {}
        fixed = bool(run.begin_with)
        if run.found is not self._found:  # it was looked at again, even if the same was found
            self._found, self.corrected = run.found, False
            self._fill([_line_of(part) for part in proposal.get("parts", ())])
            self.grid.choose(SECONDS if proposal.get("seconds") else str(proposal.get("grid", "")))
        self.fits.setText(_fits(run, proposal))
        for widget in (self.grid, *(each for row in self.rows for each in row.widgets)):
            widget.setEnabled(not fixed)
        self.add.setEnabled(not fixed and len(self.rows) < MOST)
        if len(self.rows) == 1:
            self.rows[0].remove.setEnabled(False)

    def correction(self, run: Run) -> Run:
        """The run with what was corrected."""
        if not self.corrected:
            return run
        seconds = self.grid.currentData() == SECONDS
        return replace(
            run,
            parts=", ".join(row.line.written() for row in self.rows),
            seconds=seconds,
            grid=0 if seconds else int(self.grid.currentData() or 0),
        )

    def _fill(self, lines: Sequence[PartLine]) -> None:
        for row in self.rows:
            for widget in row.widgets:
                self._grid.removeWidget(widget)
                widget.deleteLater()
        self.rows = [PartRow(line, self._correct, self._remove) for line in lines]
        for number, row in enumerate(self.rows):
            for place, widget in enumerate(row.widgets):
                self._grid.addWidget(widget, number, place)
            self._grid.setRowStretch(number, 0)
        self._grid.setRowStretch(len(self.rows), 1)
        order_tabs(self)

    def _add(self) -> None:
        self._fill([*(row.line for row in self.rows), PartLine(f"Part {len(self.rows) + 1}")])
        self._correct()

    def _remove(self, row: PartRow) -> None:
        self._fill([each.line for each in self.rows if each is not row])
        self._correct()

    def _correct(self) -> None:
        self.corrected = True
        self.changed.emit()


def _line_of(part: dict[str, Any]) -> PartLine:
    return PartLine(
        str(part.get("name", "")),
        int(part.get("program", 0)),
        int(part.get("low", 0)),
        int(part.get("high", 127)),
        bool(part.get("drums")),
    )


def _fits(run: Run, proposal: dict[str, Any]) -> str:
    if run.begin_with:
        return f"{run.begin_with} brings its parts and its grid."
    pieces, others = int(proposal.get("pieces", 0)), int(proposal.get("others", 0))
    if not others:
        return "All pieces have these parts."
    verb = "has" if others == 1 else "have"
    return (
        f"{others:,} of {counted(pieces, 'piece')} {verb} another number of parts; there each note goes to the "
        "nearest part."
    )
