"""ports: those of the machine, and those that every machine has."""

from __future__ import annotations

import json

import pytest

from musiclstm.cli import ports
from tests.cli.commands import run


def test_ports_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "ports")
    assert result.code == 0
    assert {"  synth", "  virtual", "  null"} <= set(result.out.splitlines())
    found = json.loads(run(capsys, "ports --json").out)
    assert found["always"] == ["synth", "virtual", "null"]


def test_the_name_of_a_port_does_not_control_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "list_ports", lambda: (("Keys\x1b[2J\nA  B",), ()))
    assert "  Keys [2J A  B" in run(capsys, "ports").out.splitlines()
