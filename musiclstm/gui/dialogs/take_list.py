"""The list of takes: each with its picture, what it is called, and what there is to know in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from musiclstm.engine.supervision.host import Entry
from musiclstm.gui.dialogs.take_picture import paint_picture
from musiclstm.gui.dialogs.take_words import facts, title, where
from musiclstm.gui.look.theme import Theme

ROW = 64  # pixels
_PICTURE = 132
_Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{title(entry)}: {facts(entry)}, {where(entry)}"
        return entry if role == Qt.ItemDataRole.UserRole else None

    def show(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self.entries = list(entries)
        self.endResetModel()

    def change(self, entry: Entry) -> None:
        for row, old in enumerate(self.entries):
            if old.session == entry.session:
                self.entries[row] = entry
                self.dataChanged.emit(self.index(row), self.index(row))


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(300, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        style: Any = option  # what PySide's own hints leave out
        theme, box = self.theme, QRectF(style.rect)
        selected = bool(style.state & QStyle.StateFlag.State_Selected)
        if selected or style.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, QColor(theme.pressed if selected else theme.raised))
        if selected and style.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(theme.accent))
        picture = () if entry.summary is None else entry.summary.picture
        paint_picture(painter, QRectF(box.left() + 10, box.top() + 8, _PICTURE, ROW - 16), picture, theme)
        words = box.adjusted(_PICTURE + 24, 10, -12, -10)
        self._line(painter, style, words, title(entry), where(entry), heading=True)
        words.adjust(0, words.height() / 2, 0, 0)
        self._line(painter, style, words, facts(entry), "", heading=False)

    def _line(self, painter: QPainter, style: Any, box: QRectF, text: str, right: str, *, heading: bool) -> None:
        flags = Qt.AlignmentFlag.AlignTop
        width = 0
        if right:
            painter.setFont(style.font)
            width = style.fontMetrics.horizontalAdvance(right) + 12
            shown = self.theme.accent if right == "playing now" else self.theme.secondary
            painter.setPen(QColor(shown))
            painter.drawText(box, flags | Qt.AlignmentFlag.AlignRight, right)
        font = QFont(style.font)
        font.setWeight(QFont.Weight.DemiBold if heading else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.text if heading else self.theme.secondary))
        fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()) - width)
        painter.drawText(box, flags | Qt.AlignmentFlag.AlignLeft, fitted)


class TakeList(QListView):
    """chosen(entry or None): the selected one has changed, or what is known of it."""

    chosen = Signal(object)
    delete_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._entries, self._painter = _Model(), _Painter(theme)
        self.setModel(self._entries)
        self.setItemDelegate(self._painter)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Takes")
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen.emit(self.current()))

    @property
    def entries(self) -> list[Entry]:
        return self._entries.entries

    def set_theme(self, theme: Theme) -> None:
        self._painter.theme = theme
        self.viewport().update()

    def current(self) -> Entry | None:
        entry = self.currentIndex().data(Qt.ItemDataRole.UserRole)
        return entry if isinstance(entry, Entry) else None

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """The selected one stays selected; if it is gone, the next is."""
        before, row = self.current(), self.currentIndex().row()
        place = self.verticalScrollBar().value()
        self._entries.show(entries)
        sessions = [entry.session for entry in entries]
        if before is not None and before.session in sessions:
            row = sessions.index(before.session)
        if entries:
            self.setCurrentIndex(self._entries.index(min(max(row, 0), len(entries) - 1)))
            self.verticalScrollBar().setValue(place)
        self.chosen.emit(self.current())

    def show_entry(self, entry: Entry) -> None:
        """What is known of one has changed."""
        self._entries.change(entry)
        now = self.current()
        if now is not None and now.session == entry.session:
            self.chosen.emit(now)

    def choose(self, session: str) -> None:
        for row, entry in enumerate(self.entries):
            if entry.session == session:
                self.setCurrentIndex(self._entries.index(row))
                self.scrollTo(self._entries.index(row))

    def keyPressEvent(self, event: Any) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_asked.emit()
        else:
            super().keyPressEvent(event)
