"""A corpus on disk: the same events as in memory, whole or made again."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from musiclstm.errors import CorpusError, MidiFileError
from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.packed import pack, unpack
from musiclstm.music.parts import assign
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import meter_changes
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_vocabulary
from tests.music import strategies
from tests.training.batches import with_next_piece
from training.packing import packed_piece, packed_sources, with_openings
from training.prepare import prepare
from training.reading import In, Out, here, why_not
from training.store import StoreError, cached, open_store, write

KIT = (Part("Kit", 0, 9, percussive=True),)
VOCABULARIES = [tiny_vocabulary(base, parts, velocities=16) for base in TimeBase for parts in (SATB, KIT)]


def folder_of(path: Path, count: int) -> list[tuple[str, Path]]:
    """(key, MIDI file), and two files that cannot be read, the second and the last."""
    path.mkdir(exist_ok=True)
    files = [(f"piece {index}", path / f"{index}.mid") for index in range(count)]
    for index, (_, file) in enumerate(files):
        midifile.write(file, random_piece(tiny_vocabulary(), 30, index))
    files[1][1].write_bytes(b"no music")
    files[-1][1].unlink()
    return files


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# ---- what is in it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("openings", [0, 1, 7])
@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda v: f"{v.base.value}, {len(v.parts)}")
def test_a_store_holds_what_training_prepares(tmp_path: Path, vocabulary: Vocabulary, openings: int) -> None:
    pieces = [(f"piece {seed}", assign(random_piece(vocabulary, 30, seed), vocabulary)) for seed in range(3)]
    packed = [(key, packed_piece(piece, vocabulary)) for key, piece in pieces]
    write(tmp_path / "all", packed, vocabulary, next_piece_events=openings)
    store, arrays = open_store(tmp_path / "all", vocabulary), prepare(pieces, vocabulary, next_piece_events=openings)
    assert store.keys == arrays.keys
    for name in ("starts", "notes", "span"):
        assert np.array_equal(getattr(store, name), getattr(arrays, name)), name
    streams = [vocabulary.encode(piece) for _, piece in pieces]
    next_one = vocabulary.percussive or vocabulary.base is TimeBase.SECONDS
    for index, (_, piece) in enumerate(pieces):
        opening = streams[(index + next_one) % len(streams)][:openings]
        assert unpack(store.piece(index)) == with_next_piece(streams[index], piece, vocabulary, opening)
        changes = [[change.tick, change.bar_ticks, change.index] for change in meter_changes(piece, vocabulary)]
        assert store.changes(index).tolist() == changes


@given(st.data(), st.integers(1, 4))
def test_openings_follow_as_in_training(data: st.DataObject, count: int) -> None:
    vocabulary = data.draw(strategies.vocabularies())
    piece = assign(data.draw(strategies.pieces(vocabulary)), vocabulary)
    packed = packed_piece(piece, vocabulary)
    if isinstance(packed, str):
        return
    (found,) = with_openings([packed], vocabulary, count)
    events = vocabulary.encode(piece)
    assert unpack(found.events) == with_next_piece(events, piece, vocabulary, events[:count])


def test_pieces_that_do_not_fit_are_named(tmp_path: Path) -> None:
    vocabulary = tiny_vocabulary()
    files = folder_of(tmp_path / "midi", 4)
    store = cached(tmp_path, "train", files, vocabulary)
    assert store.keys == ("piece 0", "piece 2")
    assert [key for key, _ in store.skipped] == ["piece 1", "piece 3"]
    assert "not a MIDI file" in store.skipped[0][1]
    assert packed_piece(Piece(()), vocabulary) == "none of its notes fit"


def test_what_had_to_be_guessed_is_told(tmp_path: Path) -> None:
    folder_of(tmp_path, 3)
    content = (tmp_path / "0.mid").read_bytes()
    (tmp_path / "0.mid").write_bytes(content[:-10])
    store = cached(tmp_path / "run", "train", [("cut", tmp_path / "0.mid")], tiny_vocabulary())
    assert [key for key, _ in store.guessed] == ["cut"]


def test_no_pieces_are_a_store_too(tmp_path: Path) -> None:
    store = cached(tmp_path, "train", [], tiny_vocabulary())
    assert (store.pieces, len(store.events)) == (0, 0)


def test_two_processes_write_the_same_bytes_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = folder_of(tmp_path / "midi", 40)
    for processes in (1, 2):
        monkeypatch.setattr("training.reading.processes_for", lambda _, processes=processes: processes)
        cached(tmp_path / str(processes), "train", files, tiny_vocabulary(), next_piece_events=5)
    assert content_of(tmp_path / "1") == content_of(tmp_path / "2")


def test_more_files_take_no_more_memory(tmp_path: Path) -> None:
    vocabulary = tiny_vocabulary()
    key, file = folder_of(tmp_path / "midi", 2)[0]
    midifile.write(file, random_piece(vocabulary, 500))
    peaks = []
    for count in (50, 200):
        tracemalloc.start()
        write(tmp_path / "many", packed_sources([(key, file)] * count, vocabulary), vocabulary, next_piece_events=5)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    size = (tmp_path / "many.events").stat().st_size
    assert peaks[1] - peaks[0] < size / 10


def test_files_are_packed_as_the_pieces_read_from_them(tmp_path: Path) -> None:
    vocabulary = tiny_vocabulary()
    files = folder_of(tmp_path, 5)
    for (key, path), (found, packed) in zip(files, packed_sources(files, vocabulary), strict=True):
        assert found == key
        try:
            expected = packed_piece(midifile.read(path), vocabulary)
        except MidiFileError as error:
            expected = why_not(error, path)
        if isinstance(packed, str) or isinstance(expected, str):
            assert packed == expected
            continue
        assert packed.events.tobytes() == expected.events.tobytes()
        assert packed.meters.tolist() == expected.meters.tolist()
        assert (packed.span, packed.guessed) == (expected.span, expected.guessed)


# ---- when it is written ----------------------------------------------------------------------------------------------


def test_a_store_is_read_as_long_as_nothing_changes(tmp_path: Path) -> None:
    vocabulary = tiny_vocabulary()
    files = folder_of(tmp_path / "midi", 4)
    run = tmp_path / "run"
    cached(run, "train", files, vocabulary)
    before = {path: path.stat().st_mtime_ns for path in run.iterdir()}
    cached(run, "train", files, vocabulary)
    assert {path: path.stat().st_mtime_ns for path in run.iterdir()} == before
    cached(run, "train", files, vocabulary, next_piece_events=3)
    cached(run, "train", files[:1], vocabulary)
    files[0][1].write_bytes(files[2][1].read_bytes())
    assert (
        cached(run, "train", files, vocabulary).piece(0).tobytes()
        == cached(run, "train", files, vocabulary).piece(1).tobytes()
    )
    assert len(list(run.iterdir())) == 4 * len(before)


def test_a_store_lacks_no_file_that_was_gone_for_a_moment(tmp_path: Path) -> None:
    files, vocabulary = folder_of(tmp_path / "midi", 4), tiny_vocabulary()
    expected = cached(tmp_path / "whole", "train", files, vocabulary)
    gone = files[2][1]

    def take_out(function: Callable[[In], Out], items: Iterable[In], count: int) -> Iterator[Out]:
        gone.rename(tmp_path / "gone")
        return here(function, items, count)

    with pytest.raises(CorpusError, match="piece 2 was changed or removed while it was read"):
        cached(tmp_path / "run", "train", files, vocabulary, each=take_out)
    (tmp_path / "gone").rename(gone)
    store = cached(tmp_path / "run", "train", files, vocabulary)
    assert (store.keys, store.skipped) == (expected.keys, expected.skipped)


def cut_events(events: Path, _: Path) -> None:
    events.write_bytes(events.read_bytes()[:-8])


def cut_within_an_event(events: Path, _: Path) -> None:
    events.write_bytes(events.read_bytes()[:-3])


def change_a_pitch(events: Path, _: Path) -> None:
    content = bytearray(events.read_bytes())
    content[4] ^= 1
    events.write_bytes(content)


def lose_the_events(events: Path, _: Path) -> None:
    events.unlink()


def cut_the_index(_: Path, index: Path) -> None:
    index.write_bytes(index.read_bytes()[:-100])


def empty_the_index(_: Path, index: Path) -> None:
    index.write_bytes(b"")


def with_array(index: Path, name: str, change: Callable[[NDArray[Any]], NDArray[Any]]) -> None:
    """An index that is whole, but wrong."""
    with np.load(io.BytesIO(index.read_bytes()[32:])) as archive:
        arrays = dict(archive)
    arrays[name] = change(arrays[name])
    content = io.BytesIO()
    np.savez(content, **arrays)
    index.write_bytes(hashlib.sha256(content.getvalue()).digest() + content.getvalue())


def shorten_a_bar_to_nothing(_: Path, index: Path) -> None:
    with_array(index, "meters", lambda meters: meters * [1, 0, 1])


def name_another_meter(_: Path, index: Path) -> None:
    with_array(index, "meters", lambda meters: np.add(meters, [0, 0, 99]))


def start_beyond_the_end(_: Path, index: Path) -> None:
    with_array(index, "starts", lambda starts: starts * 1000)


def leave_a_span_out(_: Path, index: Path) -> None:
    with_array(index, "span", lambda span: span[1:])


def give_other_numbers(_: Path, index: Path) -> None:
    with_array(index, "starts", lambda starts: starts.astype(np.float64))


def put_in_objects(_: Path, index: Path) -> None:
    with_array(index, "starts", lambda starts: starts.astype(object))


@pytest.mark.parametrize(
    "damage",
    [
        cut_events, cut_within_an_event, change_a_pitch, lose_the_events, cut_the_index, empty_the_index,
        shorten_a_bar_to_nothing, name_another_meter, start_beyond_the_end, leave_a_span_out, give_other_numbers,
        put_in_objects,
    ],
)  # fmt: skip
def test_a_damaged_store_is_made_again(
    tmp_path: Path, damage: Callable[[Path, Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    vocabulary = tiny_vocabulary()
    files = folder_of(tmp_path / "midi", 4)
    run = tmp_path / "run"
    cached(run, "train", files, vocabulary)
    whole = content_of(run)
    (events,), (index,) = run.glob("*.events"), run.glob("*.index")
    damage(events, index)
    with pytest.raises(StoreError) as caught:
        open_store(index.with_suffix(""), vocabulary)
    assert str(run) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert cached(run, "train", files, vocabulary).pieces == 2
    assert content_of(run) == whole
    assert capsys.readouterr().err == f"{caught.value}; it is made again\n"


def test_events_that_a_vocabulary_cannot_have_are_refused(tmp_path: Path) -> None:
    """Although the file is as it was written."""
    vocabulary = tiny_vocabulary()
    packed = packed_piece(random_piece(vocabulary), vocabulary)
    assert not isinstance(packed, str)
    packed.events["part"][3] = 200
    write(tmp_path / "bad", [("a", packed)], vocabulary)
    with pytest.raises(StoreError, match="damaged"):
        open_store(tmp_path / "bad", vocabulary)


def test_a_store_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a", [], tiny_vocabulary())
    with pytest.raises(StoreError, match="another vocabulary"):
        open_store(tmp_path / "a", tiny_vocabulary(velocities=4))


@settings(max_examples=60)
@given(st.data())
def test_any_change_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """No damage to either file gives another exception, or other events."""
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    vocabulary = tiny_vocabulary()
    write(folder / "a", [("a", packed_piece(random_piece(vocabulary), vocabulary))], vocabulary)
    events = open_store(folder / "a", vocabulary).piece(0).tobytes()
    path = folder / data.draw(st.sampled_from(["a.events", "a.index"]))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        store = open_store(folder / "a", vocabulary)
    except StoreError:
        return
    assert store.piece(0).tobytes() == events


def test_an_interrupted_writing_leaves_nothing(tmp_path: Path) -> None:
    vocabulary = tiny_vocabulary()

    def pieces() -> object:
        yield "a", packed_piece(random_piece(vocabulary), vocabulary)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a", pieces(), vocabulary)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_waits_are_packed_as_in_a_list() -> None:
    vocabulary = tiny_vocabulary()
    piece = Piece((Note(0.0, 0.1, 60), Note(100.0, 1.0, 60)), parts=vocabulary.parts)
    assert vocabulary.encode_packed(piece).tobytes() == pack(vocabulary.encode(piece)).tobytes()
