"""A control's value in words, and what it does to the music."""

from __future__ import annotations

from collections.abc import Mapping

from musiclstm.gui.axes.pitch_axis import pitch_name
from musiclstm.protocol.controls import Control, Value

LOW, HIGH = "range.low", "range.high"


def value_text(control: Control, value: Value) -> str:
    """The value as text: `1.20`, `+0.50`, `C4`, `2 beats`, `no limit`."""
    if value is None:
        return "no limit"
    if isinstance(value, (bool, str)):
        return str(value)
    if control.unit == "note":
        return pitch_name(int(value))
    if control.unit == "ms":
        return f"{value:+.0f} ms"
    if control.integer or control.unit:
        number = round(value, 2)
        return f"{number:g} {control.unit.removesuffix('s') if number == 1 else control.unit}".strip()
    return f"{value:+.2f}" if control.low < 0 and value else f"{value:.2f}"


def effect(control: Control, value: Value, values: Mapping[str, Value], notes: tuple[int, int]) -> str:
    """One sentence; "" where the music keeps its style. values: of all controls. notes: the model's lowest and highest.

    A range that leaves the model all its notes, or none, is told by the model's own notes.
    """
    if control.name not in (LOW, HIGH) or not isinstance(value, (int, float)):
        return control.effect(value)
    whole = value <= notes[0] if control.name == LOW else value >= notes[1]
    other = values.get(HIGH if control.name == LOW else LOW)
    low, high = sorted((int(value), int(other) if isinstance(other, (int, float)) else int(value)))
    if high < notes[0] or low > notes[1]:
        return f"The model has no notes from {pitch_name(low)} to {pitch_name(high)}: silence."
    return "" if whole else control.effect(value)
