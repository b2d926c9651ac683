"""How much room there is and must be: for a window on its screen, for text in a field."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStyle, QWidget

FIELD = 32  # pixels, height of a field at least


def field_height(field: QWidget) -> int:
    """Pixels of a field in a row with others, for its font."""
    return max(FIELD, field.fontMetrics().height() + 8)


def room_on(window: QWidget) -> QSize:
    """What there is for its inside, in logical pixels."""
    frame = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    return window.screen().availableGeometry().size() - QSize(0, frame)


def resize_within(window: QWidget, size: QSize) -> None:
    """To this size, or as much of it as its screen has."""
    window.resize(size.boundedTo(room_on(window)))


def grow(window: QWidget) -> None:
    """To the height that its text takes now."""
    layout = window.layout()
    if layout is not None and (height := layout.heightForWidth(window.width())) > window.height():
        resize_within(window, QSize(window.width(), height))


def scrolling(inner: QWidget, *, sideways: bool = False) -> QScrollArea:
    """For what may be higher than its room. sideways: or wider."""
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
