"""What is shown where PyTorch is missing: a button that installs it, and the command for a terminal."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.look.buttons import push_button
from musiclstm.gui.train.installer import Installer, command_line


class Missing(QWidget):
    """installed: PyTorch is there now. failed(why): it is not, in a line for a person."""

    installed = Signal()
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.installer = Installer()
        text = QLabel(
            "Training needs PyTorch, which is not installed here. It takes about a gigabyte of disk and some minutes; "
            "the music goes on."
        )
        text.setWordWrap(True)
        self.install = push_button("Install", "Download and install it where this program runs.", self._install)
        self.cancel = push_button("Cancel", "Stop the installation.", self.installer.cancel)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("It is being installed")
        self.said = Elided()
        self.said.setProperty("quiet", True)
        by_hand = QLabel("Or run this in a terminal, then come back:")
        by_hand.setProperty("quiet", True)
        self.command = QLineEdit(command_line())
        self.command.setReadOnly(True)
        self.command.setCursorPosition(0)
        self.command.setAccessibleName("The command that installs it")
        self.copy = push_button("Copy", "Copy the command.", self._copy)
        first, row = QHBoxLayout(), QHBoxLayout()
        for widget in (self.install, self.cancel):
            first.addWidget(widget)
        first.addWidget(self.bar, 1)
        first.addStretch(0)
        row.addWidget(self.command, 1)
        row.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(text)
        column.addLayout(first)
        column.addWidget(self.said)
        column.addSpacing(12)
        column.addWidget(by_hand)
        column.addLayout(row)
        column.addStretch(1)
        self.installer.said.connect(self.said.show_text)
        self.installer.ended.connect(self._ended)
        self._show()

    def _install(self) -> None:
        self.installer.start()
        self._show()

    def _ended(self, why: str) -> None:
        self.said.show_text("")
        self._show()
        if why:
            self.failed.emit(why)
        else:
            self.installed.emit()

    def _show(self) -> None:
        running = self.installer.running
        self.install.setEnabled(not running)
        self.cancel.setVisible(running)
        self.bar.setVisible(running)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.command.text())
        self.copy.setText("Copied")
