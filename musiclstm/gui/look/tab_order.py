"""The order in which Tab goes through a window: as its layouts stand, whenever their widgets were made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QTabBar, QWidget


def order_tabs(root: QWidget) -> None:
    """Of everything in `root`; what comes before and after it stays where it is."""
    for one, other in pairwise(_stops(root)):
        QWidget.setTabOrder(one, other)


def _stops(widget: QWidget) -> Iterator[QWidget]:
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
        yield widget
        return
    layout = widget.layout()
    children = _laid_out(layout) if layout is not None else iter(_loose(widget))
    for child in children:
        yield from _stops(child)


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if item is not None and (widget := item.widget()) is not None:
            yield widget
        elif item is not None and (inner := item.layout()) is not None:
            yield from _laid_out(inner)


def _loose(widget: QWidget) -> list[QWidget]:
    """Of a splitter, a scroll area or tabs, whose bar comes first."""
    children = [child for child in widget.children() if isinstance(child, QWidget) and not child.isWindow()]
    return sorted(children, key=lambda child: not isinstance(child, QTabBar))
