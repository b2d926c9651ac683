"""Changes of time signature in ticks."""

from dataclasses import replace

from musiclstm.music.note import Meter, Piece
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import MeterChange, meter_changes


def test_meters_in_ticks() -> None:
    vocabulary = Vocabulary(resolution=24, meters=((4, 4), (6, 8)))
    source = Piece((), meters=(Meter(6, 8), Meter(5, 4, 3.0)))
    assert [(c.tick, c.bar_ticks, c.index) for c in meter_changes(source, vocabulary)] == [(0, 72, 1), (72, 120, 0)]
    assert meter_changes(replace(source, meters=()), vocabulary) == [MeterChange(0, 96, 0, Meter())]
