"""MIDI files, damaged ones too, are read, assigned to parts and encoded alike by compiled code and by Python."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest

from musiclstm.errors import MidiFileError
from musiclstm.music import midifile
from musiclstm.music.columns import columns_of
from musiclstm.music.parts import assign
from tests import uncompiled
from tests.model.random_music import random_piece
from tests.model.tiny import every_kind

KINDS = list(every_kind().values())


def read(seed: int, damage: int) -> list[str]:
    """What is read of a file of each kind of music of which some bytes have changed, for the parts of another kind."""
    rng = random.Random(seed)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.mid")
        for kind in KINDS:
            midifile.write(path, random_piece(kind, 40, seed))
            content = bytearray(path.read_bytes())
            for _ in range(damage):
                content[rng.randrange(14, len(content))] = rng.randrange(256)
            other = rng.choice(KINDS)
            try:
                piece = midifile.parse(bytes(content), "a.mid", other.base)
            except MidiFileError as error:
                found.append(str(error))
                continue
            assigned = assign(piece, other)
            found += [repr(piece), repr(assigned), repr(other.encode(assigned)), repr(columns_of(piece.notes).tolist())]
    return found


def read_all(seeds: range) -> list[list[str]]:
    return [read(seed, seed % 4) for seed in seeds]


@pytest.mark.usefixtures("core")
def test_the_same_is_read() -> None:
    here, there = read_all(range(60)), uncompiled.result(read_all, range(60))
    assert here == there
    assert any("Note" in said for each in here for said in each)
