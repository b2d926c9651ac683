"""Number fields in which somebody types."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox


def being_typed(field: QSpinBox | QDoubleSpinBox) -> bool:
    """Whether somebody types what is not entered yet, so that it must not be overwritten."""
    return field.hasFocus() and field.cleanText() != field.textFromValue(field.value())  # type: ignore[arg-type]
