"""Statistics: the whole command, and what is drawn with."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from musiclstm.errors import CorpusError
from musiclstm.model.modelfile import open_model
from musiclstm.model.together import alone
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note, Piece
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_model, tiny_vocabulary
from training import card
from training.study import playing, statistics

VOCABULARY = tiny_vocabulary(velocities=8)


def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for seed in range(25):
        midifile.write(folder / f"{seed}.mid", random_piece(VOCABULARY, 30, seed))
    return folder


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tiny_model(tmp_path, velocities=8)
    card.relabel(model, {"time.top_p": 0.5}, {"tempo": 4.0})
    picture = tmp_path / "picture.png"
    arguments = [str(model), str(corpus(tmp_path)), "--minutes", "8"]
    assert statistics.main([*arguments, "--json", "--picture", str(picture)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["settings"]["time"] == [1.0, 0.5]
    names = {"pitch class", "interval", "harmony", "scale", "duration", "time between onsets", "density", "velocity"}
    for key in ("overlap", "training", "ceiling"):
        assert names <= set(found[key])
        assert all(0 <= value <= 1 for value in found[key].values())
    # Random weights do not know what held-out pieces are like; other pieces do.
    assert found["overlap"]["time between onsets"] < found["training"]["time between onsets"]
    assert len(found["hour"]["minutes"]) == 8
    assert found["nats_per_note"] > 0
    assert len(found["repeats"]["play"]) == len(found["repeats"]["held out"]) > 0
    assert picture.stat().st_size > 1000
    assert statistics.main(arguments) == 0
    assert "two halves of the corpus" in capsys.readouterr().out


def test_without_held_out_pieces_it_says_so(tmp_path: Path) -> None:
    folder = corpus(tmp_path)
    for path in list(folder.iterdir())[1:]:
        path.unlink()
    shutil.copy(next(iter(folder.iterdir())), folder / "splits.mid")
    (folder / "splits.csv").write_text("midi,split\n" + "".join(f"{p.name},train\n" for p in folder.glob("*.mid")))
    with pytest.raises(CorpusError, match="validation pieces"):
        statistics.main([str(tiny_model(tmp_path)), str(folder)])


def test_relabelled_it_plays_the_same(tmp_path: Path) -> None:
    path = tiny_model(tmp_path)
    how = playing.constraints(open_model(path).defaults)
    before = playing.play(open_model(path), 1, how, notes=20)
    card.relabel(path, {"time.temperature": 0.7, "swing": 0.5}, {"corpus": "nothing"})
    model = open_model(path)
    assert model.card["corpus"] == "nothing"
    assert model.defaults["swing"] == 0.5
    assert playing.play(model, 1, how, notes=20) == before
    assert playing.constraints(model.defaults).time.temperature == 0.7


def test_play_is_as_long_as_asked(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path))
    heard = playing.play(model, 3, notes=25)
    assert len(heard.nats) == len(heard.notes) == 25
    beats = playing.play(model, 3, length=30.0)
    assert 25 < max(note.onset for note in beats.notes) < 35


def test_its_own_play_surprises_it_as_it_was_drawn(tmp_path: Path) -> None:
    """Fed what it has played, the model is as surprised as when it played it."""
    model = open_model(tiny_model(tmp_path))
    played = playing.play(model, 3, notes=60, meter=Meter(3, 4))
    again = alone(playing.scoring(model, played))
    # What still sounds when it stops ends then, after the last note that counts.
    assert again.nats[:50] == pytest.approx(played.nats[:50], abs=1e-3)


def test_pieces_of_other_parts_are_left_out_where_some_fit() -> None:
    alone = Piece(tuple(Note(float(i), 1.0, 60 + i) for i in range(5)))
    whole = random_piece(VOCABULARY, 30)
    assert len({note.part for note in whole.notes}) == len(VOCABULARY.parts)
    assert len(playing.quantise([alone, whole], VOCABULARY)) == 1
    assert len(playing.quantise([alone], VOCABULARY)) == 1


def test_loudness_is_heard_as_far_as_the_model_tells_it_apart() -> None:
    (heard,) = playing.quantise([random_piece(VOCABULARY, 60)], VOCABULARY)
    assert 4 < len({note.velocity for note in heard.notes}) <= 8
    flat = tiny_vocabulary()
    (heard,) = playing.quantise([random_piece(flat, 60)], flat)
    assert {note.velocity for note in heard.notes} == {flat.velocity}


def test_surprise_is_counted_in_quarters() -> None:
    heard = playing.ScoredPiece((), nats=(0.1, 0.2, 0.3, 99.0))
    assert playing.surprise([heard]) == Counter({0: 2, 1: 1, 60: 1})
