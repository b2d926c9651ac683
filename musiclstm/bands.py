"""Bands by name: which models play together. Files of lines such as `NAME = ["folk", "drums"]`."""

from __future__ import annotations

from pathlib import Path

import tomllib

from musiclstm import paths
from musiclstm.errors import ModelError, reason

JOINT = "+"
"""Between the names of a band's models."""
_FILE = "bands.toml"


def bands() -> dict[str, tuple[str, ...]]:
    """The shipped bands and the user's own, which hide shipped ones of the same name. Raises ModelError."""
    found: dict[str, tuple[str, ...]] = {}
    for folder in (paths.resources(), paths.user_settings()):
        found.update(_read(folder / _FILE))
    return found


def players(name: str) -> tuple[str, ...]:
    """The models of a band, by its name or by theirs: `folk+drums` or `folk,drums`. None where it is no band.

    Raises ModelError for a file of bands that cannot be read.
    """
    if JOINT in name or "," in name:
        return tuple(each.strip() for each in name.replace(",", JOINT).split(JOINT))
    return bands().get(name, ())


def _read(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"The bands of {path} cannot be read: {reason(error)}.") from error
    for name, models in values.items():
        if not isinstance(models, list) or len(models) < 2 or not all(isinstance(each, str) for each in models):
            raise ModelError(f'The band {name} in {path} must be a list of models, as in ["folk", "drums"].')
    return {name: tuple(models) for name, models in values.items()}
