"""What is in MIDI files out in the world, read as it is meant, and what is guessed is said."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.errors import MidiFileError
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.smf import chunks
from musiclstm.music.smf.tracks import read_track
from tests.music.build import (
    END,
    cc,
    chunk,
    content,
    meta,
    meter,
    number,
    off,
    on,
    program,
    scale,
    song,
    tempo,
    track,
)

BEATS, SECONDS = TimeBase


def read(data: bytes, base: TimeBase = BEATS) -> Piece:
    return midifile.parse(data, "song.mid", base)


def times(piece: Piece) -> list[tuple[int, float, float]]:
    return [(note.pitch, round(note.onset, 6), round(note.end, 6)) for note in sorted(piece.notes, key=_by_pitch)]


def _by_pitch(note: Note) -> tuple[int, float]:
    return note.pitch, note.onset


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


# ---- what ends notes -------------------------------------------------------------------------------------------------


def test_a_reset_lifts_the_pedal() -> None:
    events = [(0.0, cc(64, 127)), (0.0, on(60)), (1.0, off(60)), (4.0, cc(121)), (9.0, on(50)), (10.0, off(50))]
    for tracks in ([track(*events)], [track(*[e for e in events if e[1][0] == 0xB0]), track(*events)]):
        assert (60, 0.0, 2.0) in times(read(song(*tracks), SECONDS))
    other = [(beat, message if beat != 4 else cc(121, channel=3)) for beat, message in events]
    assert (60, 0.0, 4.5) in times(read(song(track(*other)), SECONDS))


@pytest.mark.parametrize(("value", "ends"), [(0, 1.0), (63, 1.0), (64, 2.0), (127, 2.0)])
def test_a_pedal_is_down_from_64_on(value: int, ends: float) -> None:
    events = [(0, cc(64, value)), (0, on(60)), (2, off(60)), (4, cc(64, 0)), (8, on(50)), (9, off(50))]
    assert (60, 0.0, ends) in times(read(song(track(*events)), SECONDS))


@pytest.mark.parametrize("value", [0x80, 0xF7, 0xFF])
def test_a_data_byte_is_at_most_127(value: int) -> None:
    assert read(song(track((0, on(127, 127)), (1, off(127))))).notes[0].pitch == 127
    with pytest.raises(MidiFileError, match="a value over 127"):
        read(song(track((0, bytes((0x90, 60, value))), (1, off(60)))))


@pytest.mark.parametrize("controller", [120, *range(123, 128)])
def test_notes_end_where_all_notes_end(controller: int) -> None:
    events = [(0, on(60)), (1, on(64)), (2, cc(controller)), (2, on(67)), (3, off(67)), (0, on(50, channel=1))]
    piece = read(song(track(*events, (9, off(50, 1)), (9, off(60)))))
    assert times(piece) == [(50, 0, 9), (60, 0, 2), (64, 1, 2), (67, 2, 3)]
    assert not piece.warnings
    # From another track, too.
    apart = read(song(track((2, cc(controller))), track(*[e for e in events if e[1][0] != 0xB0], (9, off(50, 1)))))
    assert times(apart) == times(piece)


@pytest.mark.parametrize(("controller", "ends"), [(123, 3.0), (120, 1.0)])
def test_the_pedal_holds_what_is_ended_but_not_what_is_silenced(controller: int, ends: float) -> None:
    events = [(0, cc(64, 127)), (0, on(60)), (2, cc(controller)), (6, cc(64, 0)), (8, on(50)), (9, off(50))]
    assert times(read(song(track(*events)), SECONDS))[1] == (60, 0.0, ends)
    # Nor what the pedal alone holds.
    assert times(read(song(track(*events, (1, off(60)))), SECONDS))[1] == (60, 0.0, ends)


def test_struck_twice_and_ended_once() -> None:
    piece = read(song(track((0, on(60)), (1, on(60)), (2, off(60)), (8, on(60)), (9, off(60)), (22, on(70)), end=9)))
    assert times(piece)[:3] == [(60, 0, 1), (60, 1, 2), (60, 8, 9)]
    assert len(piece.warnings) == 1


def test_struck_twice_and_ended_twice_is_first_in_first_out() -> None:
    piece = read(song(track((0, on(60)), (1, on(60)), (2, off(60)), (3, off(60)))))
    assert times(piece) == [(60, 0, 2), (60, 1, 3)]
    assert not piece.warnings


@st.composite
def strikes(draw: st.DrawFn) -> list[tuple[float, bytes]]:
    found = draw(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(60, 62)), min_size=1, max_size=30))
    return [(at / 4, on(pitch) if strike else off(pitch)) for at, strike, pitch in sorted(found)]


@given(strikes(), st.integers(0, 500_000), st.sampled_from(TimeBase))
def test_no_note_outlasts_the_music(events: list[tuple[float, bytes]], gap: int, base: TimeBase) -> None:
    """However many note-offs are missing, and however far away the track ends."""
    try:
        piece = read(song(track(*events, end=gap)), base)
    except MidiFileError:
        assert not any(message[0] == 0x90 for _, message in events)
        return
    beat = 1.0 if base is BEATS else 0.5
    assert piece.length <= (events[-1][0] + 8) * beat
    # No strike is lost.
    struck = {(at * beat, message[1]) for at, message in events if message[0] == 0x90}
    assert {(note.onset, note.pitch) for note in piece.notes} == struck
    for note in piece.notes:
        assert note.duration >= 0


def test_a_last_chord_without_note_offs_lasts_to_the_end_of_the_track() -> None:
    piece = read(song(track(*scale(4), (4, on(60)), (4.1, on(64)), end=3.9)))
    assert {(60, 4, 8), (64, 4.1, 8)} < set(times(piece))


def test_a_pedal_that_is_never_lifted_holds_for_seconds() -> None:
    events = [(0, cc(64, 127)), (0, on(60)), (1, off(60)), (900, on(50)), (901, off(50))]
    piece = read(song(track(*events)), SECONDS)
    assert times(piece)[1] == (60, 0, 4.5)
    assert "pedal" in piece.warnings[0]


@pytest.mark.parametrize(("up", "ends"), [(0.5, 1.0), (1.0, 1.0), (1.5, 1.5), (400.0, 400.0)])
def test_a_pedal_holds_until_it_is_lifted(up: float, ends: float) -> None:
    """However late: it is what the file says. A second note shows that later ones are held as well."""
    events = [(0, cc(64, 127)), (0, on(60)), (1, off(60)), (up, cc(64, 0)), (500, cc(64, 127)), (500, on(72))]
    piece = read(song(track(*events, (501, off(72)), (502, cc(64, 0)), (900, on(50)), (901, off(50)))), SECONDS)
    assert times(piece)[1:] == [(60, 0, ends / 2), (72, 250, 251)]
    assert not piece.warnings


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


# ---- ports and programs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [lambda n: meta(0x21, bytes((n,))), lambda n: meta(0x09, b"Synth %d" % n)])
def test_channels_of_different_ports_are_different(name: object) -> None:
    assert callable(name)
    first = [(0, name(0)), (0, cc(64, 127)), (0, program(7)), (0, on(48)), (8, off(48)), (8, cc(64, 0)), (3, cc(123))]
    second = [(0, name(1)), (0, on(60)), (1, off(60)), (2, on(62)), (4, off(62))]
    piece = read(song(track(*first), track(*second)), SECONDS)
    assert [n for n in times(piece) if n[0] >= 60] == [(60, 0, 0.5), (62, 1, 2)]
    assert sorted(part.program for part in piece.parts) == [0, 7]
    # Within one track as well.
    both = song(
        track((0, name(0)), (0, on(60)), (0, name(1)), (0, on(60, 90)), (1, off(60)), (2, name(0)), (2, off(60)))
    )
    assert times(read(both)) == [(60, 0, 1), (60, 0, 2)]


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 3)), max_size=8), st.sampled_from([0, 9]))
def test_a_part_for_each_program(programs: list[tuple[int, int]], channel: int) -> None:
    events = scale(1, channel)
    struck = {0}
    for index, (value, notes) in enumerate(programs, 1):
        events += [(4.0 * index, program(value, channel)), *scale(notes, channel, 4.0 * index)]
        struck |= {value} if notes else set()
    piece = read(song(track(*events)))
    assert sorted(part.program for part in piece.parts) == sorted(struck)
    for note in piece.notes:
        index = int(note.onset // 4)
        assert piece.parts[note.part].program == (programs[index - 1][0] if index else 0)


def test_a_program_of_another_track_counts_where_the_track_has_none() -> None:
    piece = read(song(track((0, program(40))), track(*scale()), track((4, program(70)), *scale(2))))
    assert [part.program for part in piece.parts] == [40, 70, 40]


# ---- names -----------------------------------------------------------------------------------------------------------

NAMES = [
    ("cp932", ["交響曲 第九番", "ピアノ"]),
    ("cp932", ["夜想曲"]),
    ("cp1251", ["Соната для фортепиано", "Скрипка"]),
    ("cp1251", ["Вальс"]),
    ("koi8-r", ["Фортепиано"]),
    ("cp1252", ["Flûte à bec", "Prélude"]),
    ("cp1252", ["Coré"]),
    ("cp949", ["피아노"]),
    ("gb18030", ["钢琴", "小提琴"]),
    ("utf-8", ["Grüße", "交響曲", "Скрипка"]),
    ("utf-16", ["交響曲 Träume"]),
    ("utf-8-sig", ["Träume"]),
]


@pytest.mark.parametrize(("encoding", "names"), NAMES)
def test_names_are_decoded(encoding: str, names: list[str]) -> None:
    data = song(*(track((0, meta(3, name.encode(encoding))), *scale(2, i)) for i, name in enumerate(names)))
    assert [part.name for part in read(data).parts] == names


@given(st.binary(max_size=60), st.binary(max_size=60))
@settings(deadline=None, max_examples=50)
def test_any_name_is_one_printable_line(first: bytes, second: bytes) -> None:
    piece = read(song(track((0, meta(3, first))), track((0, meta(3, second)), (0, meta(1, second)), *scale())))
    assert all(name.isprintable() for name in (piece.title, piece.parts[0].name))


# ---- containers, counts and lengths ----------------------------------------------------------------------------------

WHOLE = song(track((0, tempo(100)), (0, meter(3, 2))), track(*scale()), track(*scale(6, 1)))


def riff(*chunks: tuple[bytes, bytes], pad: bool = True, size: int | None = None) -> bytes:
    inside = b"RMID"
    for kind, data in chunks:
        length = len(data) if size is None or kind != b"data" else size
        inside += kind + length.to_bytes(4, "little") + data + b"\0" * (pad and len(data) % 2)
    return b"RIFF" + len(inside).to_bytes(4, "little") + inside


INFO = b"INFOINAM\x07\0\0\0my song"  # of odd length


@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("data", [WHOLE, WHOLE[:-1] + b"\0\0"])
def test_a_riff_container_is_opened(pad: bool, data: bytes) -> None:
    expected = read(WHOLE)
    for before in ([], [(b"LIST", INFO)], [(b"DISP", b"abc"), (b"LIST", INFO)]):
        for after in ([], [(b"LIST", INFO)]):
            assert read(riff(*before, (b"data", data), *after, pad=pad)) == expected
    for size in (0, 10, 1 << 20, 0xFFFFFFFF):
        assert read(riff((b"LIST", INFO), (b"data", data), size=size)) == expected


@pytest.mark.parametrize("count", [0, 1, 2, 4, 9, 0xFFFF])
def test_the_count_of_tracks_may_be_wrong(count: int) -> None:
    wrong = WHOLE[:10] + count.to_bytes(2, "big") + WHOLE[12:]
    piece = read(wrong)
    assert piece == read(WHOLE)
    assert f"counts {count:,} track" in piece.warnings[0]


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("lie", [-10_000, -30, -1, 1, 3, 30, 70, 10_000, 0xFFFFFFF0])
def test_the_length_of_a_track_may_be_wrong(which: int, lie: int) -> None:
    contents = [content((0, tempo(100)), (0, meter(3, 2))), content(*scale()), content(*scale(6, 1))]
    lengths = [len(each) + (lie if i == which else 0) for i, each in enumerate(contents)]
    tracks = [chunk(b"MTrk", c, min(0xFFFFFFFF, max(0, n))) for c, n in zip(contents, lengths, strict=True)]
    piece = read(song(*tracks))
    assert piece == read(WHOLE)
    assert piece.warnings


@pytest.mark.parametrize("length", [0, 5, 7, 8, 20, 0xFFFFFFFF])
def test_the_length_of_the_header_may_be_wrong(length: int) -> None:
    assert read(WHOLE[:4] + length.to_bytes(4, "big") + WHOLE[8:]) == read(WHOLE)


def test_a_longer_header_is_read_in_silence() -> None:
    piece = read(chunk(b"MThd", WHOLE[8:14] + b"more") + WHOLE[14:])
    assert piece == read(WHOLE)
    assert not piece.warnings


@pytest.mark.parametrize(
    "garbage", [b"\0", b"\0" * 50, b"\x1a", b"xyz", b"TAG" + bytes(125), b"MTrk\0\0\0\4\x90\x90\x90"]
)
def test_what_is_left_behind_the_last_track_is_passed_over(garbage: bytes) -> None:
    assert read(WHOLE + garbage) == read(WHOLE)


def test_other_chunks_and_a_missing_end_of_track_are_passed_over() -> None:
    tracks = [chunk(b"XFIH", b"abc"), track(*scale(), end=None), chunk(b"ABCD", b""), track(*scale(6, 1), end=None)]
    piece = read(song(*tracks, count=2))
    assert len(piece.notes) == 14
    assert not piece.warnings


@pytest.mark.parametrize("name", ["whole", "riff"])
def test_a_file_that_is_cut_short_is_read_with_a_warning_or_refused(name: str) -> None:
    data = WHOLE if name == "whole" else riff((b"LIST", INFO), (b"data", WHOLE))
    sizes: list[int] = []
    for length in range(len(data)):
        try:
            piece = read(data[:length])
        except MidiFileError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either may happen
            assert not sizes
            continue
        assert piece.warnings or len(piece.notes) == 14
        sizes.append(len(piece.notes))
    assert sizes == sorted(sizes)
    assert sizes[0] == 1


# ---- bytes that do not belong into a file ----------------------------------------------------------------------------


@pytest.mark.parametrize("byte", [b"\xf8", b"\xf9", b"\xfa", b"\xfb", b"\xfc", b"\xfd", b"\xfe"])
def test_real_time_is_passed_over(byte: bytes) -> None:
    between = song(track(*scale(), *[(i + 0.5, byte) for i in range(8)]))
    assert read(between) == read(song(track(*scale())))
    # With running status, and in the middle of a message.
    running = b"\0\x90\x3c\x50" + number(240) + byte + number(240) + b"\x3c\0" + b"\0" + END
    assert times(read(song(chunk(b"MTrk", running)))) == [(60, 0, 1)]
    inside = b"\0\x90" + byte + b"\x3c" + byte + byte + b"\x50" + number(480) + b"\x3c" + byte + b"\0\0" + END
    assert times(read(song(chunk(b"MTrk", inside)))) == [(60, 0, 1)]


@pytest.mark.parametrize("message", ["F1 10", "F2 10 20", "F3 10", "F4", "F5", "F6", "F0 03 01 02 F7", "F7 01 F8"])
def test_system_messages_are_passed_over(message: str) -> None:
    data = b"\0\x90\x3c\x50" + number(240) + bytes.fromhex(message) + number(240) + b"\x3c\0" + b"\0" + END
    assert times(read(song(chunk(b"MTrk", data)))) == [(60, 0, 1)]


def test_system_exclusive_that_never_ends_is_cut() -> None:
    piece = read(song(track(*scale(4), (8, b"\xf0\xff\x7f\1\2\3"))))
    assert len(piece.notes) == 4
    assert piece.warnings


# ---- formats ---------------------------------------------------------------------------------------------------------


def test_format_2_with_one_pattern_is_read() -> None:
    assert read(song(track(*scale()), form=2)) == read(song(track(*scale())))
    assert len(read(song(track((0, tempo(90))), track(*scale()), form=2)).notes) == 8
    with pytest.raises(MidiFileError, match=r"song\.mid.*format 2, with several patterns; save it as"):
        read(song(track(*scale()), track(*scale()), form=2))
    with pytest.raises(MidiFileError, match="format 7"):
        read(song(track(*scale()), form=7))


# ---- hostile files ---------------------------------------------------------------------------------------------------


def test_a_bomb_is_refused() -> None:
    with pytest.raises(MidiFileError, match="more than 1,000,000 messages"):
        read(song(chunk(b"MTrk", b"\0\x90\x3c\x50" + b"\0\x3c\x50" * 1_100_000)))
    with pytest.raises(MidiFileError, match="longer than a day"):
        read(song(chunk(b"MTrk", b"\xff\xff\xff\x7f\xa0\0\0" * 1000 + content(*scale()))))


@pytest.mark.parametrize("length", [0, 4, 5, 100_000, 0xFFFFFFFF])
def test_many_tracks_that_lie_are_read_once_each(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counted(data: bytes, *rest: Any) -> Any:
        sizes.append(len(data))
        return read_track(data, *rest)

    monkeypatch.setattr(chunks, "read_track", counted)
    lies = b"".join(chunk(b"MTrk", b"\0\x90\x3c\x50" + b"\0\x3c\x50" * 50, length) for _ in range(2000))
    with suppress(MidiFileError):
        assert read(song(lies, count=9)).warnings
    assert sum(sizes) <= 3 * len(lies)


SEEDS = [
    WHOLE,
    riff((b"LIST", INFO), (b"data", WHOLE)),
    song(track((0, meta(0x21, b"\1")), (0, cc(64, 127)), (0, program(5)), *scale(), (9, cc(123)), (9, cc(121)))),
    song(track((0, meta(3, "夜想曲".encode("cp932"))), (2, b"\xf8"), (3, b"\xf0\2\1\xf7"), *scale(5, 9))),
]
mutation = st.one_of(
    st.tuples(st.just("set"), st.floats(0, 1), st.binary(min_size=1, max_size=4)),
    st.tuples(st.just("insert"), st.floats(0, 1), st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("delete"), st.floats(0, 1), st.binary(min_size=1, max_size=30)),
    st.tuples(st.just("cut"), st.floats(0, 1), st.just(b"")),
)


@given(st.sampled_from(SEEDS), st.lists(mutation, min_size=1, max_size=6), st.sampled_from(TimeBase))
@settings(max_examples=200, deadline=None)
def test_any_damage_is_one_line_or_music(
    seed: bytes, mutations: list[tuple[str, float, bytes]], base: TimeBase
) -> None:
    data = bytearray(seed)
    for kind, place, what in mutations:
        at = int(place * len(data))
        if kind == "cut":
            del data[at:]
        else:
            data[at : at + (0 if kind == "insert" else len(what))] = b"" if kind == "delete" else what
    try:
        piece = read(bytes(data), base)
    except MidiFileError as error:
        assert str(error).startswith("song.mid ")  # noqa: PT017 - either may happen
        assert "\n" not in str(error)  # noqa: PT017
        return
    assert piece.notes
    assert all(note.onset >= 0 and note.duration >= 0 and 0 <= note.pitch < 128 for note in piece.notes)
    assert piece.length <= 24 * 3600
    assert piece.tempo > 0
    assert piece.clock()(piece.length) >= 0
    assert piece.bars >= 0


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.MID"
    path.write_bytes(song(track((0, meta(3, b"\x8c\xf0\x8b\xbf\x8b\xc8")))))
    with pytest.raises(MidiFileError, match=r"a\.MID has no notes"):
        midifile.read(path)
    path.write_bytes(WHOLE)
    assert midifile.read(path).source == str(path)


# ---- written -----------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 8), st.integers(60, 62), st.integers(1, 127)),
        min_size=1,
        max_size=12,
    )
)
def test_equal_pitches_never_overlap_in_what_is_written(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    """Those that start together become one, the longest and loudest; each is cut at the next, which sounds as long."""
    notes = sorted(Note(on / 4, length / 4, pitch, velocity, 0) for on, length, pitch, velocity in rows)
    path = tmp_path_factory.mktemp("written") / "a.mid"
    midifile.write(path, Piece(tuple(notes), parts=(Part("x"),)))
    wanted = []
    for onset, pitch in sorted({(note.onset, note.pitch) for note in notes}):
        same = [note for note in notes if (note.onset, note.pitch) == (onset, pitch)]
        later = [note.onset for note in notes if note.pitch == pitch and note.onset > onset]
        ends = [max(note.end, note.onset + 1 / 480) for note in notes if note.pitch == pitch and note.onset <= onset]
        end = min([max(ends), *later])
        wanted.append((onset, pitch, round(480 * end), max(note.velocity for note in same)))
    found = midifile.read(path).notes
    assert sorted((n.onset, n.pitch, round(480 * n.end), n.velocity) for n in found) == wanted


def test_names_that_are_not_utf_8_are_written(tmp_path: Path) -> None:
    """With a question mark for what UTF-8 cannot hold; a file's name may be a title."""
    midifile.write(tmp_path / "a.mid", Piece((Note(0, 1, 60, 80, 0),), parts=(Part("caf\udce9"),), title="m\udcff"))
    piece = midifile.read(tmp_path / "a.mid")
    assert (piece.title, piece.parts[0].name) == ("m?", "caf?")


def test_what_is_out_of_range_is_written_as_near_as_possible(tmp_path: Path) -> None:
    notes = (Note(0.0, 0.0, 60, 0, 0), Note(1.0, 1.0, 62, 200, 0))
    for tempo_given, microseconds in ((1e-3, 0xFFFFFF), (1e9, 1), (30e6, 2), (120.0, 500_000)):
        midifile.write(tmp_path / "a.mid", Piece(notes, tempo=tempo_given, parts=(Part("x"),)))
        data = (tmp_path / "a.mid").read_bytes()
        assert b"\xff\x51\x03" + microseconds.to_bytes(3, "big") in data
        assert data.count(b"\xff\x51") == 1
        assert [note.velocity for note in midifile.read(tmp_path / "a.mid").notes] == [1, 127]
