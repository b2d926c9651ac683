"""Messages are a public format: documented, frozen, unique in name, and unchanged by the pipe."""

from __future__ import annotations

import pickle
from dataclasses import MISSING, FrozenInstanceError, fields, is_dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_args

import pytest

from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.actions import ACTIONS
from musiclstm.protocol.controls import BY_NAME
from musiclstm.protocol.options import EngineOptions

COMMANDS: tuple[Any, ...] = get_args(commands.Command)
TELEMETRY: tuple[Any, ...] = get_args(telemetry.Telemetry)
each_kind = pytest.mark.parametrize("kind", [*COMMANDS, *TELEMETRY, EngineOptions], ids=lambda kind: kind.__name__)


def made(kind: Any) -> Any:
    """A message with None in each field that has no default."""
    return kind(*(None for field in fields(kind) if field.default is MISSING))


@each_kind
def test_it_is_a_frozen_dataclass_with_a_docstring(kind: Any) -> None:
    message = made(kind)
    assert is_dataclass(message)
    assert not kind.__doc__.startswith(f"{kind.__name__}(")  # which dataclasses make up
    assert kind.__doc__.split("\n")[0].endswith(".")
    name = fields(kind)[0].name if fields(kind) else "anything"
    with pytest.raises((FrozenInstanceError, TypeError)):
        setattr(message, name, 1)


@each_kind
def test_it_crosses_the_pipe(kind: Any) -> None:
    assert pickle.loads(pickle.dumps(made(kind))) == made(kind)  # noqa: S301 - our own


@pytest.mark.parametrize(("module", "union"), [(commands, COMMANDS), (telemetry, TELEMETRY)])
def test_every_message_of_the_package_is_in_its_union(module: Any, union: tuple[Any, ...]) -> None:
    """Also those of its modules, each once; and the package offers them all."""
    parts = [import_module(f"{module.__name__}.{part.name}") for part in iter_modules(module.__path__)]
    names = [name for part in parts for name, each in vars(part).items() if is_dataclass(each)]
    assert sorted(names) == sorted(each.__name__ for each in union)
    assert {each.__name__ for each in union} < set(module.__all__)


def test_names_are_unique() -> None:
    names = [kind.__name__.lower() for kind in (*COMMANDS, *TELEMETRY)]
    assert len(set(names)) == len(names)


def test_only_telemetry_may_be_dropped() -> None:
    assert set(telemetry.MAY_DROP) < set(TELEMETRY)
    assert {kind for kind in TELEMETRY if "*May drop.*" in kind.__doc__} == set(telemetry.MAY_DROP)


def test_a_mapped_knob_turns_one_thing() -> None:
    assert not set(ACTIONS) & set(BY_NAME)
    assert all(ACTIONS.values())
