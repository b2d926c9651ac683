"""MIDI files as mido and symusic read and write them: the same music as ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
import symusic
from hypothesis import assume, given
from hypothesis import strategies as st

from musiclstm.music import midifile, smf
from musiclstm.music.midi_notes import channel_of, controls_of, spans_of
from musiclstm.music.note import Meter, Part, Piece, TimeBase
from tests.music import strategies

# Start tick, end tick, pitch, velocity.
Span = tuple[int, int, int, int]
# Name, program, whether it is on channel 10, notes in order.
Voice = tuple[str, int, bool, list[Span]]


@dataclass
class Music:
    """What a library finds in a file: (tick, microseconds), (tick, numerator, denominator), and tracks with notes."""

    division: int
    tempos: list[tuple[int, int]]
    meters: list[tuple[int, int, int]]
    voices: list[Voice]


def read_by_us(path: Path) -> Music:
    file = smf.parse(path.read_bytes())
    spans = spans_of(file, controls_of(file))
    notes = np.stack((spans.start, spans.end, spans.pitch, spans.velocity), axis=1)
    voices = [
        (file.tracks[track].name, program, channel_of(line) == 9, sorted(map(tuple, notes[spans.voice == i].tolist())))
        for i, (track, line, program) in enumerate(spans.voices)
    ]
    return Music(int(file.division), file.tempos, file.meters, sorted(voices))


def read_by_mido(path: Path) -> Music:
    file: Any = mido.MidiFile(path, charset="utf-8")
    music = Music(file.ticks_per_beat, [], [], [])
    for track in file.tracks:
        tick = 0
        programs: dict[int, int] = {}
        sounding: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        spans: dict[int, list[Span]] = defaultdict(list)
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                music.tempos.append((tick, message.tempo))
            elif message.type == "time_signature":
                music.meters.append((tick, message.numerator, message.denominator))
            elif message.type == "program_change":
                programs.setdefault(message.channel, message.program)
            elif message.type == "note_on" and message.velocity:
                sounding[message.channel, message.note].append((tick, message.velocity))
            elif message.type in ("note_on", "note_off"):
                start, velocity = sounding[message.channel, message.note].pop(0)
                spans[message.channel].append((start, tick, message.note, velocity))
        music.voices += [
            (track.name, programs.get(channel, 0), channel == 9, sorted(notes)) for channel, notes in spans.items()
        ]
    music.voices.sort()
    return music


def read_by_symusic(path: Path) -> Music:
    score: Any = symusic.Score(path)
    voices = [
        (
            track.name,
            track.program,
            track.is_drum,
            sorted((n.time, n.time + n.duration, n.pitch, n.velocity) for n in track.notes),
        )
        for track in score.tracks
        if len(track.notes)
    ]
    return Music(
        score.ticks_per_quarter,
        [(tempo.time, tempo.mspq) for tempo in score.tempos],
        [(meter.time, meter.numerator, meter.denominator) for meter in score.time_signatures],
        sorted(voices),
    )


def check(path: Path, expected: Music | None = None) -> None:
    """All three read the same, and it is what is expected."""
    ours = read_by_us(path)
    assert ours == read_by_mido(path)
    assert ours == read_by_symusic(path)
    assert expected is None or ours == expected


# ---- written by us ---------------------------------------------------------------------------------------------------

names = st.text(st.sampled_from("aZ9éß日-"), max_size=140)
denominators = st.sampled_from([1, 2, 4, 8, 16, 32, 64])


@given(st.data())
def test_what_we_write_is_read_alike_by_all(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    channels = data.draw(st.permutations(range(16)))
    count = data.draw(st.integers(1, 5))
    parts = tuple(Part(data.draw(names), data.draw(st.integers(0, 127)), channels[i]) for i in range(count))
    piece = Piece(
        notes=tuple(data.draw(st.lists(strategies.notes(count), max_size=30))),
        base=data.draw(st.sampled_from(TimeBase)),
        meters=(
            Meter(data.draw(st.integers(1, 255)), data.draw(denominators)),
            Meter(data.draw(st.integers(1, 255)), data.draw(denominators), data.draw(st.integers(1, 40))),
        ),
        tempo=data.draw(st.floats(4, 1000)),
        parts=parts,
        title=data.draw(names),
    )
    tempos = data.draw(st.lists(st.tuples(st.floats(0, 40), st.floats(4, 1000)), max_size=5))
    path = tmp_path_factory.getbasetemp() / "ours.mid"
    midifile.write(path, piece, tempos)
    check(path)
    music = read_by_us(path)
    assert {(name, program, drums) for name, program, drums, _ in music.voices} <= {
        (part.name, part.program, part.channel == 9) for part in parts
    }
    assert music.meters[0][1:] == (piece.meters[0].numerator, piece.meters[0].denominator)


# ---- written by others -----------------------------------------------------------------------------------------------


@st.composite
def music(draw: st.DrawFn) -> Music:
    """Draw music that each library can write: notes of the same pitch do not overlap, nor do changes coincide."""

    def changes(values: st.SearchStrategy[Any]) -> list[Any]:
        later = sorted(draw(st.sets(st.integers(1, 20_000), max_size=4)))
        return [(tick, *draw(values)) for tick in (0, *later)]

    voices: list[Voice] = []
    for index in range(draw(st.integers(1, 4))):
        spans: list[Span] = []
        for pitch in sorted(draw(st.sets(st.integers(0, 127), min_size=1, max_size=6))):
            cuts = sorted(draw(st.sets(st.integers(0, 20_000), min_size=2, max_size=8)))
            spans += [
                (start, end, pitch, draw(st.integers(1, 127)))
                for start, end in zip(cuts[::2], cuts[1::2], strict=False)
            ]
        # Each name once, and not empty: symusic merges tracks by what they are.
        voices.append((f"{index}{draw(names)}", draw(st.integers(0, 127)), draw(st.booleans()), sorted(spans)))
    return Music(
        draw(st.integers(1, 0x7FFF)),
        changes(st.tuples(st.integers(1000, 0xFFFFFF))),
        changes(st.tuples(st.integers(1, 255), denominators)),
        sorted(voices),
    )


def written_by_mido(draw: Any, content: Music) -> Any:
    """A file with running status, either kind of note-off, and messages that are ignored in between."""
    conductor = [
        *((tick, 0, mido.MetaMessage("set_tempo", tempo=tempo)) for tick, tempo in content.tempos),
        *(
            (tick, 1, mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator))
            for tick, numerator, denominator in content.meters
        ),
    ]
    file: Any = mido.MidiFile(type=1, ticks_per_beat=content.division, charset="utf-8")
    file.tracks.append(in_order(conductor))
    noise = st.sampled_from(
        [
            mido.Message("sysex", data=(0x7E, 0x7F, 9, 1)),
            mido.Message("pitchwheel", pitch=-300),
            mido.Message("control_change", control=7, value=100),
            mido.Message("aftertouch", value=3),
            mido.Message("polytouch", note=60, value=3),
            mido.MetaMessage("lyrics", text="la"),
            mido.MetaMessage("key_signature", key="Eb"),
            mido.MetaMessage("midi_port", port=0),
        ]
    )
    for index, (name, program, drums, spans) in enumerate(content.voices):
        channel = 9 if drums else index
        rows = [
            (0, 0, mido.MetaMessage("track_name", name=name)),
            (0, 1, mido.Message("program_change", channel=channel, program=program)),
        ]
        for start, end, pitch, velocity in spans:
            kind, at_end = draw(st.sampled_from([("note_off", 64), ("note_off", 0), ("note_on", 0)]))
            rows.append((start, 4, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
            rows.append((end, 2, mido.Message(kind, channel=channel, note=pitch, velocity=at_end)))
        for tick in draw(st.lists(st.integers(0, 20_000), max_size=4)):
            message = draw(noise)
            rows.append((tick, 3, message.copy(channel=channel) if hasattr(message, "channel") else message))
        file.tracks.append(in_order(rows))
    return file


def in_order(rows: Sequence[tuple[int, int, Any]]) -> Any:
    track, now = mido.MidiTrack(), 0
    for tick, _, message in sorted(rows, key=lambda row: row[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def written_by_symusic(content: Music, path: Path) -> None:
    score: Any = symusic.Score(content.division)
    for tick, tempo in content.tempos:
        score.tempos.append(symusic.Tempo(tick, mspq=tempo))
    for tick, numerator, denominator in content.meters:
        score.time_signatures.append(symusic.TimeSignature(tick, numerator, denominator))
    for name, program, drums, spans in content.voices:
        track: Any = symusic.Track(name, program, drums)
        for start, end, pitch, velocity in spans:
            track.notes.append(symusic.Note(start, end - start, pitch, velocity))
        score.tracks.append(track)
    score.dump_midi(path)


@given(st.data(), music())
def test_what_mido_writes_is_read_alike_by_all(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, content: Music
) -> None:
    path = tmp_path_factory.getbasetemp() / "mido.mid"
    file = written_by_mido(data.draw, content)
    file.save(path)
    check(path, content)


@given(st.data(), music())
def test_one_track_with_many_channels_is_read_alike_by_all(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, content: Music
) -> None:
    assume(sum(drums for _, _, drums, _ in content.voices) <= 1)  # two would share channel 10
    path = tmp_path_factory.getbasetemp() / "one_track.mid"
    file = written_by_mido(data.draw, content)
    nameless = [message for message in mido.merge_tracks(file.tracks) if message.type != "track_name"]
    file.type, file.tracks = 0, [mido.MidiTrack(nameless)]
    file.save(path)
    check(path)


@given(music())
def test_what_symusic_writes_is_read_alike_by_all(tmp_path_factory: pytest.TempPathFactory, content: Music) -> None:
    path = tmp_path_factory.getbasetemp() / "symusic.mid"
    written_by_symusic(content, path)
    check(path, content)


@given(music())
def test_pieces_keep_what_others_wrote(tmp_path_factory: pytest.TempPathFactory, content: Music) -> None:
    path = tmp_path_factory.getbasetemp() / "piece.mid"
    written_by_symusic(content, path)
    piece = midifile.read(path)
    found = sorted(
        (piece.parts[note.part].name, note.pitch, note.onset, note.duration, note.velocity) for note in piece.notes
    )
    assert found == sorted(
        (name, pitch, start / content.division, end / content.division - start / content.division, velocity)
        for name, _, _, spans in content.voices
        for start, end, pitch, velocity in spans
    )
    assert {(part.name, part.program, part.percussive) for part in piece.parts} == {
        voice[:3] for voice in content.voices
    }
