"""Containers, wrong lengths, stray bytes and damage: read as music, or refused in one line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.errors import MidiFileError
from musiclstm.music import midifile
from musiclstm.music.note import TimeBase
from musiclstm.music.smf import chunks
from musiclstm.music.smf.tracks import read_track
from tests.music.build import END, cc, chunk, content, meta, meter, number, program, scale, song, tempo, track
from tests.music.reading import read, times

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
