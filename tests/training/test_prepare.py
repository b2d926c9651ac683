"""Training reads the same features as the live session; pieces follow one another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from musiclstm.model.dimensions import Dimensions
from musiclstm.model.features.echoes import EchoFeatures
from musiclstm.model.features.events import event_fields
from musiclstm.model.features.layout import Layout
from musiclstm.model.features.timing import timing_features
from musiclstm.model.features.velocities import related_velocities
from musiclstm.model.sizes import SPANS
from musiclstm.music.event import Kind
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.packed import unpack
from musiclstm.music.vocabulary import Vocabulary
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_network, tiny_vocabulary
from tests.training.batches import contexts, window_of
from training.evaluate import evaluate
from training.packing import PackedPiece, packed_parts, with_openings
from training.prepare import fields_of, prepare

KIT = (Part("Kit", 0, 9, percussive=True),)


@pytest.mark.parametrize(
    "vocabulary",
    [tiny_vocabulary(base, parts, velocities=16) for base in TimeBase for parts in (SATB, KIT)],
    ids=lambda v: f"{v.base}, {len(v.parts)}",
)
def test_windows_have_the_features_of_the_contexts(vocabulary: Vocabulary) -> None:
    layout = Layout(vocabulary)
    echo_features = EchoFeatures(layout)
    piece = replace(random_piece(vocabulary, 80), meters=(Meter(), Meter(3, 4, 8.0)))
    store = prepare([("a", piece)], vocabulary)
    batch = window_of(store, vocabulary)
    found: dict[str, Any] = {name: value[0] for name, value in vars(batch).items() if value is not None}
    for index, (before, context, event) in enumerate(contexts(vocabulary.encode(piece), piece, vocabulary)):
        fields = event_fields(Dimensions(vocabulary), event)
        assert tuple(found["event"][index].tolist()) == fields
        assert tuple(fields_of(store.events[index : index + 1], vocabulary)[0].tolist()) == fields
        assert found["timing"][index].tolist() == timing_features(layout, context, event.delta)
        assert found["timing_before"][index].tolist() == timing_features(layout, before)
        held = np.argwhere(found["held"][index].numpy()).tolist()
        assert [(part, pitch + vocabulary.low) for part, pitch in held] == context.sounding
        assert tuple(map(tuple, found["echoes"][index].tolist())) == echo_features.expected(before)
        melody = echo_features.with_melody(echo_features.expected(before), context, event.part)[-1]
        assert tuple(found["melody"][index].tolist()) == melody
        if event.kind is Kind.ON:
            related = related_velocities(layout, context, event.delta, event.part, event.pitch - vocabulary.low)
            assert tuple(found["velocities"][index].tolist()) == related
        classes = found["pitch_classes"][index, : len(SPANS)].flatten()
        np.testing.assert_allclose(classes, context.pitch_classes_after(event.delta), atol=1e-6)
    echoes = found["echoes"][:, :1] if vocabulary.percussive else found["echoes"]
    assert echoes[..., 4].numpy().any(0).all()
    assert store.notes.sum() == sum(event.kind is Kind.ON for event in vocabulary.encode(piece))


def test_an_upbeat_is_before_the_bar() -> None:
    vocabulary = tiny_vocabulary()
    piece = Piece((Note(0, 1, 60, part=0), Note(1, 1, 62, part=0)), meters=(Meter(3, 4, 1.0),), parts=vocabulary.parts)
    timing = window_of(prepare([("a", piece)], vocabulary), vocabulary).timing[0]
    assert timing[:, 0].tolist() == [48, 0, 0, 24]
    assert set(timing[:, 2].tolist()) == {1}


@pytest.mark.parametrize(("end", "expected"), [(4.0, 4.0), (4.5, 8.0), (7.0, 8.0), (8.0, 8.0), (8.5, 12.0)])
def test_da_capo_starts_at_the_same_position_in_the_bar(end: float, expected: float) -> None:
    """A piece in 4/4 with an upbeat of one beat starts again on a fourth beat."""
    vocabulary = tiny_vocabulary()
    notes = (Note(0, 1, 60), Note(1, end - 1, 62))
    piece = Piece(notes, meters=(Meter(4, 4, 1.0),), parts=vocabulary.parts)
    packed = packed_parts(piece, vocabulary)
    assert isinstance(packed, PackedPiece)
    (extended,) = with_openings([packed], vocabulary, 3)
    events = unpack(extended.events)
    decoded = vocabulary.decode(events)
    assert [note.pitch for note in decoded] == [60, 62, 60, 62]
    assert decoded[2].onset == expected
    assert max(event.delta for event in events) <= vocabulary.max_delta


def test_da_capo_of_drums_keeps_the_order() -> None:
    """A last hit on the bar line, then the first again: a bar later, not at once."""
    vocabulary = tiny_vocabulary(parts=(Part("Kit", percussive=True),))
    piece = Piece((Note(0, 1, 40), Note(1, 1, 42), Note(4, 1, 50)), parts=vocabulary.parts)
    arrays = prepare([("a", piece)], vocabulary, next_piece_events=2)
    network = tiny_network(vocabulary)
    assert np.isfinite(evaluate(network, arrays).per_note)
    assert arrays.events["delta"].sum() == 24 * 9


def test_in_seconds_the_next_piece_follows() -> None:
    """A second after the end; the last piece is followed by the first."""
    vocabulary = tiny_vocabulary(TimeBase.SECONDS)
    pieces = [(str(pitch), Piece((Note(0, 1, pitch),), TimeBase.SECONDS, parts=vocabulary.parts)) for pitch in (60, 62)]
    arrays = prepare(pieces, vocabulary, next_piece_events=1)
    pitches = arrays.events["pitch"][arrays.events["kind"] != Kind.WAIT]
    assert pitches.tolist() == [60, 60, 62, 62, 62, 60]
    first, second = np.split(arrays.events["delta"], arrays.starts[1:-1])
    assert first.sum() == second.sum() == 2 * vocabulary.resolution
    assert arrays.notes.tolist() == [1, 1]


def test_on_a_kit_the_next_piece_follows() -> None:
    """At the same position in the bar; drummers never play a piece twice alike."""
    vocabulary = tiny_vocabulary(parts=KIT)
    pieces = [(str(pitch), Piece((Note(1, 1, pitch), Note(2, 1, 50)), parts=KIT)) for pitch in (40, 42)]
    arrays = prepare(pieces, vocabulary, next_piece_events=1)
    assert arrays.events["pitch"].tolist() == [40, 50, 42, 42, 50, 40]
    assert arrays.events["delta"].tolist() == [24, 24, 72] * 2


def test_pieces_without_notes_are_left_out() -> None:
    vocabulary = tiny_vocabulary()
    piece = Piece((Note(0, 1, 20),), parts=vocabulary.parts)
    arrays = prepare([("low", piece), ("a", random_piece(vocabulary, 3))], vocabulary)
    assert arrays.keys == ("a",)
