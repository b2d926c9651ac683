"""The bytes of MIDI files, whole and broken."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music import smf
from tests import midi


def test_a_whole_file_gives_every_message() -> None:
    file = smf.parse(midi.content("two_voices"))
    assert (file.division, file.seconds) == (96, False)
    assert file.tempos == [(0, 666_667)]
    assert file.meters == [(0, 3, 4)]
    assert [(track.name, track.end) for track in file.tracks] == [
        ("Test", 0),
        ("Flute", 480),
        ("", 120),
    ]
    assert file.tracks[1].messages == [
        (0, 0xC0, 73, 0),
        (0, 0x90, 72, 80),
        (96, 0x90, 72, 0),
        (96, 0x90, 74, 96),
        (144, 0x80, 74, 64),
        (288, 0x90, 76, 64),
        (480, 0x80, 76, 64),
    ]


def test_what_is_not_music_is_passed_over() -> None:
    file = smf.parse(midi.content("odd"))
    (track,) = file.tracks
    assert track.name == "Coré"
    assert not file.tempos
    assert not file.meters
    assert [message[1] >> 4 for message in track.messages] == [9, 9, 8, 9]


def test_the_wrapping_of_windows_is_taken_off() -> None:
    whole = midi.content("two_voices")
    size = len(whole).to_bytes(4, "little")
    wrapped = b"RIFF" + (len(whole) + 12).to_bytes(4, "little") + b"RMIDdata" + size + whole
    assert smf.parse(wrapped) == smf.parse(whole)


@pytest.mark.parametrize(
    ("division", "ticks_a_second"),
    [("E7 28", 1000.0), ("E8 04", 96.0), ("E2 50", 2400.0), ("E3 64", 3_000_000 / 1001)],
)
def test_time_code_counts_seconds(division: str, ticks_a_second: float) -> None:
    whole = midi.content("odd")
    file = smf.parse(whole[:12] + bytes.fromhex(division) + whole[14:])
    assert file.seconds
    assert file.division == pytest.approx(ticks_a_second)


@pytest.mark.parametrize("name", ["two_voices", "pedal", "odd"])
def test_a_file_cut_short_anywhere_is_refused(name: str) -> None:
    whole = midi.content(name)
    smf.parse(whole)
    for length in range(len(whole)):
        with pytest.raises(smf.DamagedError):
            smf.parse(whole[:length])


@pytest.mark.parametrize(
    ("at", "value", "says"),
    [
        (0, b"RIFX", "MIDI header"),
        (8, b"\0\2", "format"),
        (12, b"\0\0", "division is 0"),
        (12, b"\x80\1", "division is invalid"),
        (14 + 8, b"\xff\xff\xff\xff\x7f", "longer than four bytes"),
        (14 + 9, b"\x40", "invalid MIDI message"),
        (14 + 9, b"\xf8", "invalid MIDI message"),
    ],
)
def test_damage_is_named(at: int, value: bytes, says: str) -> None:
    whole = midi.content("two_voices")
    with pytest.raises(smf.DamagedError, match=says):
        smf.parse(whole[:at] + value + whole[at + len(value) :])


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_do_worse_than_be_refused(noise: bytes, headed: bool) -> None:
    head = bytes.fromhex("4D546864 00000006 0001 0001 0060 4D54726B")
    data = head + len(noise).to_bytes(4, "big") + noise if headed else noise
    try:
        file = smf.parse(data)
    except smf.DamagedError:
        return
    # What was read never outgrows what was there.
    assert sum(len(track.messages) for track in file.tracks) <= len(data)


def test_damaged_files_do_no_worse_than_be_refused() -> None:
    rng = random.Random(0)
    for name in ("two_voices", "pedal", "odd"):
        whole = midi.content(name)
        for _ in range(500):
            data = bytearray(whole)
            for _ in range(rng.randint(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            try:
                smf.parse(bytes(data))
            except smf.DamagedError:
                continue
