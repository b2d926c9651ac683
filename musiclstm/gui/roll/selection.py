"""Selection: the bars that the person has chosen on the ruler."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """`range` is (start, end) in beats, or None.

    Signals: `selected(start, end)` when a choice is finished, `cleared()` when there is none any more, and `changed()`
    for whatever must be painted again, also while the mouse still drags.
    """

    selected = Signal(float, float)
    cleared = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.range: tuple[float, float] | None = None

    def drag(self, start: float, end: float) -> None:
        """Show a range that is still being chosen."""
        if end > start and (start, end) != self.range:
            self.range = start, end
            self.changed.emit()

    def finish(self) -> None:
        """What was dragged is chosen."""
        if self.range is not None:
            self.selected.emit(*self.range)

    def select(self, start: float, end: float) -> None:
        self.drag(start, end)
        self.finish()

    def clear(self) -> None:
        if self.range is not None:
            self.range = None
            self.changed.emit()
            self.cleared.emit()

    def relabel(self, beats: float) -> None:
        """What was beat b is b + `beats` from now on: the same music stays chosen."""
        if self.range is not None:
            self.range = self.range[0] + beats, self.range[1] + beats
            self.changed.emit()
