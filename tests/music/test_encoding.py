"""Notes in ticks as events, and the whole way from a file's bytes to them: the same compiled and not."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import MidiFileError
from musiclstm.music import midifile
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.packed import EVENT
from musiclstm.music.parts import assign
from musiclstm.music.vocabulary import Vocabulary
from tests import uncompiled
from tests.music import build, strategies


@given(st.data())
def test_notes_need_not_be_in_order(data: st.DataObject) -> None:
    vocabulary = data.draw(strategies.vocabularies())
    piece = data.draw(strategies.pieces(vocabulary))
    mixed = replace(piece, notes=tuple(data.draw(st.permutations(piece.notes))))
    assert vocabulary.encode(mixed) == vocabulary.encode(piece)


@pytest.mark.parametrize("part", [-1, 1, 1 << 30])
def test_a_part_that_there_is_not_is_refused(part: int) -> None:
    """Where this is compiled nothing else would keep it from memory that is not ours."""
    vocabulary = Vocabulary()
    piece = Piece((Note(0.0, 1.0, 60, part=part),))
    with pytest.raises(IndexError, match=f"no part {part}"):
        vocabulary.encode(piece)
    with pytest.raises(IndexError, match=f"no part {part}"):
        assign(piece, vocabulary)


def test_times_too_large_for_one_number_to_sort_by_are_in_order_all_the_same() -> None:
    late = float(1 << 57)
    vocabulary = Vocabulary(resolution=1, max_delta=1 << 57, parts=strategies.PARTS)
    piece = Piece((Note(0.0, late, 60), Note(late, late, 60), Note(late, late, 50, part=1)), parts=vocabulary.parts)
    assert [(event.delta, event.kind, event.pitch) for event in vocabulary.encode(piece)] == [
        (0, Kind.ON, 60),
        (1 << 57, Kind.WAIT, 0),
        (0, Kind.OFF, 60),
        (0, Kind.ON, 60),
        (0, Kind.ON, 50),
        (1 << 57, Kind.WAIT, 0),
        (0, Kind.OFF, 60),
        (0, Kind.OFF, 50),
    ]


RECORDS = st.lists(
    st.tuples(
        st.sampled_from([0, 5, 95, 96, 97, 256, 65535]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from([0, 20, 21, 60, 108, 109, 255]),
        st.sampled_from([0, 1, 127, 128, 255]),
        st.just(0),
    ),
    max_size=2,
)


@given(RECORDS)
def test_a_check_of_all_events_is_that_of_each(rows: list[tuple[int, ...]]) -> None:
    vocabulary = Vocabulary(parts=strategies.PARTS)

    def fits(delta: int, kind: int, part: int, pitch: int, velocity: int, spare: int) -> bool:
        if kind == Kind.WAIT:
            return (delta, part, pitch, velocity) == (96, 0, 0, 0)
        if delta >= 96 or part > 2 or not 21 <= pitch <= 108:
            return False
        return velocity <= 127 if kind == Kind.ON else kind == Kind.OFF and velocity == 0 and part != 2

    events = np.array(rows, dtype=EVENT)
    assert vocabulary.has(events) == all(fits(*row) for row in rows)
    # Also where they are not side by side.
    assert vocabulary.has(np.repeat(events, 2)[::2]) == vocabulary.has(events)


def file_of(seed: int) -> bytes:
    """Of several ports and channels, with pedals, programs, and notes that nothing or something else ends."""
    pick = random.Random(seed)
    tracks = []
    for _ in range(pick.randint(1, 3)):
        events: list[tuple[float, bytes]] = []
        if pick.random() < 0.5:
            events.append((0, build.meta(0x21, bytes((pick.randint(0, 6),)))))
        for _ in range(pick.randint(1, 40)):
            beat, channel, pitch = pick.randint(0, 16) / 2, pick.choice((0, 0, 1, 9)), pick.randint(57, 65)
            events.append((beat, build.on(pitch, pick.randint(1, 127), channel)))
            if pick.random() < 0.9:
                events.append((beat + pick.randint(0, 5) / 4, build.off(pitch, channel)))
        for _ in range(pick.randint(0, 8)):
            message = pick.choice(
                (
                    build.program(pick.randint(0, 127), pick.choice((0, 1))),
                    build.cc(64, pick.choice((0, 127)), pick.choice((0, 1))),
                    build.cc(pick.choice((120, 121, 123)), 0, pick.choice((0, 1))),
                    build.tempo(pick.choice((60, 120, 140))),
                )
            )
            events.append((pick.randint(0, 40) / 4, message))
        tracks.append(build.track(*events))
    return build.song(*tracks)


def read(seeds: int) -> list[tuple[str, str, list[Event], bytes]]:
    """What becomes of so many files."""
    found: list[tuple[str, str, list[Event], bytes]] = []
    kit = Part("kit", 0, 9, percussive=True)
    for seed in range(seeds):
        base = (TimeBase.BEATS, TimeBase.SECONDS)[seed % 2]
        parts = ((Part("all"), kit), (Part("high", low=50), Part("low", high=64)), (*strategies.PARTS, Part("more")))
        vocabulary = Vocabulary(base, 24, 20, parts[seed % 3], velocities=32)
        try:
            piece = midifile.parse(file_of(seed), f"{seed}.mid", base)
        except MidiFileError as error:
            found.append((str(error), "", [], b""))
            continue
        assigned = assign(piece, vocabulary)
        packed = vocabulary.encode_packed(assigned)
        assert vocabulary.has(packed)
        found.append((repr(piece), repr(assigned.notes), vocabulary.encode(assigned), packed.tobytes()))
    return found


def test_files_become_the_same_events_without_a_compiler() -> None:
    ours: Any = read(60)
    assert uncompiled.result(read, 60) == ours
    assert sum(bool(events) for _, _, events, _ in ours) > 50
