"""Presets: values of the controls under a name, in a readable file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from musiclstm.files import write_atomic
from musiclstm.protocol.controls import SETUP, Value, control


class Presets:
    """A JSON file {name: {control: value}}.

    A file that cannot be read counts as empty and is kept as `.broken`. Raises OSError if the folder is not writable;
    then the presets stay as they were.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._presets: dict[str, dict[str, Value]] = {}
        try:
            read = json.loads(path.read_text("utf-8"))
            self._presets = {str(name): valid(values) for name, values in read.items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError, RecursionError):
            if path.exists():
                path.replace(path.with_suffix(".broken"))

    def names(self) -> list[str]:
        return sorted(self._presets, key=str.casefold)

    def get(self, name: str) -> dict[str, Value]:
        """Raises KeyError for an unknown name."""
        return dict(self._presets[name])

    def save(self, name: str, values: Mapping[str, Value]) -> None:
        kept = {key: value for key, value in values.items() if key not in SETUP}
        self._write(self._presets | {name: kept})

    def delete(self, name: str) -> None:
        if name in self._presets:
            self._write({each: values for each, values in self._presets.items() if each != name})

    def _write(self, presets: dict[str, dict[str, Value]]) -> None:
        """These are the presets, if they can be written."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._path, (json.dumps(presets, indent=1, ensure_ascii=False) + "\n").encode())
        self._presets = presets


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
