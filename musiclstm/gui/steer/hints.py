"""The lines above the controls: what the one under the mouse does. So no tooltip lies over the next control."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget

LINES = 2


class Hints(QLabel):
    """Shows the tooltips of what `watch` was called for, and what `explain` says, at one place."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setProperty("quiet", True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setContentsMargins(6, 0, 6, 0)
        self.setFixedHeight(LINES * self.fontMetrics().lineSpacing() + 4)
        self._over: QObject | None = None
        self._idle = ("", False)

    def show_idle(self, text: str, *, warns: bool) -> None:
        """What stands here while the mouse is elsewhere."""
        self._idle = text, warns
        if self._over is None:
            self.explain("")

    def watch(self, widget: QWidget) -> None:
        """Its tooltip appears here, not beside the mouse."""
        for each in (widget, *widget.findChildren(QWidget)):
            each.installEventFilter(self)

    def explain(self, text: str, *, warns: bool = False) -> None:
        text, warns = (text, warns) if text else self._idle
        self.setText(self._fitting(text.split("\n")))
        if bool(self.property("warning")) != warns:
            self.setProperty("warning", warns)
            self.style().polish(self)

    def _fitting(self, lines: list[str]) -> str:
        """As many of the lines as there is room for, the first always."""
        width, height = max(60, self.width() - 12), self.height()
        while len(lines) > 1:
            text = "\n".join(lines)
            room = self.fontMetrics().boundingRect(0, 0, width, 10_000, Qt.TextFlag.TextWordWrap, text)
            if room.height() <= height:
                break
            lines.pop()
        return "\n".join(lines)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            return True
        if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn) and isinstance(watched, QWidget):
            self._over = watched
            self.explain(_tip(watched))
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut) and watched is self._over:
            self._over = None
            self.explain("")
        return False


def _tip(widget: QWidget) -> str:
    """Its own tooltip, or else that of the row in which it stands."""
    each: QWidget | None = widget
    while each is not None and not each.toolTip():
        each = each.parentWidget()
    return "" if each is None else each.toolTip()
