"""A piece without its notes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.note import Meter, Note, Part, Piece
from tests.music import strategies
from training.summary import Summary, summary_of


@given(st.lists(strategies.notes(3), max_size=20), st.lists(st.builds(Meter, st.integers(1, 9)), max_size=3))
def test_a_summary_tells_what_the_notes_do(notes: list[Note], meters: list[Meter]) -> None:
    parts = (Part("a", 3), Part("b", 4), Part("kit", 0, 9, percussive=True))
    summary = summary_of(Piece(tuple(notes), meters=tuple(meters), parts=parts))
    lines: dict[int, list[int]] = {}
    for note in notes:
        lines.setdefault(note.part, []).append(note.pitch)
    assert [(x.name, x.program, x.percussive, x.notes, x.mean, x.low, x.high) for x in summary.lines] == [
        (parts[i].name, parts[i].program, parts[i].percussive, len(x), sum(x) / len(x), min(x), max(x))
        for i, x in lines.items()
    ]
    assert summary.notes == len(notes)
    assert [line.name for line in summary.pitched] == [parts[i].name for i in lines if i < 2]
    assert set(summary.velocities) == {note.velocity for note in notes}
    assert Summary.from_dict(json.loads(json.dumps(summary.to_dict()))) == summary
    assert summary.meters == tuple((meter.numerator, meter.denominator) for meter in meters)
