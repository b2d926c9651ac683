"""Reading: in order, by any number of processes."""

from __future__ import annotations

import math
import os
from itertools import count, islice
from pathlib import Path

import pytest

from musiclstm.errors import CorpusError, MidiFileError
from musiclstm.music import midifile
from musiclstm.music.note import Piece, TimeBase
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training.reading import digest_of, each_of, processes_for, read


def root(number: int) -> float:
    return math.sqrt(number)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("items", [0, 1, 16, 17, 200])
def test_each_item_comes_in_order(processes: int, items: int) -> None:
    assert list(each_of(root, range(items), processes)) == [number**0.5 for number in range(items)]


def test_few_items_at_a_time_are_waited_for() -> None:
    """Even of endless ones."""
    assert list(islice(each_of(root, count(), 2), 3)) == [0.0, 1.0, 2**0.5]


def test_what_a_process_cannot_do_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        list(each_of(divmod_by_itself, [1, 0], 2))


def divmod_by_itself(number: int) -> tuple[int, int]:
    return divmod(number, number)


def test_a_process_that_ends_is_told_in_one_line() -> None:
    with pytest.raises(CorpusError, match="has ended") as caught:
        list(each_of(os._exit, [1, 2, 3], 2))
    assert "\n" not in str(caught.value)


def test_few_files_are_read_by_this_process() -> None:
    assert [processes_for(count) for count in (0, 1, 100)] == [1, 1, 1]
    assert 1 <= processes_for(1_000) <= processes_for(1_000_000)


def test_a_source_is_a_file_or_a_piece(tmp_path: Path) -> None:
    vocabulary = tiny_vocabulary()
    piece, path = random_piece(vocabulary), tmp_path / "a.mid"
    midifile.write(path, piece)
    assert read(piece, TimeBase.BEATS) is piece
    assert read(path, TimeBase.SECONDS).base is TimeBase.SECONDS
    digests = {digest_of(piece), digest_of(random_piece(vocabulary, seed=1)), digest_of(path), digest_of(Piece(()))}
    assert len(digests) == 4
    path.unlink()
    assert digest_of(path) == ""
    with pytest.raises(MidiFileError):
        read(path, TimeBase.BEATS)
