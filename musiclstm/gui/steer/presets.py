"""Presets: values of the controls under a name, in a readable file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from musiclstm.files import write_atomic
from musiclstm.protocol.controls import SETUP, Value, control

_UNREADABLE = (OSError, ValueError, AttributeError, RecursionError)


class Presets:
    """A JSON file {name: {control: value}}.

    A file that cannot be read counts as empty and is kept as `.broken`. Raises OSError if the folder is not writable;
    then the presets stay as they were. It is read again before it is written: another window may have written it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._presets: dict[str, dict[str, Value]] = {}
        try:
            self._presets = _read(path)
        except FileNotFoundError:
            pass
        except _UNREADABLE:
            if path.exists():
                path.replace(path.with_suffix(".broken"))

    def names(self) -> list[str]:
        return sorted(self._presets, key=str.casefold)

    def get(self, name: str) -> dict[str, Value]:
        """Raises KeyError for an unknown name."""
        return dict(self._presets[name])

    def save(self, name: str, values: Mapping[str, Value]) -> None:
        kept = {key: value for key, value in values.items() if key not in SETUP}
        self._write(self._present() | {name: kept})

    def delete(self, name: str) -> None:
        self._write({each: values for each, values in self._present().items() if each != name})

    def _present(self) -> dict[str, dict[str, Value]]:
        try:
            return _read(self._path)
        except _UNREADABLE:
            return self._presets

    def _write(self, presets: dict[str, dict[str, Value]]) -> None:
        """These are the presets, if they can be written."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._path, (json.dumps(presets, indent=1, ensure_ascii=False) + "\n").encode())
        self._presets = presets


def _read(path: Path) -> dict[str, dict[str, Value]]:
    return {str(name): valid(values) for name, values in json.loads(path.read_text("utf-8")).items()}


def valid(values: object) -> dict[str, Value]:
    """The values of a file that the controls accept."""
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if _takes(name, value)}


def _takes(name: str, value: Value) -> bool:
    try:
        return control(name).clamp(value) == value
    except (KeyError, ValueError, TypeError):
        return False
