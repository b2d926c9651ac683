"""Corpora: splits by piece, what cannot be read is listed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.errors import CorpusError, printable
from musiclstm.music import midifile
from musiclstm.music.note import Part, Piece, TimeBase
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_vocabulary
from training import corpora, music21_corpora
from training.recipes import Recipe, for_summaries
from training.scores import read_score
from training.splits import SPLITS, hashed_split
from training.summary import summary_of


def folder_of(tmp_path: Path, names: list[str]) -> Path:
    folder = tmp_path / "corpus"
    for index, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        midifile.write(path, random_piece(tiny_vocabulary(), 20, index))
    return folder


def test_the_hash_decides() -> None:
    """SHA-1, first eight hex digits, modulo 20."""
    number = int(hashlib.sha1(b"bwv253", usedforsecurity=False).hexdigest()[:8], 16) % 20
    assert hashed_split("bwv253") == {0: "test", 1: "valid"}.get(number, "train")
    counts = {"train": 0, "valid": 0, "test": 0}
    for number in range(2000):
        counts[hashed_split(str(number))] += 1
    assert 60 < counts["valid"] < 140
    assert 60 < counts["test"] < 140


def test_a_folder_is_read_however_deep(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["a.mid", "b/c.MID", "b/d/e.midi"])
    (folder / "bad.mid").write_text("not a MIDI file")
    (folder / "notes.txt").write_text("nor this")
    corpus = corpora.load([str(folder)], with_test=True)
    keys = {piece.key for piece in corpus.train + corpus.valid + corpus.test}
    assert keys == {"a.mid", "b/c.MID", "b/d/e.midi"}
    assert [key for key, _ in corpus.skipped] == ["bad.mid"] or hashed_split("bad") == "test"


@pytest.mark.parametrize(
    ("table", "header"),
    [("splits.csv", "midi,split"), ("info.csv", "midi_filename,split"), ("metadata.csv", "midi,title,split")],
)
def test_a_folders_own_table_is_honoured(tmp_path: Path, table: str, header: str) -> None:
    names = [f"{number}.mid" for number in range(6)]
    folder = folder_of(tmp_path, [f"midi/{name}" for name in names])
    middle = "x," if "title" in header else ""
    splits = ["test", "validation", "train", "test", "valid", "train"]
    rows = [f"{name},{middle}{split}" for name, split in zip(names, splits, strict=True)]
    (folder / table).write_text("\n".join([header, *rows]))
    corpus = corpora.load([str(folder)])
    assert corpus.skipped == []
    assert [piece.key for piece in corpus.train] == ["midi/2.mid", "midi/5.mid"]
    assert [piece.key for piece in corpus.valid] == ["midi/1.mid", "midi/4.mid"]
    assert corpus.test == []
    assert corpus.others == []  # the table was read
    assert len(corpora.load([str(folder)], with_test=True).test) == 2


@pytest.mark.parametrize("text", ["", "midi;split\na.mid;test\n", "file,split\na.mid,test\n", "m\0i\0"])
def test_a_table_of_splits_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    """Else what it holds out would be trained on without a word; a table of another name may be about anything."""
    folder = folder_of(tmp_path, ["a.mid"])
    (folder / "info.csv").write_text(text)
    assert len(corpora.load([str(folder)]).train) == 1
    (folder / "splits.csv").write_text(text)
    with pytest.raises(CorpusError, match=r"splits\.csv has no columns midi and split"):
        corpora.load([str(folder)])


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    """Read, split and printed like any other; the table's spelling may be as odd, or another form of Unicode."""
    folder = folder_of(tmp_path, ["caf\udce9.mid", "mu\udcfft.mid", "cafe\u0301.mid", "plain.mid"])
    table = b"midi,split\ncaf\xe9.mid,train\nmu\xfft.mid,Validation\ncaf\xc3\xa9.mid,test\nplain.mid,other\n"
    (folder / "splits.csv").write_bytes(b"\xef\xbb\xbf" + table)
    corpus = corpora.load([str(folder)], with_test=True)
    assert [piece.key for piece in corpus.train] == ["caf\ufffd.mid"]
    assert [piece.key for piece in corpus.valid] == ["mu\ufffdt.mid"]
    assert [piece.key for piece in corpus.test] == ["cafe\u0301.mid"]
    assert corpus.skipped == [("plain.mid", "the table calls its split other")]
    (folder / "splits.csv").unlink()
    corpus = corpora.load([str(folder)], with_test=True)
    assert len(corpus.train) + len(corpus.valid) + len(corpus.test) == 4
    "".join(piece.key for piece in corpus.train + corpus.valid + corpus.test).encode()


def split_of(corpus: corpora.Corpus) -> dict[str, str]:
    return {piece.key: split for split in SPLITS for piece in getattr(corpus, split)}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 99)), min_size=1, max_size=8, unique=True))
@settings(max_examples=40, deadline=None)
def test_the_same_notes_are_never_in_two_splits(files: list[tuple[int, int]]) -> None:
    """Whatever the hash says of their names, in folders of any size; and there is always something to train on."""
    with TemporaryDirectory() as path:
        for music, name in files:
            piece = random_piece(tiny_vocabulary(), 20, music)
            # Loudness, tempo and the order of tracks make no other music.
            louder = tuple(sorted(replace(n, velocity=min(127, n.velocity + name % 3)) for n in piece.notes))
            midifile.write(Path(path) / f"{music}-{name}.mid", replace(piece, notes=louder, tempo=100.0 + name % 7))
        corpus = corpora.load([path], with_test=True)
        splits = split_of(corpus)
        for music in {music for music, _ in files}:
            assert len({split for key, split in splits.items() if key.startswith(f"{music}-")}) <= 1
        assert len(splits) + len(corpus.skipped) == len(files)
        assert all("the same notes as" in why for _, why in corpus.skipped)
        assert corpus.train
        assert bool(corpus.valid) == (len({music for music, _ in files}) > 1)
        assert bool(corpus.notices) == (not corpus.valid)


HASHED_TO_TEST = [name for name in map(str, range(200)) if hashed_split(name) == "test"][:4]


def test_a_folder_that_is_all_hashed_to_test_is_trained_on(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [f"{name}.mid" for name in HASHED_TO_TEST])
    corpus = corpora.load([str(folder)])
    assert len(corpus.train) == 3
    assert len(corpus.valid) == 1
    assert corpus.notices == []


def test_one_piece_is_trained_on_and_nothing_called_held_out(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [f"{HASHED_TO_TEST[0]}.mid"])
    for name in (folder, folder / f"{HASHED_TO_TEST[0]}.mid"):
        corpus = corpora.load([str(name)])
        assert (len(corpus.train), corpus.valid) == (1, [])
        (notice,) = corpus.notices
        assert "only one piece" in notice


def test_a_last_piece_that_is_short_is_not_all_that_validates(tmp_path: Path) -> None:
    """As a fill of two seconds after ten minutes of drumming."""
    names = [f"{number}.mid" for number in range(10)]
    for number, name in enumerate(names):
        midifile.write(tmp_path / name, random_piece(tiny_vocabulary(), 8 if name == names[-1] else 100, number))
    (tmp_path / "splits.csv").write_text("midi,split\n" + "".join(f"{name},train\n" for name in names))
    corpus = corpora.load([str(tmp_path)])
    assert [piece.key for piece in corpus.valid] == names[-2:]
    assert [piece.key for piece in corpus.train] == names[:-2]


@pytest.mark.parametrize(
    ("notes", "held_out"),
    [
        ((70, 600), [0]),
        ((6, 600), None),
        ((600, 6), None),
        ((100, 600, 100), [2]),
        ((100, 600), [0]),
        ((6, 6, 600), None),
    ],
)
def test_a_piece_that_has_most_of_the_notes_is_learnt_from(
    tmp_path: Path, notes: tuple[int, ...], held_out: list[int] | None
) -> None:
    """As a long take after a short one; where the others are too short to measure by, nothing is held out."""
    names = [f"{number}.mid" for number in range(len(notes))]
    for number, name in enumerate(names):
        midifile.write(tmp_path / name, random_piece(tiny_vocabulary(), notes[number], number))
    (tmp_path / "splits.csv").write_text("midi,split\n" + "".join(f"{name},train\n" for name in names))
    corpus = corpora.load([str(tmp_path)])
    assert [piece.key for piece in corpus.valid] == [names[number] for number in held_out or ()]
    assert len(corpus.train) + len(corpus.valid) == len(notes)
    assert corpus.notices == ([corpora.MOSTLY_ONE] if held_out is None else [])


def test_what_a_table_holds_out_is_never_trained_on(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["a.mid", "b.mid"])
    (folder / "splits.csv").write_text("midi,split\na.mid,test\nb.mid,valid\n")
    with pytest.raises(CorpusError, match="its table holds every piece out"):
        corpora.load([str(folder)])


@pytest.mark.parametrize("name", ["missing", "music21:nobody"])
def test_unknown_corpora(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError):
        corpora.load([name if ":" in name else str(tmp_path / name)])


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no MIDI files in [^,]+$"):
        corpora.load([str(tmp_path)])
    (tmp_path / "x.zip").touch()
    with pytest.raises(CorpusError, match=r"no MIDI files in .+, only 1 \.zip"):
        corpora.load([str(tmp_path)])
    (tmp_path / "x.mid").write_text("")
    with pytest.raises(CorpusError, match="nothing to train on"):
        corpora.load([str(tmp_path)], with_test=True)


def test_a_link_to_a_file_that_is_gone_is_skipped_with_the_reason(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["a.mid", "b.mid"])
    (folder / "gone.mid").symlink_to("nowhere.mid")
    skipped = dict(corpora.load([str(folder)]).skipped)
    assert skipped["gone.mid"] == "it is a link to nowhere.mid, which is not there"


def test_a_chorale_of_music21() -> None:
    from music21 import corpus as m21

    piece = read_score(Path(str(m21.getWork("bach/bwv253"))))
    assert [part.name for part in piece.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert {note.part for note in piece.notes} == {0, 1, 2, 3}
    assert piece.meters[0].bar_beats == 4
    first = sorted(note.pitch for note in piece.notes if note.onset == 0)
    assert first == [45, 64, 69, 73]
    assert all(note.duration > 0 for note in piece.notes)


def test_tunes_of_music21() -> None:
    """An upbeat, and a split that does not mind how a title is spelt."""
    from music21 import corpus as m21

    path = Path(str(m21.getWork("ryansMammoth/42dHighlandRegimentStrathspey")))
    (entry,) = music21_corpora.abc_tunes(path)
    assert entry.key == "42d Highland Regiment -- Strathspey"
    assert entry.split == hashed_split("42dhighlandregimentstrathspey")
    piece = entry.source
    assert isinstance(piece, Piece)
    assert [(meter.numerator, meter.denominator, meter.onset) for meter in piece.meters] == [(4, 4, 0.5)]


def test_a_tune_read_again_is_the_same() -> None:
    """music21 names a part without a name after its address in memory; then nothing prepared is found again."""
    from music21 import corpus as m21

    path = Path(str(m21.getWork("ryansMammoth/42dHighlandRegimentStrathspey")))
    first, second = (piece.source for _ in range(2) for piece in music21_corpora.abc_tunes(path))
    assert first == second


def test_versions_of_a_piece_are_kin() -> None:
    assert music21_corpora.version_key("bwv112.5-sc") == music21_corpora.version_key("bwv112.5")
    assert music21_corpora.version_key("bwv27.6a") == music21_corpora.version_key("bwv27.6b")
    assert music21_corpora.version_key("bwv253") != music21_corpora.version_key("bwv254")


def recipe_for(pieces: list[Piece]) -> Recipe:
    return for_summaries("mine", [summary_of(piece) for piece in pieces])


def test_a_recipe_for_anything() -> None:
    vocabulary = tiny_vocabulary()
    recipe = recipe_for([random_piece(vocabulary, 50, seed) for seed in range(5)])
    assert len(recipe.vocabulary.parts) == 4
    assert recipe.vocabulary.base is TimeBase.BEATS
    assert recipe.vocabulary.velocities == 32
    assert recipe.transpose == (-3, 3)  # so few would be learnt by heart
    played = recipe_for([random_piece(tiny_vocabulary(TimeBase.SECONDS), 50, 1)])
    assert played.window > recipe.window
    assert played.lanes * played.window == recipe.lanes * recipe.window
    kit = tiny_vocabulary(parts=(Part("Kit", 0, 9, percussive=True),))
    recipe = recipe_for([random_piece(kit, 50, 1)])
    assert recipe.vocabulary.parts[0].percussive
    assert recipe_for([random_piece(replace(kit, base=TimeBase.SECONDS), 50, 1)]).vocabulary.base is TimeBase.SECONDS


def test_a_part_is_not_called_after_one_of_the_pieces() -> None:
    """Tracks often have the title of their piece, also in a folder of few."""

    def named(names: list[str]) -> str:
        parts = [replace(SATB[0], name=name) for name in names]
        pieces = [random_piece(tiny_vocabulary(parts=(part,)), 60, seed) for seed, part in enumerate(parts)]
        return recipe_for(pieces).vocabulary.parts[0].name

    assert named(["Acacia Reel", "Admiral's Hornpipe", "Alhambra"]) == "Part 1"
    assert named(["Fiddle", "Admiral's Hornpipe", "Fiddle"]) == "Fiddle"
    assert named(["Fiddle"]) == "Fiddle"


def test_a_mixed_folder_becomes_all_of_it() -> None:
    """Drums have the most notes, tunes are the most pieces, and yet four parts and a kit remain."""
    kit = [random_piece(tiny_vocabulary(parts=(Part("Kit", 0, 9, percussive=True),)), 400, seed) for seed in range(6)]
    tunes = [random_piece(tiny_vocabulary(parts=SATB[:1]), 60, seed) for seed in range(8)]
    chorales = [random_piece(tiny_vocabulary(), 200, seed) for seed in range(6)]
    notes = sum(len(piece.notes) for piece in tunes + chorales)
    assert sum(len(piece.notes) for piece in kit) > notes

    def kits(pieces: list[Piece]) -> list[bool]:
        return [part.percussive for part in recipe_for(pieces).vocabulary.parts]

    assert kits(kit + tunes + chorales) == [False] * 4 + [True]
    assert kits(kit + chorales[:1]) == [False] * 4 + [True]
    # Almost all drums: one odd piece does not make a band.
    assert kits(kit * 10 + tunes[:1]) == [True]
    assert kits(tunes * 20 + chorales[:1]) == [False]


def test_guesses_and_other_files_are_listed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["a.mid", "b.kar", "c.smf"])
    whole = (folder / "a.mid").read_bytes()
    (folder / "d.rmi").write_bytes(b"RIFF\0\0\0\0RMIDdata" + len(whole).to_bytes(4, "little") + whole)
    (folder / "odd.mid").write_bytes(whole[:11] + b"\x30" + whole[12:])
    (folder / "notes.txt").write_text("no music")
    corpus = corpora.load([str(folder)], with_test=True)
    assert len(corpus.train + corpus.valid + corpus.test) == 5
    assert [key for key, _ in corpus.guessed] == ["odd.mid"]
    assert corpus.others == [f"{folder}: 1 .txt"]
    assert not corpus.skipped


def test_the_name_of_a_piece_is_one_line() -> None:
    assert printable("caf\udce9/a\n\x1b[2Jb.mid") == "caf\ufffd/a [2Jb.mid"
