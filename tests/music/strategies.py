"""Hypothesis strategies: music of every kind."""

from __future__ import annotations

from hypothesis import strategies as st

from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.vocabulary import Vocabulary

PARTS = (Part("upper", 0, 0), Part("lower", 32, 1), Part("kit", 0, 9, percussive=True))


def vocabularies() -> st.SearchStrategy[Vocabulary]:
    return st.builds(
        Vocabulary,
        base=st.sampled_from(TimeBase),
        resolution=st.sampled_from([1, 4, 24, 100]),
        max_delta=st.integers(1, 96),
        parts=st.sampled_from([PARTS, PARTS[:1], PARTS[::-1]]),
        low=st.integers(0, 50),
        high=st.integers(60, 127),
        velocities=st.sampled_from([1, 2, 32, 127]),
        meters=st.sampled_from([((4, 4),), ((3, 4), (6, 8), (4, 4))]),
    )


def notes(parts: int, longest: float = 20.0) -> st.SearchStrategy[Note]:
    """Notes off the grid, on few pitches so that they collide."""
    return st.builds(
        Note,
        onset=st.floats(0, longest),
        duration=st.floats(0, 4),
        pitch=st.one_of(st.integers(0, 127), st.integers(60, 64)),
        velocity=st.integers(1, 127),
        part=st.integers(0, parts - 1),
    )


@st.composite
def pieces(draw: st.DrawFn, vocabulary: Vocabulary) -> Piece:
    """A piece for a vocabulary, notes sorted."""
    found = draw(st.lists(notes(len(vocabulary.parts)), max_size=30))
    meter = draw(st.sampled_from([Meter(), Meter(3, 4), Meter(6, 8), Meter(5, 16)]))
    return Piece(tuple(sorted(found)), vocabulary.base, (meter,), 120.0, vocabulary.parts)
