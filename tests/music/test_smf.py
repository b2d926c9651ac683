"""The bytes of MIDI files, whole and broken."""

import random

import numpy as np
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
    assert file.tracks[1].messages.tolist() == [
        [0, 0xC0, 73, 0],
        [0, 0x90, 72, 80],
        [96, 0x90, 72, 0],
        [96, 0x90, 74, 96],
        [144, 0x80, 74, 64],
        [288, 0x90, 76, 64],
        [480, 0x80, 76, 64],
    ]


def test_messages_that_are_not_music_are_skipped() -> None:
    file = smf.parse(midi.content("odd"))
    (track,) = file.tracks
    assert track.name == "Coré"
    assert not file.tempos
    assert not file.meters
    assert (track.messages[:, 1] >> 4).tolist() == [9, 9, 8, 9]


def test_a_riff_container_is_unwrapped() -> None:
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
def test_a_file_cut_short_anywhere_is_read_as_far_as_it_goes_or_refused(name: str) -> None:
    whole = smf.parse(midi.content(name))
    for length in range(len(midi.content(name))):
        try:
            file = smf.parse(midi.content(name)[:length])
        except smf.DamagedError:
            continue
        assert file.warnings
        for track, entire in zip(file.tracks, whole.tracks, strict=False):
            assert np.array_equal(track.messages, entire.messages[: len(track.messages)])


@pytest.mark.parametrize(
    ("at", "value", "says"),
    [
        (0, b"RIFX", "MIDI header"),
        (8, b"\0\2", "format"),
        (12, b"\0\0", "division is 0"),
        (12, b"\x80\1", "division is invalid"),
        (14 + 8, b"\xff\xff\xff\xff\x7f", "longer than four bytes"),
        (14 + 9, b"\x40", "invalid MIDI message"),
    ],
)
def test_damage_is_named(at: int, value: bytes, says: str) -> None:
    whole = midi.content("two_voices")
    with pytest.raises(smf.DamagedError, match=says):
        smf.parse(whole[:at] + value + whole[at + len(value) :])


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(noise: bytes, headed: bool) -> None:
    head = bytes.fromhex("4D546864 00000006 0001 0001 0060 4D54726B")
    data = head + len(noise).to_bytes(4, "big") + noise if headed else noise
    try:
        file = smf.parse(data)
    except smf.DamagedError:
        return
    # What was read never outgrows what was there.
    assert sum(len(track.messages) for track in file.tracks) <= len(data)


def test_damaged_files_are_read_or_refused() -> None:
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


# ---- writing -------------------------------------------------------------------------------------


@given(st.data())
def test_a_parsed_file_survives_serialising(data: st.DataObject) -> None:
    ticks = st.integers(0, 1 << 20)
    data_byte = st.integers(0, 127)
    channel = st.integers(0, 15)
    message = st.one_of(
        st.builds(lambda c, p, v: (0x80 | c, p, v), channel, data_byte, data_byte),
        st.builds(lambda c, p, v: (0x90 | c, p, v), channel, data_byte, data_byte),
        st.builds(lambda c, v: (0xB0 | c, 64, v), channel, data_byte),
        st.builds(lambda c, p: (0xC0 | c, p, 0), channel, data_byte),
    )
    names = st.text(st.sampled_from("aZ9éß日-"), max_size=140)
    tracks = []
    for _ in range(data.draw(st.integers(1, 4))):
        rows = data.draw(st.lists(st.tuples(ticks, message), max_size=20))
        messages = [(tick, *content) for tick, content in sorted(rows, key=lambda row: row[0])]
        tracks.append(smf.Track(data.draw(names), smf.messages_of(messages), data.draw(ticks) + (1 << 20)))
    tempos = st.lists(st.tuples(ticks, st.integers(1, 0xFFFFFF)), max_size=5)
    meters = st.lists(st.tuples(ticks, st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16, 32, 64])), max_size=5)
    time_code = data.draw(st.booleans())
    frames = data.draw(st.sampled_from([24.0, 25.0, 30000 / 1001, 30.0]))
    file = smf.File(
        division=frames * data.draw(st.integers(1, 255)) if time_code else data.draw(st.integers(1, 0x7FFF)),
        seconds=time_code,
        tracks=tracks,
        tempos=sorted(data.draw(tempos), key=lambda tempo: tempo[0]),
        meters=sorted(data.draw(meters), key=lambda meter: meter[0]),
    )
    assert smf.parse(smf.serialise(file)) == file


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (smf.File(0), "0 ticks per quarter note"),
        (smf.File(0x8000), "32768 ticks per quarter note"),
        (smf.File(1001.0, seconds=True), "1001 ticks per second"),
        (smf.File(96, tracks=[smf.Track()], meters=[(0, 3, 6)]), "3/6"),
        (smf.File(96, tracks=[smf.Track()], meters=[(0, 256, 4)]), "256"),
        (smf.File(96, tracks=[smf.Track(messages=smf.messages_of([(0, 0x90, 128, 64)]))]), "outside 0 to 127"),
        (smf.File(96, tracks=[smf.Track(messages=smf.messages_of([(0, 0x90, 60, -1)]))]), "outside 0 to 127"),
        (smf.File(96, tracks=[smf.Track(end=1 << 28)]), "too long"),
        (
            smf.File(96, tracks=[smf.Track(messages=smf.messages_of([(9, 0x90, 60, 64), (8, 0x80, 60, 64)]))]),
            "negative",
        ),
    ],
)
def test_what_no_file_can_hold_is_not_written(file: smf.File, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        smf.serialise(file)


def test_bytes_of_a_file() -> None:
    """Running status, numbers of several bytes, a meta event that ends running status."""
    messages = [(0, 0xC3, 73, 0), (0, 0x93, 60, 80), (0, 0x93, 64, 80), (128, 0x83, 60, 64), (128, 0x93, 64, 0)]
    file = smf.File(
        480, tracks=[smf.Track("é", smf.messages_of(messages), 16512)], tempos=[(0, 500_000)], meters=[(128, 6, 8)]
    )
    assert smf.serialise(file) == bytes.fromhex(
        "4D546864 00000006 0001 0001 01E0"
        "4D54726B 0000002E"
        "00 FF0302C3A9"
        "00 FF510307A120"
        "00 C349"
        "00 933C50"
        "00 4050"
        "8100 FF580406031808"
        "00 833C40"
        "00 934000"
        "818000 FF2F00"
    )
