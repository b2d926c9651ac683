"""The random seed: the same seed and the same settings give the same music."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

MOST = 2**31 - 1


class SeedDialog(QDialog):
    """chosen(seed)."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Random seed")
        self.setFixedWidth(max(380, 40 * self.fontMetrics().averageCharWidth()))
        words = QLabel("With the same seed and the same settings it plays the same music again. It counts from now on.")
        words.setWordWrap(True)
        self.seed = QSpinBox()
        self.seed.setRange(0, MOST)
        self.seed.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.seed.setAccessibleName("Random seed")
        self.use = QPushButton("Use it")
        self.use.setDefault(True)
        self.use.clicked.connect(self._use)
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(words)
        column.addWidget(self.seed)
        column.addLayout(foot)
        self.seed.selectAll()

    def _use(self) -> None:
        self.chosen.emit(self.seed.value())
        self.close()
