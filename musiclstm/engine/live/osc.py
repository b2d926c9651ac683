"""OSC addresses: every command in, all telemetry out, for scripts and other programs. `osc_server` sends and receives.

The addresses follow from the messages of `protocol` by one rule, so nothing has to be kept in step:

- a command `SetTempo(tempo)` is `/musiclstm/set_tempo` with its fields as arguments, in order; fields that have a
  default may be left out from the end;
- a command whose omitted fields stay unchanged also has an address for each such field,
  `/musiclstm/set_part/transpose part value`;
- a control `time.temperature` is `/musiclstm/control/time/temperature value`;
- the same control for one player of a band alone is `/musiclstm/player/PLAYER/time/temperature value`: the player's
  number, from 0, or its model's name; the value "all" lets it follow all players again;
- telemetry `Played(…)` is `/musiclstm/played` with its fields as arguments, sent to everyone who sent
  `/musiclstm/subscribe`.

Numbers may have any of OSC's number types (controllers send floats for everything). None is OSC's nil. A command
without arguments ignores a single 0: buttons send 1 when pressed and 0 when released. A bad packet changes nothing, nor
does a bundle with a bad message; its sender gets the reason at `/musiclstm/error`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from functools import cache, partial
from typing import Any, get_args, get_type_hints

import numpy as np
from pythonosc.osc_message_builder import OscMessageBuilder

from musiclstm.protocol.commands import Command, SetControl
from musiclstm.protocol.controls import ALL, CONTROLS, OF_PLAYER, Control, Value, of_player
from musiclstm.protocol.telemetry import Telemetry

ROOT = "/musiclstm"
# Times of the monotonic clock need more digits than OSC's usual 32-bit float has.
_PRECISE = ("time", "intended")
_PLAYER = re.compile(rf"{ROOT}/player/([^/]+)/(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an address: its name, its type hint, and whether it can be left out."""

    name: str
    hint: Any
    optional: bool = False

    def read(self, value: Any) -> Value:
        """The value converted to the hinted type. Raises ValueError, which says what it takes."""
        kinds = get_args(self.hint) or (self.hint,)
        if value is None and type(None) in kinds:
            return None
        if float in kinds and str in kinds and isinstance(value, (float, int, str)):  # a control's value
            return value
        if str in kinds and isinstance(value, str):
            return value
        if _is_number(value):
            if bool in kinds:
                return bool(value)
            if int in kinds and float(value).is_integer():
                return int(value)
            if float in kinds:
                return float(value)
        raise ValueError(f"{self.usage}, not {value!r}")

    @property
    def usage(self) -> str:
        return f"{self.name} ({self.letters})"

    @property
    def letters(self) -> str:
        """OSC type letters for the table."""
        kinds = get_args(self.hint) or (self.hint,)
        if float in kinds and str in kinds:
            return "f, s or N"
        found = {bool: "T/F", int: "i", str: "s", float: "d" if self.name in _PRECISE else "f"}
        known = [found[kind] for kind in kinds if kind in found]
        if not known:
            return "b" if "ndarray" in str(self.hint) else "s"
        return known[0] + (" or N" if type(None) in kinds else "")


def _is_number(value: Any) -> bool:
    """Whether it is a number, and finite."""
    return isinstance(value, (bool, int, float)) and float("-inf") < value < float("inf")


class _OwnArgument(Argument):
    """Of a player's own control."""

    def read(self, value: Any) -> Value:
        return value if value == ALL else super().read(value)


@dataclass(frozen=True, slots=True)
class Address:
    """An address that takes a command, its arguments, and a function that makes the command from them."""

    path: str
    arguments: tuple[Argument, ...]
    make: Callable[[list[Value]], Command]
    about: str

    def command(self, values: list[Any]) -> Command | None:
        """The command for these OSC arguments; None for a released button. Raises ValueError or TypeError."""
        if not self.arguments and len(values) == 1 and _is_number(values[0]):
            if not values[0]:
                return None
            values = []
        needed = sum(not argument.optional for argument in self.arguments)
        if not needed <= len(values) <= len(self.arguments):
            raise ValueError(f"{self.path} takes {self.usage or 'no arguments'}, not {len(values)} arguments")
        try:
            read = [argument.read(value) for argument, value in zip(self.arguments, values, strict=False)]
        except ValueError as error:
            raise ValueError(f"{self.path} takes {error}") from None
        return self.make(read)

    @property
    def usage(self) -> str:
        return _usage(self.arguments)


def _usage(arguments: tuple[Argument, ...]) -> str:
    return ", ".join(f"[{argument.usage}]" if argument.optional else argument.usage for argument in arguments)


def _arguments(kind: type) -> tuple[Argument, ...]:
    hints = get_type_hints(kind)
    return tuple(Argument(field.name, hints[field.name], field.default is not MISSING) for field in fields(kind))


def _path(kind: type) -> str:
    return f"{ROOT}/{re.sub(r'(?<!^)(?=[A-Z])', '_', kind.__name__).lower()}"


def _about(kind: type) -> str:
    """First sentence of the class's docstring ("" where dataclasses generated one)."""
    text = " ".join((kind.__doc__ or "").split()).replace("*May drop.* ", "").replace("`", "")
    return "" if text.startswith(f"{kind.__name__}(") else re.split(r"(?<=\.) ", text)[0]


@cache
def addresses() -> dict[str, Address]:
    """Every address that takes a command, by its path."""
    return {address.path: address for address in (*_command_addresses(), *_control_addresses())}


def _command_addresses() -> Iterator[Address]:
    for kind in get_args(Command):
        arguments = _arguments(kind)
        yield Address(_path(kind), arguments, partial(_from_all, kind), _about(kind))
        needed = tuple(argument for argument in arguments if not argument.optional)
        for one in _single_fields(kind):
            own = (*needed, Argument(one.name, one.hint))
            about = f"Changes only this field of {_path(kind)}."
            yield Address(f"{_path(kind)}/{one.name}", own, partial(_from_one, kind, one.name), about)


def _from_all(kind: Callable[..., Command], values: list[Value]) -> Command:
    return kind(*values)


def _from_one(kind: Callable[..., Command], name: str, values: list[Value]) -> Command:
    return kind(*values[:-1], **{name: values[-1]})


def _single_fields(kind: type[Command]) -> tuple[Argument, ...]:
    """The fields that have an address of their own: if there are several, and all are None (unchanged) by default."""
    optional = [field for field in fields(kind) if field.default is not MISSING]
    if len(optional) < 2 or any(field.default is not None for field in optional):
        return ()
    return tuple(argument for argument in _arguments(kind) if argument.optional)


def _control_addresses() -> Iterator[Address]:
    for control in CONTROLS:
        path = f"{ROOT}/control/{control.name.replace('.', '/')}"
        argument = Argument(*_control_argument(control))
        yield Address(path, (argument,), partial(_set_control, control.name), control.hint)


def address_of(path: str) -> Address | None:
    """The address of a path, in capitals or not; None where nothing takes it."""
    found = addresses().get(path.lower())
    match = _PLAYER.fullmatch(path)
    if found is not None or match is None:
        return found
    base = addresses().get(f"{ROOT}/control/{match[2].lower()}")
    name = match[2].lower().replace("/", ".")
    if base is None or name not in OF_PLAYER:
        return None
    (argument,) = base.arguments
    return Address(
        path, (_OwnArgument(argument.name, argument.hint),), partial(_set_control, of_player(match[1], name)), ""
    )


def _set_control(name: str, values: list[Value]) -> Command:
    return SetControl(name, values[0])


def _control_argument(control: Control) -> tuple[str, Any]:
    if control.choices:
        return "one of " + ", ".join(control.choices) + (", or a player's name" if control.names else ""), str
    if isinstance(control.default, bool):
        return "switch", bool
    kind: Any = int if control.integer else float
    name = f"{control.low:g} to {control.high:g}" + (f" {control.unit}" if control.unit else "")
    return name, kind | None if control.optional else kind


def encode(message: Telemetry) -> bytes:
    """Telemetry as an OSC message: tuples as JSON text, arrays as blobs of little-endian numbers."""
    builder = OscMessageBuilder(_path(type(message)))
    for field in fields(message):
        value = getattr(message, field.name)
        if isinstance(value, np.ndarray):
            builder.add_arg(value.astype(value.dtype.newbyteorder("<")).tobytes(), "b")
        elif isinstance(value, tuple):
            builder.add_arg(json.dumps(value), "s")
        elif isinstance(value, float):
            builder.add_arg(value, "d" if field.name in _PRECISE else "f")
        else:
            builder.add_arg(value)
    return bytes(builder.build().dgram)


def encode_error(text: str) -> bytes:
    """The answer to a packet that was not understood."""
    builder = OscMessageBuilder(f"{ROOT}/error")
    builder.add_arg(text[:500])
    return bytes(builder.build().dgram)


def table() -> str:
    """The whole interface as Markdown, for `docs/osc.md`."""
    lines = ["| to the instrument | arguments | |", "|---|---|---|"]
    for kind in get_args(Command):
        lines.append(_row(_path(kind), _usage(_arguments(kind)), _about(kind)))
        if free := _single_fields(kind):
            needed = tuple(argument for argument in _arguments(kind) if not argument.optional)
            about = "Change only this field: " + ", ".join(argument.name for argument in free) + "."
            lines.append(_row(f"{_path(kind)}/FIELD", f"{_usage(needed)}, value", about))
    lines += [_row(address.path, address.usage, address.about) for address in _control_addresses()]
    about = 'In a band: the same control for one player alone (its number from 0, or its model); "all" ends that.'
    lines += [
        _row(f"{ROOT}/player/PLAYER/CONTROL", "as that of /control/CONTROL, or all (s)", about),
        _row(f"{ROOT}/subscribe", "[port (i)]", "Send telemetry to this port of yours, or to the one you sent from."),
        _row(f"{ROOT}/unsubscribe", "[port (i)]", "Stop sending telemetry."),
        "",
        "| from the instrument | arguments | |",
        "|---|---|---|",
    ]
    for kind in get_args(Telemetry):
        every = tuple(Argument(argument.name, argument.hint) for argument in _arguments(kind))
        lines.append(_row(_path(kind), _usage(every), _about(kind)))
    lines.append(_row(f"{ROOT}/error", "message (s)", "What you sent was not understood, and why."))
    return "\n".join(lines) + "\n"


def _row(path: str, usage: str, about: str) -> str:
    about = about.replace("|", "or")
    return f"| `{path}` | {usage} | {about} |"
