"""Pieces from files and back."""

import os
import random
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import MidiFileError
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from tests import midi
from tests.music import strategies


@pytest.fixture
def two_voices(tmp_path: Path) -> Path:
    return midi.file(tmp_path, "two_voices")


# ---- reading -------------------------------------------------------------------------------------


def test_a_file_is_read_in_beats(two_voices: Path) -> None:
    piece = midifile.read(two_voices)
    assert piece == Piece(
        notes=(
            Note(0.0, 0.25, 36, 100, 1),
            Note(0.0, 1.0, 72, 80, 0),
            Note(1.0, 0.25, 38, 100, 1),
            Note(1.0, 0.5, 74, 96, 0),
            Note(3.0, 2.0, 76, 64, 0),
        ),
        base=TimeBase.BEATS,
        meters=(Meter(3, 4),),
        tempo=90.0,
        parts=(
            Part("Flute", 73, 0, 72, 76),
            Part("Part 2", 0, 9, 36, 38, percussive=True),
        ),
        title="Test",
    )


# ---- files that cannot be read -------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MidiFileError, match=r"There is no file .*gone\.mid"):
        midifile.read(tmp_path / "gone.mid")
    with pytest.raises(MidiFileError, match="There is no file"):
        midifile.read(midi.file(tmp_path, "odd") / "below.mid")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"To be, or not to be, that is the question", "it does not start with a MIDI header"),
        (midi.content("two_voices")[:60], "no notes that can be read: it is cut short"),
        (midi.content("two_voices")[:20], "it is cut short"),
        (midi.content("two_voices")[:60] + b"\xff" * 30, "is not a MIDI file that can be read"),
        (bytes.fromhex("4D546864 00000006 0001 0000 0060"), "has no notes"),
        (bytes.fromhex("4D546864 00000006 0001 0001 0060 4D54726B 00000004 00FF2F00"), "no notes"),
        (
            bytes.fromhex("4D546864 00000006 0001 0001 0001 4D54726B 0000000B")
            + bytes.fromhex("FFFFFF7F 903C40 01 803C40"),
            "longer than a day",
        ),
    ],
)
def test_a_file_that_is_not_midi_gets_one_clear_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(content)
    with pytest.raises(MidiFileError, match=says) as caught:
        midifile.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folders_devices_and_impossible_names_get_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(MidiFileError, match="is a folder"):
        midifile.read(tmp_path)
    with pytest.raises(MidiFileError, match="is not a file"):
        midifile.read("/dev/zero")
    with pytest.raises(MidiFileError, match="cannot be read"):
        midifile.read("a\0b.mid")
    with pytest.raises(MidiFileError, match="cannot be read"):
        midifile.read(tmp_path / ("x" * 300))
    os.mkfifo(tmp_path / "pipe.mid")
    with pytest.raises(MidiFileError, match="is not a file"):
        midifile.read(tmp_path / "pipe.mid")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.mid"
    with path.open("wb") as huge:
        huge.truncate(1 << 40)
    with pytest.raises(MidiFileError, match="too large"):
        midifile.read(path)


@pytest.mark.parametrize("base", TimeBase)
def test_any_damage_is_a_midi_file_error_or_music(tmp_path: Path, base: TimeBase) -> None:
    rng = random.Random(1)
    path = tmp_path / "damaged.mid"
    for name in ("two_voices", "pedal", "odd"):
        whole = midi.content(name)
        for _ in range(200):
            data = bytearray(whole)
            for _ in range(rng.randint(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            path.write_bytes(data)
            try:
                piece = midifile.read(path, base)
            except MidiFileError as error:
                assert "\n" not in str(error)  # noqa: PT017 - either may happen
                continue
            assert piece.notes
            assert all(note.onset >= 0 and note.duration >= 0 for note in piece.notes)


# ---- writing -------------------------------------------------------------------------------------


def test_what_is_written_can_be_read_back(two_voices: Path, tmp_path: Path) -> None:
    piece = midifile.read(two_voices)
    midifile.write(tmp_path / "again.mid", piece)
    assert midifile.read(tmp_path / "again.mid") == piece


def test_a_performance_keeps_its_seconds(tmp_path: Path) -> None:
    notes = (Note(0.0, 0.35, 60, 80, 0), Note(1.234, 2.0, 62, 80, 0))
    piece = Piece(notes, TimeBase.SECONDS, tempo=97.0, parts=(Part("piano", 0, 0, 60, 62),))
    midifile.write(tmp_path / "a.mid", piece)
    again = midifile.read(tmp_path / "a.mid", TimeBase.SECONDS)
    assert again.tempo == 97.0
    for note, read in zip(notes, again.notes, strict=True):
        assert (read.onset, read.duration) == pytest.approx((note.onset, note.duration), abs=1e-3)


def test_a_sequencer_finds_all_it_needs(tmp_path: Path) -> None:
    piece = Piece(
        (Note(0, 1, 60, 80, 0), Note(0, 2.5, 48, 80, 1)),
        meters=(Meter(6, 8), Meter(4, 4, 3.0)),
        tempo=72.0,
        parts=(Part("Grüße", 52, 0), Part("Bass", 33, 1), Part("Silent", 5, 2)),
        title="A piece",
    )
    midifile.write(tmp_path / "a.mid", piece, tempos=[(2.0, 144.0)])
    found = mido.MidiFile(tmp_path / "a.mid", charset="utf-8")
    assert (found.type, found.ticks_per_beat) == (1, 480)
    assert [track.name for track in found.tracks] == ["A piece", "Grüße", "Bass", "Silent"]
    conductor = [(m.type, m.time) for m in found.tracks[0]]
    assert conductor == [
        ("track_name", 0),
        ("set_tempo", 0),
        ("time_signature", 0),
        ("set_tempo", 960),
        ("time_signature", 480),
        ("end_of_track", 0),
    ]
    assert [m.tempo for m in found.tracks[0] if m.type == "set_tempo"] == [833_333, 416_667]
    for channel, track in enumerate(found.tracks[1:]):
        programs = [(m.channel, m.program) for m in track if m.type == "program_change"]
        assert programs == [(channel, piece.parts[channel].program)]
        assert track[-1].type == "end_of_track"
    # Every track lasts as long as the music, or a sequencer's loop would be short.
    assert {sum(m.time for m in track) for track in found.tracks[1:]} == {1200}


def test_the_same_piece_gives_the_same_bytes(tmp_path: Path) -> None:
    piece = Piece((Note(0, 1, 60, 80, 0),))
    midifile.write(tmp_path / "a.mid", piece)
    first = (tmp_path / "a.mid").read_bytes()
    midifile.write(tmp_path / "b.mid", piece)
    assert (tmp_path / "b.mid").read_bytes() == first
    assert {path.name for path in tmp_path.iterdir()} >= {"a.mid", "b.mid"}
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


@given(st.data())
def test_every_note_on_written_has_its_own_note_off(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    vocabulary = data.draw(strategies.vocabularies())
    piece = replace(data.draw(strategies.pieces(vocabulary)), base=TimeBase.BEATS)
    path = tmp_path_factory.getbasetemp() / "property.mid"
    midifile.write(path, piece)
    for track in mido.MidiFile(path).tracks:
        sounding: Counter[tuple[int, int]] = Counter()
        for message in track:
            if message.type == "note_on":
                assert message.velocity > 0
                sounding[message.channel, message.note] += 1
                assert sounding[message.channel, message.note] == 1
            elif message.type == "note_off":
                sounding[message.channel, message.note] -= 1
        assert not +sounding


@given(st.data())
def test_a_clean_piece_survives_the_round_trip(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    slots = data.draw(st.sets(st.tuples(st.integers(0, 400), st.integers(0, 127), st.integers(0, 2)), min_size=1))
    lengths = st.integers(1, 24)
    notes = tuple(
        sorted(
            Note(at, data.draw(lengths) / 24, pitch, data.draw(st.integers(1, 127)), part) for at, pitch, part in slots
        )
    )
    used = sorted({note.part for note in notes})
    parts = tuple(
        replace(
            strategies.PARTS[part],
            low=min(n.pitch for n in notes if n.part == part),
            high=max(n.pitch for n in notes if n.part == part),
        )
        for part in used
    )
    notes = tuple(replace(n, part=used.index(n.part)) for n in notes)
    piece = Piece(notes, tempo=float(data.draw(st.integers(20, 300))), parts=parts, title="x")
    path = tmp_path_factory.getbasetemp() / "round.mid"
    midifile.write(path, piece)
    again = midifile.read(path)
    assert replace(again, notes=()) == replace(piece, notes=())
    key = [(n.onset, n.pitch, n.velocity, n.part) for n in again.notes]
    assert sorted(key) == sorted((n.onset, n.pitch, n.velocity, n.part) for n in piece.notes)
    assert sorted(n.duration for n in again.notes) == pytest.approx(sorted(n.duration for n in notes))


# ---- nothing lost --------------------------------------------------------------------------------


def test_what_was_there_stays_if_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "take.mid"
    path.write_bytes(b"precious")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MidiFileError, match=r"take\.mid cannot be written: No space left on device"):
        midifile.write(path, Piece((Note(0, 1, 60),)))
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.glob("*take*")) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    piece = Piece((Note(0, 1, 60),))
    for place in (tmp_path, tmp_path / "no" / "folder.mid", Path("/proc/x.mid")):
        with pytest.raises(MidiFileError, match="cannot be written"):
            midifile.write(place, piece)


def test_music_that_no_file_can_hold_is_one_line(tmp_path: Path) -> None:
    for note, says in ((Note(1e7, 1, 60), "too long"), (Note(0, 1, 128), "outside 0 to 127")):
        with pytest.raises(MidiFileError, match=f"cannot be written: .*{says}"):
            midifile.write(tmp_path / "a.mid", Piece((note,)))
    assert not list(tmp_path.glob("*a.mid*"))


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    piece = Piece((Note(0, 1, 60),))
    (tmp_path / "real.mid").write_bytes(b"old")
    (tmp_path / "link.mid").symlink_to(tmp_path / "real.mid")
    midifile.write(tmp_path / "link.mid", piece)
    assert (tmp_path / "link.mid").is_symlink()
    assert midifile.read(tmp_path / "real.mid").notes == piece.notes

    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    midifile.write(tmp_path / "pipe", piece)
    reader.join()
    assert (tmp_path / "pipe").is_fifo()
    assert got == [(tmp_path / "real.mid").read_bytes()]
