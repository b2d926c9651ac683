"""When things happen in MIDI files out in the world: tempo, time signatures, time code, the end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music import midifile
from musiclstm.music.note import Meter, TimeBase
from tests.music.build import cc, chunk, content, meta, meter, off, on, program, scale, song, tempo, track
from tests.music.reading import SECONDS, read, times

# ---- what follows the last note --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "late",
    [tempo(30), meter(3, 2), cc(64, 127), cc(121), program(5), meta(5, b"la"), meta(0x59, b"\1\0"), b"\xe0\0\0"],
)
@pytest.mark.parametrize("base", TimeBase)
@pytest.mark.parametrize("apart", [True, False])
def test_what_follows_the_last_note_does_not_count(late: bytes, base: TimeBase, apart: bool) -> None:
    tail = [(beat, late) for beat in (9.0, 60.0, 5000.0)]
    with_it = song(track(*tail), track(*scale())) if apart else song(track(), track(*scale(), *tail))
    assert read(with_it, base) == read(song(track(), track(*scale())), base)
    assert not read(with_it, base).warnings


# ---- tempo -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(60_000, 6_000_000)), max_size=8, unique_by=lambda t: t[0]))
def test_the_tempo_map_is_kept(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]) -> None:
    events = [(beat / 4, meta(0x51, value.to_bytes(3, "big"))) for beat, value in changes]
    data = song(track(*events), track(*scale(12)))
    piece = read(data)
    path = tmp_path_factory.getbasetemp() / "map.mid"
    midifile.write(path, piece)
    again = midifile.read(path)
    assert again.tempos == piece.tempos
    assert again.tempo == piece.tempo
    # Beats through the map are the file's own seconds.
    clock = piece.clock()
    for beats, seconds in zip(piece.notes, read(data, SECONDS).notes, strict=True):
        assert clock(beats.onset) == pytest.approx(seconds.onset)
        assert clock(beats.end) == pytest.approx(seconds.end)
    last = max(changes)[1] if changes else 500_000
    assert piece.last_tempo == pytest.approx(60e6 / last, abs=0.01)


def test_a_tempo_that_is_set_again_is_no_change() -> None:
    assert read(song(track((0, tempo(90)), (2, tempo(90))), track(*scale()))).tempos == ()


@pytest.mark.parametrize("microseconds", [0, 1, 0xFFFFFF])
@pytest.mark.parametrize("base", TimeBase)
def test_any_tempo_is_read(microseconds: int, base: TimeBase) -> None:
    piece = read(song(track((0, meta(0x51, microseconds.to_bytes(3, "big"))), *scale())), base)
    assert piece.tempo > 0
    assert piece.clock()(piece.length) > 0


# ---- meters ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from([1, 2, 3]), st.integers(1, 5)), min_size=1, max_size=6))
def test_bars_are_counted_each_by_its_meter(meters: list[tuple[int, int, int]]) -> None:
    at, bars, events = 0.0, 0, []
    for numerator, power, count in meters:
        events.append((at, meter(numerator, power)))
        at += count * 4 * numerator / (1 << power)
        bars += count
    piece = read(song(track(*events), track((0, on(60)), (at, off(60)))))
    assert piece.bars == pytest.approx(bars)


def test_a_bar_that_is_cut_short_is_a_bar() -> None:
    piece = read(song(track((0, meter(4, 2)), (1, meter(4, 2))), track((0, on(60)), (7, off(60)))))
    assert piece.bars == 2.5


@pytest.mark.parametrize("wrong", [(0, 2), (4, 255), (4, 7)])
def test_a_meter_that_is_none_is_passed_over(wrong: tuple[int, int]) -> None:
    assert read(song(track((0, meter(*wrong)), *scale()))).meters == (Meter(),)


def test_time_code_is_seconds_whatever_the_tempo() -> None:
    """25 frames of 40 ticks: a thousand ticks are a second."""
    events = content((0, on(60)), (1, off(60)), (2, on(62)), (3, off(62)), (0, tempo(30)))
    data = chunk(b"MThd", b"\0\0\0\1" + bytes((256 - 25, 40))) + chunk(b"MTrk", events)
    assert times(read(data, SECONDS)) == [(60, 0, 0.48), (62, 0.96, 1.44)]


def test_time_code_in_beats_is_at_120() -> None:
    events = content((0, on(60)), (1, off(60)), (2, on(62)), (3, off(62)))
    data = chunk(b"MThd", b"\0\0\0\1" + bytes((256 - 25, 40))) + chunk(b"MTrk", events)
    assert times(read(data)) == [(60, 0, 0.96), (62, 1.92, 2.88)]


@pytest.mark.parametrize("bpm", [30.0, 97.31, 120.0, 133.33])
def test_a_tempo_is_read_to_a_hundredth(bpm: float) -> None:
    assert read(song(track((0, tempo(bpm)), *scale()))).tempo == bpm
    # As many beats at that tempo as at twice that make three halves of the time; the mean is over all beats.
    mixed = read(
        song(track((0, tempo(bpm)), (4, tempo(2 * bpm)), *[(beat, on(60)) for beat in range(8)], (8, off(60))))
    )
    assert mixed.tempo == pytest.approx(4 * bpm / 3, abs=0.011)
    assert mixed.tempo == round(mixed.tempo, 2)
