"""Presets: values of the controls under a name, in a readable file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from musiclstm.files import write_atomic
from musiclstm.protocol.controls import Value, control

# These say how one plays together, not how it sounds; a preset leaves them alone.
LEFT_ALONE = frozenset({"thru", "nudge", "metronome", "metronome.level", "metronome.channel", "count_in"})


class Presets:
    """A JSON file {name: {control: value}}.

    A file that cannot be read counts as empty and is kept as `.broken`. Raises OSError if the folder is not writable.
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
        self._presets[name] = {key: value for key, value in values.items() if key not in LEFT_ALONE}
        self._write()

    def delete(self, name: str) -> None:
        if self._presets.pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._path, (json.dumps(self._presets, indent=1, ensure_ascii=False) + "\n").encode())


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
