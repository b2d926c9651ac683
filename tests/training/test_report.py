"""The report says what was found in a folder, in numbers that are those of its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musiclstm.errors import UsageError
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece, TimeBase
from tests.model.random_music import random_piece
from tests.training.tiny_training import VOCABULARY, folder
from training import train
from training.corpora import Corpus, load
from training.recipes import for_summaries
from training.report import kind_of, near_duplicates, report, table
from training.splits import USED_FOR, hashed_split, split_named
from training.summary import summary_of


def arguments(corpus: Path, run: Path) -> list[str]:
    return [str(corpus), "-o", str(run.with_suffix(".onnx")), "--run", str(run), "--units", "8", "--steps", "2"]


def test_a_folder_is_told_in_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """24 tunes of 24 beats in two parts, one of them again in another key, and three that are no music."""
    corpus, run, copy = folder(tmp_path), tmp_path / "run", tmp_path / "copy.json"
    first = midifile.read(corpus / "0.mid", TimeBase.BEATS)
    up = tuple(Note(n.onset, n.duration, n.pitch + 2, n.velocity, n.part) for n in first.notes)
    name = next(f"again{n}.mid" for n in range(100) if hashed_split(f"again{n}") == hashed_split("0"))
    midifile.write(corpus / name, Piece(up, parts=first.parts))
    (corpus / "empty.mid").touch()
    (corpus / "worse.mid").write_bytes(b"MThd")
    (corpus / "read.me").touch()
    assert train.main([*arguments(corpus, run), "--report", str(copy)]) == 0
    found = json.loads((run / "report.json").read_text())
    assert found == json.loads(copy.read_text())
    assert found["files"] == 28
    assert (found["pieces"], found["notes"], found["beats"]) == (25, 25 * 48, 25 * 24)
    assert found["parts"] == ["Top", "Bottom"]
    assert found["parts_of_pieces"] == {"2": 25 - found["splits"]["test"]["pieces"]}
    assert found["skipped"] == {"pieces": 3, "why": {"damaged, or not a MIDI file": 2, "empty file": 1}}
    assert found["near_duplicates"] == 1
    splits = found["splits"]
    assert sum(split["pieces"] for split in splits.values()) == 25
    assert all(split["notes"] == 48 * split["pieces"] for split in splits.values())
    assert "read.me" not in found["others"]
    shown = capsys.readouterr().err
    for words in ("25 pieces", "1,200 notes", "600 beats", "for validation", "2 damaged, or not a MIDI file"):
        assert words in shown
    assert len((run / "skipped.txt").read_text().splitlines()) == 3
    (corpus / "worse.mid").unlink()
    with (run / "skipped.txt").open() as reading:  # meanwhile it is written anew
        assert train.main(arguments(corpus, run)) == 0
        assert len(reading.read().splitlines()) == 3
    assert len((run / "skipped.txt").read_text().splitlines()) == 2


def test_it_is_the_same_when_the_folder_is_known(tmp_path: Path) -> None:
    corpus, run = folder(tmp_path), tmp_path / "run"
    assert train.main(arguments(corpus, run)) == 0
    before = (run / "report.json").read_bytes()
    assert train.main(arguments(corpus, run)) == 0
    assert (run / "report.json").read_bytes() == before


def test_performances_are_counted_in_hours(tmp_path: Path) -> None:
    piece = Piece(tuple(Note(n * 1.0, 1.0, 60 + n % 7) for n in range(900)), TimeBase.SECONDS)
    midifile.write(tmp_path / "a.mid", piece)
    corpus = load([str(tmp_path)], TimeBase.SECONDS)
    recipe = for_summaries("x", [each.summary for each in corpus.train])
    found = report(corpus, recipe)
    assert found["hours"] == pytest.approx(0.25, abs=0.001)
    assert "0.2 hours" in table(found) or "0.3 hours" in table(found)


def test_same_notes_on_two_sides_are_near_duplicates(tmp_path: Path) -> None:
    held = next(f"{n}.mid" for n in range(100) if hashed_split(str(n)) == "valid")
    trained = [f"{n}.mid" for n in range(100) if hashed_split(str(n)) == "train"][:4]
    for number, name in enumerate([*trained, held]):
        midifile.write(tmp_path / name, random_piece(VOCABULARY, 40, min(number, 3)))
    corpus = load([str(tmp_path)])
    found = report(corpus, for_summaries("x", [each.summary for each in corpus.train]))
    assert found["near_duplicates"] == 1
    assert found["skipped"]["why"] == {"same notes as a held-out piece": 1}
    assert near_duplicates(corpus) == [(trained[3], held, "")]


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_near_duplicates_on_one_side_are_told_with_it(tmp_path: Path, split: str) -> None:
    place = folder(tmp_path)
    first = midifile.read(place / "0.mid", TimeBase.BEATS)
    up = tuple(Note(n.onset, n.duration, n.pitch + 2, n.velocity, n.part) for n in first.notes)
    names = (f"again{n}" for n in range(200))
    one, other = [f"{name}.mid" for name in names if hashed_split(name) == split][:2]
    (place / "0.mid").rename(place / one)
    midifile.write(place / other, Piece(up, parts=first.parts))
    corpus = load([str(place)], with_test=True)
    corpus.test.clear()
    recipe = for_summaries("x", [each.summary for each in corpus.train])
    assert "near-duplicates          1 piece\n" in table(report(corpus, recipe))
    ((later, earlier, used),) = near_duplicates(corpus)
    assert {later, earlier} == {one, other}
    assert used == USED_FOR[split]


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        ("it has 3 parts, not 4", "other number of parts"),
        ("none of its notes fit", "no notes that fit"),
        ("it is nearly the same as x, which is for testing", "nearly the same as a held-out piece"),
        ("a.mid is not a MIDI file that can be read: it lasts longer than a day", "damaged, or not a MIDI file"),
        ("it is not a MIDI file that can be read: it has more than 1,000,000 messages", "too large"),
        ("a.mid cannot be read: Permission denied", "cannot be read"),
        (split_named("other"), "other split in the table"),
    ],
)
def test_reasons_are_counted_by_kind(why: str, kind: str) -> None:
    assert kind_of(why) == kind


def test_a_subfolder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shut").mkdir()
    for name in ("a.mid", "shut/b.mid"):
        midifile.write(tmp_path / name, random_piece(VOCABULARY, 20))
    monkeypatch.setattr("os.access", lambda place, _: Path(place).name != "shut")
    corpus = load([str(tmp_path)])
    assert corpus.skipped == [("shut/", "this folder cannot be read: Permission denied")]
    found = report(corpus, for_summaries("x", [piece.summary for piece in corpus.train]))
    assert (found["pieces"], found["skipped"]["why"]) == (1, {"folders that cannot be read": 1})


def test_nothing_is_told_of_nothing() -> None:
    found = report(Corpus(TimeBase.BEATS), for_summaries("x", [summary_of(random_piece(VOCABULARY, 20))]))
    assert (found["files"], found["notes"], found["skipped"]["why"]) == (0, 0, {})
    assert table(found)


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written") as caught:
        train.main([*arguments(folder(tmp_path), tmp_path / "run"), "--report", str(tmp_path / "file" / "x.json")])
    assert "\n" not in str(caught.value)
