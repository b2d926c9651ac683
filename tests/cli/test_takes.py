"""`musiclstm takes`: what was played, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musiclstm import paths
from musiclstm.cli.main import main
from musiclstm.music import midifile
from tests.engine.recording.journals import MODEL, tune, write_journal


@pytest.fixture
def _two() -> None:
    write_journal(paths.journal(), "a", [MODEL, *tune(1, 0, 4)], clean=True)
    write_journal(paths.journal(), "b", [MODEL, *tune(1, 0, 6, person=1)])


@pytest.mark.usefixtures("_two")
def test_list_save_and_delete(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["takes"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split()[0] == "1"
    assert first.endswith("0:03  Chorales; 6 notes")
    assert second.endswith("0:02  Chorales; 4 notes")
    assert main(["takes", "--save", "2", "out.mid"]) == 0
    assert len(midifile.read(Path("out.mid")).notes) == 4
    assert main(["takes", "--delete", "1"]) == 0
    capsys.readouterr()
    assert main(["takes", "--json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)
    assert (only["session"], only["summary"]["saved"], only["summary"]["notes"]) == (
        "a",
        str(Path("out.mid").resolve()),
        4,
    )
    assert {path.name.split(".")[0] for path in paths.journal().iterdir()} == {"a"}


def test_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["takes"]) == 0
    assert capsys.readouterr().out.startswith("There are no takes.")


@pytest.mark.usefixtures("_two")
@pytest.mark.parametrize(
    "options",
    [
        ["--save", "3", "a.mid"],
        ["--save", "1", "a.txt"],
        ["--save", "1", "no/a.mid"],
        ["--save", "1", "no/a.mid", "--bars", "1-2"],
        ["--capture", "1", "no/a.mid"],
        ["--save", "x", "a.mid"],
        ["--delete", "0"],
        ["--delete", "9" * 5000],
    ],
)
def test_refusals_are_one_line(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["takes", *options]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
