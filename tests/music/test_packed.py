"""Events in eight bytes each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.packed import EVENT, pack, unpack
from musiclstm.music.vocabulary import Vocabulary
from tests.music import strategies

EVENTS = st.builds(
    Event, st.integers(0, 65535), st.sampled_from(Kind), st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)
)


def test_an_event_takes_eight_bytes() -> None:
    assert EVENT.itemsize == 8
    assert pack([Event(0x1234, Kind.ON, 60, 80, 3)]).tobytes() == bytes((0x34, 0x12, 1, 3, 60, 80, 0, 0))


@given(st.lists(EVENTS, max_size=20))
def test_packing_loses_nothing(events: list[Event]) -> None:
    assert unpack(pack(events)) == events


@pytest.mark.parametrize(
    "event", [Event(1 << 16, Kind.WAIT), Event(-1, Kind.ON), Event(0, Kind.ON, 256), Event(0, Kind.ON, 60, 80, 256)]
)
def test_what_does_not_fit_is_refused(event: Event) -> None:
    with pytest.raises(ValueError, match="is not within 0 to"):
        pack([event])


def test_a_kind_that_there_is_not_is_refused() -> None:
    packed = pack([Event(0, Kind.ON, 60, 80)])
    packed["kind"] = 3
    with pytest.raises(ValueError, match="3 is not a valid Kind"):
        unpack(packed)


@given(st.data())
def test_a_piece_is_packed_as_it_is_encoded(data: st.DataObject) -> None:
    vocabulary = data.draw(strategies.vocabularies())
    piece = data.draw(strategies.pieces(vocabulary))
    packed = vocabulary.encode_packed(piece)
    assert unpack(packed) == vocabulary.encode(piece)
    assert vocabulary.has(packed)


def test_a_piece_whose_parts_do_not_fit_is_refused_only_where_it_is_packed() -> None:
    vocabulary = Vocabulary(parts=tuple(Part(str(index)) for index in range(300)))
    piece = Piece((Note(0.0, 1.0, 60, part=299),), TimeBase.BEATS, parts=vocabulary.parts)
    assert [event.part for event in vocabulary.encode(piece)] == [299, 299]
    with pytest.raises(ValueError, match="the part of an event"):
        vocabulary.encode_packed(piece)


@pytest.mark.parametrize(
    ("field", "value"), [("delta", 97), ("kind", 3), ("part", 9), ("pitch", 127), ("pitch", 20), ("velocity", 200)]
)
def test_events_of_another_vocabulary_are_told(field: str, value: int) -> None:
    vocabulary = Vocabulary()
    packed = pack([Event(0, Kind.ON, 60, 80), Event(96, Kind.WAIT), Event(3, Kind.OFF, 60)])
    assert vocabulary.has(packed)
    for index in range(len(packed)):
        changed = packed.copy()
        changed[field][index] = value
        assert not vocabulary.has(changed)


def test_a_kit_has_no_note_offs() -> None:
    vocabulary = Vocabulary(parts=(Part("kit", percussive=True),))
    assert not vocabulary.has(pack([Event(0, Kind.OFF, 60)]))
    assert vocabulary.has(np.zeros(0, dtype=EVENT))
