"""Pad tables: what each pad of a device does, and its colours, in a file that anyone can write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musiclstm import paths, toml_file
from musiclstm.engine.performer.midi_map import Trigger
from musiclstm.errors import UsageError
from musiclstm.music import midi_message
from musiclstm.protocol.actions import ACTIONS, SLOTS
from musiclstm.protocol.controls import BY_NAME
from musiclstm.protocol.modes import MODES

COLOURS = ("off", "free", "set", "here", "on", "muted", "plain", "armed", "section", "coming")
"""What a pad's state is called in `[colours]`."""
_NEWER = {"section": "set", "coming": "armed"}
"""Colours that a table of an earlier version does not have, and those that serve instead."""
_PULSING = ("armed", "coming")
_OWN = {"arm", *(f"slot.{slot}" for slot in SLOTS), *(f"section.{slot}" for slot in SLOTS)}
TARGETS = frozenset(_OWN | {f"mode.{mode}" for mode in MODES} | ACTIONS.keys() | BY_NAME.keys())
"""What a pad can do."""


@dataclass(frozen=True, slots=True)
class PadTable:
    """ports: parts of the names of its port. begin, end: messages. pulse: a channel, 0..15. pads: pad -> target."""

    name: str
    ports: tuple[str, ...]
    begin: tuple[bytes, ...]
    end: tuple[bytes, ...]
    pulse: int
    colours: dict[str, int]
    pads: dict[Trigger, str]

    def light(self, pad: Trigger, colour: str) -> bytes:
        """The message that lights a pad; *armed* and *coming* pulse."""
        status = midi_message.NOTE_ON if pad.kind == "note" else midi_message.CONTROL_CHANGE
        channel = self.pulse if colour in _PULSING else 0
        return bytes((status | channel, pad.number, self.colours[colour]))

    def port(self, names: tuple[str, ...]) -> str | None:
        """The device's own among the ports of the machine; None while it is not plugged in."""
        return next((name for part in self.ports for name in names if part.casefold() in name.casefold()), None)


def read(path: Path) -> PadTable:
    """A table from its file. Raises UsageError: one line that names what is wrong."""
    try:
        return _table(toml_file.read(path).unwrap())
    except (OSError, UsageError, ValueError, TypeError, KeyError, AttributeError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise UsageError(f"The pads of {path} are not used: {what}.") from error


def all_tables() -> Iterator[Path]:
    """The files of the tables: those that come with the instrument, and the user's, which hide those of their name."""
    found = {}
    for folder in (paths.resources() / "pads", paths.user_settings() / "pads"):
        found.update({path.name: path for path in sorted(folder.glob("*.toml"))})
    yield from found.values()


def _table(values: dict[str, Any]) -> PadTable:
    ports = tuple(str(each) for each in values["ports"])
    if not ports or not all(ports):
        raise ValueError("ports names no port")
    given = values["colours"]
    given = {**{name: given.get(other) for name, other in _NEWER.items()}, **given}
    colours = {name: _number(given[name], 127, f"colour {name}") for name in COLOURS}
    pads: dict[Trigger, str] = {}
    for text, target in values["pads"].items():
        pad = Trigger.parse(f"{text} ch any")
        if target not in TARGETS:
            raise ValueError(f"{text} = {target!r}: there is no such action or control")
        if pad in pads:
            raise ValueError(f"{text} stands there twice")
        pads[pad] = target
    begin, end = (tuple(_message(each) for each in values.get(key, ())) for key in ("begin", "end"))
    pulse = _number(values.get("pulse", 1), 16, "pulse") - 1
    return PadTable(str(values["name"]), ports, begin, end, max(0, pulse), colours, pads)


def _number(value: object, high: int, what: str) -> int:
    if type(value) is not int or not 0 <= value <= high:
        raise ValueError(f"{what} is a number from 0 to {high}, not {value!r}")
    return value


def _message(text: str) -> bytes:
    message = bytes.fromhex(text)
    if not midi_message.is_whole(message):
        raise ValueError(f"{text!r} is no MIDI message")
    return message
