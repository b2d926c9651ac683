"""ports: those of the machine, and those that every machine has."""

from __future__ import annotations

import json

import pytest

from tests.cli.commands import run


def test_ports_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "ports")
    assert result.code == 0
    assert {"  synth", "  virtual", "  null"} <= set(result.out.splitlines())
    found = json.loads(run(capsys, "ports --json").out)
    assert found["always"] == ["synth", "virtual", "null"]
