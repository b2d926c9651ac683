"""Scoring of files and folders, by one process or several."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from musiclstm.engine.offline.scoring import score_paths
from musiclstm.errors import MidiFileError
from musiclstm.model.modelfile import open_model
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece, TimeBase
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_model


def test_files(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path))
    folder = tmp_path / "music" / "deep"
    folder.mkdir(parents=True)
    midifile.write(folder / "a.mid", random_piece(model.vocabulary, 30))
    (folder / "b.mid").write_text("text")
    score = score_paths(model, [tmp_path / "music"])
    found = json.loads(json.dumps(score.to_dict()))
    assert found["pieces"] == 1
    assert found["nats_per_note"] == pytest.approx(sum(found["by_field"].values()))
    assert found["nats_per_event"] * found["events"] == pytest.approx(found["nats_per_note"] * found["notes"])
    assert [each["file"] for each in found["skipped"]] == [str(folder / "b.mid")]
    assert found["seconds"] > 0


def test_several_paths(tmp_path: Path) -> None:
    """All files of all folders, in order; and if none can be used, the first says why."""
    for folder, names in (("x", ("b.mid", "a.mid")), ("y", ("c.kar",))):
        for name in names:
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / name).write_text("text")
    paths = [tmp_path / "x", tmp_path / "y", tmp_path / "d.mid"]
    model = open_model(tiny_model(tmp_path))
    with pytest.raises(MidiFileError, match=r"^No file can be used: \S+a\.mid is not a MIDI file"):
        score_paths(model, paths)
    with pytest.raises(MidiFileError, match=r"^\S+c\.kar is not a MIDI file"):
        score_paths(model, [tmp_path / "y"])
    (tmp_path / "z").mkdir()
    with pytest.raises(MidiFileError, match=r"^There are no MIDI files in \S+z, \S+z\.$"):
        score_paths(model, [tmp_path / "z", tmp_path / "z"])
    (tmp_path / "z" / "a.zip").touch()
    with pytest.raises(MidiFileError, match=r"^There are no MIDI files in \S+z \(only 1 \.zip\)\.$"):
        score_paths(model, [tmp_path / "z"])


def test_links_to_files_that_are_gone_are_skipped_with_the_reason(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path))
    folder = tmp_path / "music"
    folder.mkdir()
    midifile.write(folder / "a.mid", random_piece(model.vocabulary, 30))
    (folder / "gone.mid").symlink_to("nowhere.mid")
    (folder / "loop.mid").symlink_to("loop.mid")
    gone, loop = (why for _, why in score_paths(model, [folder]).skipped)
    assert gone == f"{folder / 'gone.mid'} is a link to nowhere.mid, which is not there"
    assert loop.startswith(f"{folder / 'loop.mid'} cannot be read: ")


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = open_model(tiny_model(tmp_path))
    shut = tmp_path / "music" / "shut"
    shut.mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda place, _: Path(place) != shut)
    with pytest.raises(MidiFileError, match=r"^the folder \S+shut cannot be read: Permission denied$"):
        score_paths(model, [tmp_path / "music"])
    midifile.write(tmp_path / "music" / "a.mid", random_piece(model.vocabulary, 30))
    score = score_paths(model, [tmp_path / "music"])
    assert (score.pieces, [name for name, _ in score.skipped]) == (1, [str(shut)])


def test_seconds_are_read_for_a_model_in_seconds(tmp_path: Path) -> None:
    """A file at another tempo than the nominal one is scored as it sounds."""
    model = open_model(tiny_model(tmp_path, TimeBase.SECONDS, SATB[:1]))
    notes = tuple(Note(float(beat), 1.0, 60 + beat, 80, 0) for beat in range(8))
    midifile.write(tmp_path / "slow.mid", Piece(notes, tempo=60.0, parts=SATB[:1]))
    assert score_paths(model, [tmp_path / "slow.mid"]).seconds == pytest.approx(8.0, abs=0.05)


def test_nothing_to_score(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path))
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.mid").write_text("text")
    for path in (tmp_path / "empty", tmp_path / "bad.mid", tmp_path / "missing.mid"):
        with pytest.raises(MidiFileError) as error:
            score_paths(model, [path])
        assert "\n" not in str(error.value)


def test_a_folder_is_scored_as_its_files_alone(tmp_path: Path) -> None:
    """By several processes, and with a file that cannot be used."""
    model = open_model(tiny_model(tmp_path, velocities=8))
    folder = tmp_path / "music"
    folder.mkdir()
    for number, notes in enumerate((3, 40, 1, 25, 60, 10, 17)):
        midifile.write(folder / f"{number}.mid", random_piece(model.vocabulary, notes, number))
    (folder / "2b.mid").write_text("text")
    together = score_paths(model, [folder])
    alone = [score_paths(model, [folder / f"{number}.mid"]) for number in range(7)]
    assert together.pieces == 7
    assert together.notes == sum(each.notes for each in alone)
    assert [name for name, _ in together.skipped] == [str(folder / "2b.mid")]
    for name, nats in together.by_field.items():
        assert nats == pytest.approx(sum(each.by_field[name] for each in alone), rel=1e-12)
