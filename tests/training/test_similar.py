"""Variants of a piece are found, and lie on one side of the split."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from tests.music.test_sketch import changed, of, tune
from training import corpora
from training.similar import are_similar, similar
from training.splits import USED_FOR


def transposed(piece: Piece, semitones: int) -> Piece:
    return replace(piece, notes=tuple(replace(note, pitch=note.pitch + semitones) for note in piece.notes))


def test_all_pairs_are_found_and_no_others() -> None:
    pieces = [tune(seed) for seed in range(120)]
    pieces += [transposed(changed(pieces[n], 0.02, n), n % 7 - 3) for n in range(0, 120, 3)]
    sketches = [of(piece) for piece in pieces]
    expected = [(i, j) for i, j in combinations(range(len(pieces)), 2) if are_similar(sketches[i], sketches[j])]
    assert len(expected) >= 36
    assert similar(sketches) == expected
    assert similar([None, *sketches, None]) == [(i + 1, j + 1) for i, j in expected]
    assert similar([]) == similar([None]) == []


def test_many_of_a_kind_take_no_time() -> None:
    """Of a thousand copies not all are compared with all, but each with some."""
    found = similar([of(tune(1))] * 1000)
    assert {index for pair in found for index in pair} >= set(range(20))
    assert len(found) < 30_000


def folder(tmp_path: Path, splits: dict[str, str], **pieces: Piece) -> list[str]:
    for name, piece in pieces.items():
        midifile.write(tmp_path / f"{name}.mid", piece)
    lines = [f"{name}.mid,{splits[name]}" for name in pieces]
    (tmp_path / "splits.csv").write_text("\n".join(["midi,split", *lines]))
    return [str(tmp_path)]


@pytest.mark.parametrize("held_out", ["valid", "test"])
def test_a_variant_of_a_held_out_piece_is_not_trained_on(tmp_path: Path, held_out: str) -> None:
    piece = tune(1)
    variant = transposed(changed(piece, 0.02, 1), 3)
    notes = (Note(n.onset / 2, n.duration / 2, n.pitch, n.velocity, n.part) for n in variant.notes)
    faster = replace(variant, notes=tuple(notes))
    splits = {"a": held_out, "b": "train", "c": "train", "d": "train"}
    corpus = corpora.load(folder(tmp_path, splits, a=piece, b=faster, c=tune(2), d=tune(3)), with_test=True)
    assert sorted(each.key for each in corpus.train + corpus.valid + corpus.test) == ["a.mid", "c.mid", "d.mid"]
    use = USED_FOR[held_out]
    assert corpus.skipped == [("b.mid", f"it is nearly the same as a.mid, which is for {use}")]


def test_variants_on_one_side_stay(tmp_path: Path) -> None:
    splits = dict.fromkeys("abc", "train")
    corpus = corpora.load(folder(tmp_path, splits, a=tune(1), b=transposed(tune(1), 2), c=tune(2)))
    assert corpus.skipped == []
    assert len(corpus.train) + len(corpus.valid) == 3


def test_what_is_moved_to_validate_takes_its_variants_along(tmp_path: Path) -> None:
    splits = dict.fromkeys("abcde", "train")
    pieces = {"a": transposed(tune(1), 2), "b": tune(2), "c": tune(3), "d": tune(4), "e": tune(1)}
    corpus = corpora.load(folder(tmp_path, splits, **pieces))
    assert [each.key for each in corpus.valid] == ["a.mid", "e.mid"]
    assert [each.key for each in corpus.train] == ["b.mid", "c.mid", "d.mid"]


def test_most_of_the_notes_are_learnt_from_with_all_their_variants(tmp_path: Path) -> None:
    splits = dict.fromkeys("abc", "train")
    corpus = corpora.load(folder(tmp_path, splits, a=transposed(tune(1), 2), b=tune(2), c=tune(1)))
    assert [each.key for each in corpus.valid] == ["b.mid"]
    assert [each.key for each in corpus.train] == ["a.mid", "c.mid"]
