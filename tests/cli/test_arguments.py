"""The commands and their help."""

from __future__ import annotations

from importlib import import_module

import pytest

from musiclstm import __version__
from musiclstm.cli.arguments import COMMANDS, parse
from musiclstm.protocol.controls import CONTROLS, ONLY_LIVE
from musiclstm.protocol.limits import MAX_SEED
from tests.cli.commands import run


@pytest.mark.parametrize("name", [*COMMANDS, "start"])
def test_every_command_is_a_module_with_a_function_run(name: str) -> None:
    assert callable(import_module(f"musiclstm.cli.{name}").run)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert COMMANDS[name][0] in run(capsys, "--help").out
    result = run(capsys, f"{name} --help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"usage: musiclstm {name} ")


@pytest.mark.parametrize("seed", [0, 2**53 + 1, MAX_SEED - 1, MAX_SEED])
def test_every_seed_is_taken_as_it_is(seed: int) -> None:
    assert parse(["generate", "--seed", str(seed), "-o", "a.mid"]).seed == seed


def test_help_names_every_control(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "play --help").out
    assert all(f"  {control.name} " in out for control in CONTROLS)
    out = run(capsys, "generate --help").out
    assert {control.name for control in CONTROLS if f"  {control.name} " not in out} == ONLY_LIVE


def test_it_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version").out == f"musiclstm {__version__}\n"
