"""What a bar leaves out where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget


def fold(row: QHBoxLayout, room: int, folds: Sequence[QWidget]) -> None:
    """Hide as many of `folds`, which stand in `row`, as must be for the rest to fit, the first ones first.

    room: pixels.
    """
    need = row.minimumSize().width() + sum(_width(row, each) for each in folds if each.isHidden())
    for each in folds:
        folded = need > room
        if folded != each.isHidden():
            each.setHidden(folded)
        if folded:
            need -= _width(row, each)


def _width(row: QHBoxLayout, widget: QWidget) -> int:
    """What it takes, with the gap before it."""
    return (widget.minimumWidth() or widget.minimumSizeHint().width()) + row.spacing()
