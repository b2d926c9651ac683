"""The chords that are recognised in a piece: by bar, half bar or beat, whatever its parts."""

from __future__ import annotations

import numpy as np
import pytest

from musiclstm.music.chord_symbol import parse
from musiclstm.music.chord_track import ChordTrack
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import meter_changes
from tests.model.tiny import tiny_vocabulary
from training.harmony import chords_of, features

C, DM, F, G7 = (60, 64, 67, 48), (62, 65, 69, 50), (60, 65, 69, 53), (59, 62, 65, 55)


def track(
    vocabulary: Vocabulary, chords: list[tuple[float, float, tuple[int, ...]]], meters: tuple[Meter, ...] = ()
) -> ChordTrack:
    """Of notes that sound together: (beginning, length, pitches, the bass last)."""
    notes = [
        Note(begin, length, pitch, 80, part)
        for begin, length, pitches in chords
        for part, pitch in enumerate(sorted(pitches, reverse=True))
    ]
    piece = Piece(tuple(sorted(notes)), base=vocabulary.base, meters=meters, parts=vocabulary.parts)
    changes = np.array([(c.tick, c.bar_ticks, c.index) for c in meter_changes(piece, vocabulary)])
    return chords_of(vocabulary.encode_packed(piece), changes, vocabulary)


def names(found: ChordTrack) -> list[tuple[float, str | None]]:
    return [
        (start, None if chord is None else chord.text) for start, chord in zip(found.starts, found.chords, strict=True)
    ]


def test_a_chord_a_bar_half_a_bar_or_a_beat_each() -> None:
    found = track(
        tiny_vocabulary(),
        [(0, 4, C), (4, 2, F), (6, 2, G7), (8, 1, C), (9, 1, F), (10, 1, DM), (11, 1, C)],
    )
    assert names(found) == [(0, "C"), (4, "F"), (6, "G7"), (8, "C"), (9, "F"), (10, "Dm"), (11, "C")]


def test_a_chord_that_stays_is_one_and_silence_is_none() -> None:
    found = track(tiny_vocabulary(), [(0, 4, C), (4, 4, C), (12, 4, G7)])
    assert names(found) == [(0, "C"), (8, None), (12, "G7")]
    assert found.at(20.0).chord is None


def test_bars_are_those_of_the_piece() -> None:
    found = track(tiny_vocabulary(), [(0, 3, C), (3, 3, F), (6, 3, C)], (Meter(3, 4),))
    assert names(found) == [(0, "C"), (3, "F"), (6, "C")]


def test_drums_are_no_harmony() -> None:
    kit = tiny_vocabulary(parts=(Part("Kit", 0, 9, percussive=True),))
    assert names(track(kit, [(0, 4, (60,)), (4, 4, (64,))])) == [(0, None)]


def test_music_in_seconds_has_chords_too() -> None:
    found = track(tiny_vocabulary(TimeBase.SECONDS, (Part("Piano"),) * 4, 4), [(0, 4, C), (4, 4, F)])
    assert names(found) == [(0, "C"), (4, "F")]


@pytest.mark.parametrize("beat", [24, 48])
def test_events_are_told_the_chord_that_holds_then(beat: int) -> None:
    found = ChordTrack((0.0, 2.0), (parse("C"), None), 4.0, loops=False)
    told = features(found, [0, beat, 2 * beat, 9 * beat], beat)
    assert told[:2, 1, 0].tolist() == [1, 1]
    assert not told[2:].any()
