"""What is said where PyTorch is missing: the command that installs it."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from musiclstm.gui.look.buttons import push_button
from musiclstm.gui.train.words import install_command


class Missing(QWidget):
    def __init__(self) -> None:
        super().__init__()
        text = QLabel("Training needs PyTorch, which is not installed here. Run this in a terminal, then come back:")
        text.setWordWrap(True)
        self.command = QLineEdit(install_command())
        self.command.setReadOnly(True)
        self.command.setCursorPosition(0)
        self.command.setAccessibleName("The command that installs it")
        self.copy = push_button("Copy", "Copy the command.", self._copy)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.command, 1)
        row.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(text)
        column.addLayout(row)
        column.addStretch(1)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.command.text())
        self.copy.setText("Copied")
