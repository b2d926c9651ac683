"""Bands by name: which models play together, where, and what suits them together. Files that people can edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musiclstm import paths, toml_file
from musiclstm.errors import ModelError, UsageError, reason
from musiclstm.files import is_file
from musiclstm.protocol.controls import Value, control, of_player
from musiclstm.protocol.limits import MAX_CHANNEL

JOINT = "+"
"""Between the names of a band's models."""
_FILE = "bands.toml"


@dataclass(frozen=True, slots=True)
class PlayerOutput:
    """Where the parts of a player are sent. port: None is the main output.

    channels: 0..15, one for all of them, or one for each; none where they have those of the model.
    """

    port: str | None = None
    channels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BandPreset:
    """models: by name, in order. controls: set when it is opened; a player's own have names such as `1:density`.

    outputs: of the players that have some of their own, by number.
    """

    models: tuple[str, ...]
    controls: dict[str, Value] = field(default_factory=dict)
    outputs: dict[int, PlayerOutput] = field(default_factory=dict)


def bands() -> dict[str, BandPreset]:
    """The shipped bands and the user's own, which hide shipped ones of the same name. Raises ModelError."""
    found: dict[str, BandPreset] = {}
    for folder in (paths.resources(), paths.user_settings()):
        found.update(_read(folder / _FILE))
    return found


def named(name: str) -> BandPreset | None:
    """A band, by its name or by its models: `folk+drums` or `folk,drums`. None where it is no band.

    A model's name or file may contain a comma: `folk, tonight+drums`. Raises ModelError for a file of bands that
    cannot be read.
    """
    if JOINT in name or "," in name:
        known = paths.model_names()
        groups = [each.strip() for each in name.split(JOINT)]
        models = [
            each for group in groups for each in ([group] if group in known or is_file(group) else group.split(","))
        ]
        return BandPreset(tuple(each.strip() for each in models))
    return bands().get(name)


def _read(path: Path) -> dict[str, BandPreset]:
    try:
        values = toml_file.read(path).unwrap()
    except FileNotFoundError:
        return {}
    except (OSError, UsageError) as error:
        raise ModelError(f"The bands of {path} cannot be read: {reason(error)}.") from error
    return {name: _preset(f"The band {name} in {path}", value) for name, value in values.items()}


def _preset(whose: str, value: Any) -> BandPreset:
    """Of a list of models, or of a table: `players`, `set`, and a table for each player with something of its own."""
    table = {"players": value} if isinstance(value, list) else value
    models = table.get("players") if isinstance(table, dict) else None
    if not isinstance(models, list) or len(models) < 2 or not all(isinstance(each, str) for each in models):
        raise ModelError(f'{whose} must have a list of models, as in ["folk", "drums"].')
    controls, outputs = _settings(whose, "", table.get("set", {})), {}
    for name, own in table.items():
        if name in ("players", "set"):
            continue
        if name not in models or not isinstance(own, dict) or set(own) - {"set", "port", "channel"}:
            known = "players, set, and under the name of a player set, port and channel"
            raise ModelError(f"{whose}: {name} is not understood; it has {known}.")
        controls |= _settings(whose, str(models.index(name)), own.get("set", {}))
        outputs[models.index(name)] = _output(f"{whose}, {name}", own)
    return BandPreset(tuple(models), controls, outputs)


def _output(whose: str, own: Mapping[str, Any]) -> PlayerOutput:
    port, channel = own.get("port"), own.get("channel", [])
    if port is not None and not (isinstance(port, str) and port):
        raise ModelError(f"{whose}: port is the name of an output, not {port!r}.")
    channels = channel if isinstance(channel, list) else [channel]
    if not all(type(each) is int and 1 <= each <= MAX_CHANNEL + 1 for each in channels):
        raise ModelError(f"{whose}: channel is 1 to {MAX_CHANNEL + 1}, or a list with one for each part.")
    return PlayerOutput(port, tuple(each - 1 for each in channels))


def _settings(whose: str, player: str, values: Any) -> dict[str, Value]:
    """player: its number; empty for all."""
    if not isinstance(values, Mapping):
        raise ModelError(f'{whose}: set is a table of controls, as in {{density = 0.2, "hear.onsets" = 0.5}}.')
    found: dict[str, Value] = {}
    for plain, value in values.items():
        name = of_player(player, plain) if player else plain
        try:
            known = control(name)
            fits = known.clamp(value) == value
        except KeyError:
            raise ModelError(f"{whose}: there is no control {plain} that can be set there.") from None
        except (ValueError, TypeError):
            fits = False
        if not fits:
            raise ModelError(f"{whose}: {plain} cannot be {value!r}.")
        found[name] = value
    return found
