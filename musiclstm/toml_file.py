"""TOML files that people write: set lists, bands, MIDI mappings, pads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from musiclstm.errors import UsageError, reason

LARGEST = 1 << 20  # bytes
_MOST = 1 << 63  # of an integer, as TOML has it; one of thousands of digits cannot even be told


def read(path: Path) -> tomlkit.TOMLDocument:
    """A file, with its comments and order. Raises OSError; and UsageError, one line that does not name the file."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)  # a device may have no end
    try:
        return of_text(content.decode("utf-8-sig"))  # editors of Windows mark the encoding
    except UnicodeDecodeError as error:
        raise UsageError(reason(error)) from error


def of_text(text: str) -> tomlkit.TOMLDocument:
    """As `read`. Raises UsageError."""
    if len(text) > LARGEST:
        raise UsageError("it is too large")
    try:
        document = tomlkit.parse(text)
        if _has_too_large(document.unwrap()):
            raise UsageError("a number in it is too large")
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise UsageError(f"it is no TOML: {error}") from error
    return document


def _has_too_large(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_too_large, value.values()))
    if isinstance(value, list):
        return any(map(_has_too_large, value))
    return isinstance(value, int) and not -_MOST <= value < _MOST
