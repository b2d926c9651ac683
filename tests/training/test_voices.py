import pytest

from musiclstm.music.note import Note, Part, Piece
from musiclstm.music.packed import Packed
from musiclstm.music.vocabulary import Vocabulary
from training.packing import PackedPiece, packed_parts
from training.voices import voices_of

PARTS = (Part("Violin", 40, 0, 55, 103), Part("Cello", 42, 1, 36, 76), Part("Kit", 0, 9, percussive=True))


def packed(notes: list[Note], vocabulary: Vocabulary) -> Packed:
    piece = packed_parts(Piece(tuple(notes), parts=vocabulary.parts), vocabulary)
    assert isinstance(piece, PackedPiece)
    return piece.events


@pytest.mark.parametrize(("stops", "voices"), [(0, 1), (1, 1), (20, 2)])
def test_a_parts_voices_suit_almost_all_of_its_notes(stops: int, voices: int) -> None:
    vocabulary = Vocabulary(parts=PARTS)
    notes = [Note(beat, 1, 60 + beat % 5) for beat in range(400)]  # each ends where the next one begins
    notes += [Note(beat, 1, 72) for beat in range(stops)]
    notes += [Note(beat, 1, pitch, 80, 1) for beat in range(9) for pitch in (40, 47, 52)]
    notes += [Note(0, 1, pitch, 80, 2) for pitch in (36, 42)]
    assert voices_of([packed(notes, vocabulary)], vocabulary) == [voices, 3, None]


def test_a_part_that_is_alone_or_never_plays_has_no_number() -> None:
    alone = Vocabulary(parts=PARTS[:1])
    assert voices_of([packed([Note(0, 1, 60)], alone)], alone) == [None]
    two = Vocabulary(parts=PARTS[:2])
    assert voices_of([packed([Note(0, 1, 60)], two)], two) == [1, None]
