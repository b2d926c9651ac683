"""Statistics: measures that know the same from the different."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from musiclstm.model.modelfile import open_model
from musiclstm.music import midifile
from musiclstm.music.note import Note
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_model, tiny_vocabulary
from training import card, statistics

VOCABULARY = tiny_vocabulary(velocities=8)
TUNE = [Note(float(i), 1.0, 60 + (0, 2, 4, 5, 7, 3, 9, 11, 1, 8)[i % 10] + i // 10, 80) for i in range(40)]


def test_overlap() -> None:
    a: statistics.Histogram = Counter({1: 3, 2: 1})
    b: statistics.Histogram = Counter({1: 1, 3: 1})
    assert statistics.overlap(a, a) == 1.0
    assert statistics.overlap(a, b) == 0.5
    assert statistics.overlap(a, Counter({9: 4})) == 0.0
    assert statistics.overlap(Counter(), Counter()) == 1.0


@pytest.mark.parametrize("length", [1, 2, 7, 64])
def test_longest(length: int) -> None:
    assert statistics.longest(lambda n: n <= length, 64) == length
    assert statistics.longest(lambda n: False, 64) == 0


def test_what_is_borrowed_is_found_transposed_or_not() -> None:
    others = [statistics.steps(random_piece(VOCABULARY, 60, 9).notes, VOCABULARY), statistics.steps(TUNE, VOCABULARY)]
    borrowed = [Note(note.onset + 3, 1.0, note.pitch + 5, 80) for note in TUNE[5:18]]
    own = [Note(0.0, 1.0, 90), Note(1.0, 1.0, 30), *borrowed, Note(40.0, 1.0, 30)]
    assert statistics.longest_shared(own, others, VOCABULARY) == 13
    assert statistics.longest_shared(own, others[:1], VOCABULARY) < 4


def test_a_repeat_is_found() -> None:
    again = [Note(note.onset + 50, 1.0, note.pitch, 80) for note in TUNE[:8]]
    once = TUNE[:10]
    assert statistics.longest_repeat(once, VOCABULARY) < 3
    assert statistics.longest_repeat([*once, *again], VOCABULARY) == 8


def test_the_hour_is_cut_evenly() -> None:
    notes = [Note(float(i), 1.0, 60 + i % 3, 80) for i in range(120) if not 40 <= i < 60]
    windows = statistics.hour(notes, VOCABULARY, 120.0, 4)
    assert [window.notes for window in windows] == [30, 10, 30, 30]
    assert windows[1].silence == 21.0
    assert (windows[0].low, windows[0].high) == (60, 62)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tiny_model(tmp_path, velocities=8)
    card.relabel(model, {"time.top_p": 0.5}, {"tempo": 1.0})
    folder = tmp_path / "corpus"
    folder.mkdir()
    for seed in range(25):
        midifile.write(folder / f"{seed}.mid", random_piece(VOCABULARY, 30, seed))
    picture = tmp_path / "picture.png"
    arguments = [str(model), str(folder)]
    assert statistics.main([*arguments, "--json", "--picture", str(picture)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["overlap"]) == set(found["ceiling"]) == set(statistics.MEASURES)
    assert all(0 <= value <= 1 for value in found["overlap"].values())
    assert sum(window["notes"] for window in found["hour"]) == found["hour_notes"]
    assert picture.stat().st_size > 1000
    assert statistics.main(arguments) == 0
    assert "ceiling" in capsys.readouterr().out


def test_relabelled_it_plays_the_same(tmp_path: Path) -> None:
    path = tiny_model(tmp_path)
    before = statistics.play(open_model(path), 1, notes=20)
    card.relabel(path, {"time.temperature": 0.9, "swing": 0.5}, {"corpus": "nothing"})
    model = open_model(path)
    assert model.card["corpus"] == "nothing"
    assert model.defaults["swing"] == 0.5
    assert statistics.play(model, 1, notes=20) == before
