"""Whether a command's fields hold what its type hints say: numbers that are finite, texts that are texts.

A command may come from OSC, a preset, a mapped knob, or the command line of another program. Only types are checked
here; whoever carries out the command checks ranges.
"""

from __future__ import annotations

import math
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints

_WORDS = {int: "a whole number", float: "a number", bool: "on or off", str: "a line of text", type(None): "nothing"}
_LONGEST = 4096  # characters of a text; no path is longer


def problem(command: Any) -> str | None:
    """One line about the first field that holds something else; None if all is well."""
    kind: type = type(command)
    for name, kinds in _kinds(kind):
        value = getattr(command, name)
        if not any(_is(value, kind) for kind in kinds):
            words = " or ".join(_WORDS[kind] for kind in kinds)
            return f"{type(command).__name__}: {name} must be {words}, not {_short(value)}."
    return None


@cache
def _kinds(kind: type) -> tuple[tuple[str, tuple[type, ...]], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, get_args(hints[field.name]) or (hints[field.name],)) for field in fields(kind))


def _is(value: Any, kind: type) -> bool:
    if kind is float:
        # Larger integers cannot be beats, and overflow as floats.
        whole = type(value) is int and abs(value) < 1 << 63
        return whole or (isinstance(value, float) and math.isfinite(value))
    if kind is int:
        return type(value) is int and abs(value) < 1 << 63
    if kind is str:
        return isinstance(value, str) and len(value) <= _LONGEST and not {*value} & {*"\0\r\n"}
    return isinstance(value, kind)


def _short(value: Any) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 1 << 63 else "a number that large"
    return text if len(text) <= 60 else f"{text[:60]}…"
