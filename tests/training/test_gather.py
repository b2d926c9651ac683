"""A corpus is prepared without being held: the same pieces, in memory that does not grow with them."""

from __future__ import annotations

import argparse
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import CorpusError, UsageError
from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.parts import assign
from musiclstm.music.vocabulary import Vocabulary
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_vocabulary
from tests.music import strategies
from training import corpora, ship
from training.gather import BETTER, FEW, NONE, gather, parent_of, stores
from training.options import parser
from training.prepare import prepare
from training.recipes import PASSES, RECIPES, Recipe, for_summaries
from training.splits import SPLITS, hashed_split
from training.store import Store
from training.summary import summary_of

KIT = (Part("Kit", 0, 9, percussive=True),)


def options_of(folder: Path, *more: str) -> argparse.Namespace:
    arguments = [str(folder / "midi"), "-o", "mine.onnx", "--run", str(folder / "run"), *more]
    return parser().parse_args(arguments)


def folder_of(tmp_path: Path, pieces: dict[str, Piece], table: dict[str, str] | None = None) -> Path:
    (tmp_path / "midi").mkdir()
    for name, piece in pieces.items():
        midifile.write(tmp_path / "midi" / f"{name}.mid", piece)
    if table:
        rows = "".join(f"{name}.mid,{split}\n" for name, split in table.items())
        (tmp_path / "midi" / "splits.csv").write_text(f"midi,split\n{rows}")
    return tmp_path


def random_pieces(count: int, notes: int = 40) -> dict[str, Piece]:
    return {str(number): random_piece(tiny_vocabulary(), notes, number) for number in range(count)}


def assert_same(a: Store, b: Store) -> None:
    assert a.keys == b.keys
    for name in ("events", "starts", "notes", "span", "meters", "meter_starts"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


# ---- what is prepared ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--seconds"], ["--like", "piano"], ["--like", "chorales"]])
def test_it_prepares_what_is_read_at_once(tmp_path: Path, arguments: list[str]) -> None:
    """As if all pieces of a folder had been in memory."""
    options = options_of(folder_of(tmp_path, random_pieces(40)), *arguments)
    (tmp_path / "midi" / "bad.mid").write_text("no music")
    corpus, recipe = gather(options)
    found = stores(tmp_path / "run", corpus, recipe)
    base = recipe.vocabulary.base
    files = sorted((tmp_path / "midi").glob("[0-9]*.mid"))
    pieces = {file.name: midifile.read(file, base) for file in files}
    splits = {file.name: hashed_split(file.stem) for file in files}
    if not options.like:
        known = [pieces[name] for split in ("train", "valid") for name in pieces if splits[name] == split]
        assert recipe == for_summaries("mine", [summary_of(piece) for piece in known])
    for split, store, openings in (("train", found[0], recipe.next_piece_events), ("valid", found[1], 0)):
        assert store is not None
        fitted = [(n, assign(p, recipe.vocabulary)) for n, p in pieces.items() if splits[n] == split]
        assert_same(store, prepare(fitted, recipe.vocabulary, next_piece_events=openings))
    assert [key for key, _ in corpus.skipped] == ["bad.mid"]


def test_no_dropout_can_be_asked_for(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, random_pieces(3))
    assert gather(options_of(folder))[1].config.dropout > 0
    assert gather(options_of(folder, "--dropout", "0"))[1].config.dropout == 0


def test_few_notes_are_read_only_so_often_whatever_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kits = {str(number): random_piece(tiny_vocabulary(parts=KIT), 40, number) for number in range(3)}
    for name, pieces in (("tunes", random_pieces(3)), ("kits", kits)):
        (tmp_path / name).mkdir()
        folder_of(tmp_path / name, pieces)
    asked = [
        options_of(tmp_path / "tunes"),
        options_of(tmp_path / "kits"),
        options_of(tmp_path / "tunes", "--like", "quartet"),
    ]
    assert [gather(each)[1].passes for each in asked] == [PASSES] * 3
    for each, better in zip(asked, (NONE, BETTER.format(name="drums"), NONE), strict=True):
        (notice,) = gather(each)[0].notices
        assert notice == f"{FEW} {better}"
    monkeypatch.setattr("training.recipes.MEMORISABLE_NOTES", 50)
    assert [gather(each)[1].passes for each in asked] == [None] * 3


@pytest.mark.parametrize(
    "arguments", [["--like", "folk", "--seconds"], ["--parts", ""], ["--grid", "0"], ["--like", "folk", "--grid", "0"]]
)
def test_corrections_are_not_ignored(tmp_path: Path, arguments: list[str]) -> None:
    options = options_of(folder_of(tmp_path, random_pieces(3)), *arguments)
    with pytest.raises(UsageError):
        gather(options)


def test_two_processes_prepare_the_same_bytes_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path, random_pieces(50))
    contents = []
    for processes in (1, 2):
        monkeypatch.setattr("training.reading.processes_for", lambda _, processes=processes: processes)
        options = options_of(folder)
        options.run = tmp_path / f"run {processes}"
        stores(options.run, *gather(options))
        contents.append({path.name: path.read_bytes() for path in options.run.iterdir()})
    assert len(contents[0]) == 5
    assert contents[0] == contents[1]


def test_what_is_prepared_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = options_of(folder_of(tmp_path, random_pieces(40)))
    corpus, recipe = gather(options)
    first, _ = stores(options.run, corpus, recipe)
    monkeypatch.setattr(midifile, "read", None)
    monkeypatch.setattr(midifile, "read_columns", None)
    again, same = gather(options)
    assert same == recipe
    for split in SPLITS:
        one, other = ([(each.key, each.summary) for each in getattr(c, split)] for c in (corpus, again))
        assert one == other
    assert_same(first, stores(options.run, again, same)[0])


def test_more_files_take_no_more_memory(tmp_path: Path) -> None:
    """A file more costs its name and its summary, far less than its notes."""
    peaks = []
    for number, count in enumerate((50, 50, 150)):  # the first time, more is made than for the files
        folder = tmp_path / str(number)
        folder.mkdir()
        options = options_of(folder_of(folder, random_pieces(count, 400)))
        _, peak = traced(lambda options=options: stores(options.run, *gather(options)))  # type: ignore[misc]
        peaks.append(peak)
    piece, _ = traced(lambda: midifile.read(tmp_path / "0" / "midi" / "0.mid"))
    assert (peaks[2] - peaks[1]) / 100 < piece / 4


def traced(work: Callable[[], object]) -> tuple[int, int]:
    """Bytes that what it returns takes, and at most at once."""
    tracemalloc.start()
    try:
        kept = work()
        found = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del kept
    return found


# ---- what does not fit -----------------------------------------------------------------------------------------------


@given(st.data())
def test_a_summary_tells_whether_a_piece_fits(data: st.DataObject) -> None:
    """As the notes do, for any piece and any vocabulary."""
    piece = data.draw(strategies.pieces(Vocabulary(parts=strategies.PARTS)))
    vocabulary = data.draw(strategies.vocabularies() | st.just(Vocabulary(parts=KIT)))
    recipe = Recipe("any", vocabulary, exact_parts=data.draw(st.booleans()))
    parts = len({note.part for note in piece.notes})
    expected = "" if assign(piece, vocabulary).notes else "none of its notes fit"
    if recipe.exact_parts and parts != len(vocabulary.parts):
        expected = f"it has {parts} parts, not {len(vocabulary.parts)}"
    assert recipe.misfit(summary_of(piece)) == expected


def test_where_no_validation_piece_fits_what_is_played_counts(tmp_path: Path) -> None:
    """Of the two that fit, only notes that the model leaves out differ: neither can validate the other."""
    tune = random_piece(tiny_vocabulary(parts=SATB[:1]), 30)
    both = tune.parts + KIT
    drummed = replace(tune, notes=tuple(sorted((*tune.notes, Note(0, 1, 40, 80, 1)))), parts=both)
    drums = random_piece(tiny_vocabulary(parts=KIT), 30, 1)
    pieces = {"a": tune, "b": drummed, "v": drums}
    options = options_of(folder_of(tmp_path, pieces, dict.fromkeys("ab", "train") | {"v": "valid"}), "--like", "piano")
    corpus, _ = gather(options)
    assert [piece.key for piece in corpus.train] == ["a.mid", "b.mid"]
    assert corpus.valid == []
    assert [corpora.ONLY_ONE, *corpus.notices[1:]] == corpus.notices
    assert "few notes" in corpus.notices[1]
    assert corpus.skipped == [("v.mid", "none of its notes fit")]


def test_that_nothing_is_held_out_is_said_once(tmp_path: Path) -> None:
    corpus, _ = gather(options_of(folder_of(tmp_path, random_pieces(1))))
    assert corpus.notices.count(corpora.ONLY_ONE) == 1


@pytest.mark.parametrize(("parts", "name"), [(KIT, "drums"), (SATB[:2], "")])
def test_auto_is_the_model_that_plays_similar_music_if_there_is_one(
    tmp_path: Path, parts: tuple[Part, ...], name: str
) -> None:
    pieces = {str(number): random_piece(tiny_vocabulary(parts=parts), 40, number) for number in range(3)}
    options = options_of(folder_of(tmp_path, pieces), "--from", "auto")
    parent = parent_of(options)
    assert options.model == (name or None)
    corpus, recipe = gather(options, parent=parent)
    if parent is None:
        assert name == ""
        assert "few notes" in corpus.notices[0]
    else:
        assert parent.name == name
        assert recipe.vocabulary == RECIPES[name].vocabulary
        assert not corpus.notices


def test_pieces_out_of_range_are_named(tmp_path: Path) -> None:
    """Those that keep no note on the grid and in the range of the model; and none of them validates."""
    low = {name: Piece((Note(0, 1, 3 + number),), parts=SATB[:1]) for number, name in enumerate("vw")}
    pieces = {"a": random_piece(tiny_vocabulary(parts=SATB[:1]), 30), **low}
    options = options_of(folder_of(tmp_path, pieces, {"a": "train", "v": "valid", "w": "train"}), "--like", "piano")
    corpus, recipe = gather(options)
    store, valid = stores(options.run, corpus, recipe)
    assert store.keys == ("a.mid",)
    assert valid is None
    assert sorted(corpus.skipped) == [(f"{name}.mid", "none of its notes fit") for name in "vw"]
    (tmp_path / "midi" / "a.mid").unlink()
    corpus, recipe = gather(options)
    with pytest.raises(CorpusError, match=r"nothing to train on.*w\.mid: none of its notes fit\. Add others"):
        stores(options.run, corpus, recipe)


def test_some_pieces_are_enough_for_the_8_bit_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of those that validate, up to so many notes."""
    names = [str(number) for number in range(6)]
    splits = {name: "valid" if number > 1 else "train" for number, name in enumerate(names)}
    corpus, _ = gather(options_of(folder_of(tmp_path, random_pieces(6), splits), "--like", "piano"))
    monkeypatch.setattr(ship, "QUANTISED_CHECK_NOTES", 60)
    some = ship.some_of(corpus, RECIPES["piano"].vocabulary)
    assert [Path(piece.source).stem for piece in some] == ["2", "3"]
    assert {note.part for piece in some for note in piece.notes} == {0}
    assert some[0].base is TimeBase.SECONDS
