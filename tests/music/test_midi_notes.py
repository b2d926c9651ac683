"""Note-ons and note-offs as notes, and what the sustain pedal makes of them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from musiclstm.music import midifile, smf
from musiclstm.music.midi_notes import controls_of, spans_of, sustain
from musiclstm.music.midi_notes.spans import player_of
from musiclstm.music.midi_notes.unended import Move, unended
from musiclstm.music.note import Meter, TimeBase
from tests import midi
from tests.music import build


def test_the_pedal_holds_notes_in_seconds(tmp_path: Path) -> None:
    piece = midifile.read(midi.file(tmp_path, "pedal"), TimeBase.SECONDS)
    found = [(n.pitch, n.part, round(n.onset, 6), round(n.end, 6)) for n in piece.notes]
    assert found == [
        (48, 1, 0.0, 0.25),  # another channel has no pedal
        (60, 0, 0.0, 1.0),  # held until it is struck again
        (64, 0, 0.5, 2.0),  # held until the pedal is up, beyond a change of tempo
        (60, 0, 1.0, 2.0),
        (67, 0, 2.0, 2.5),
    ]


def test_a_score_ignores_the_pedal(tmp_path: Path) -> None:
    piece = midifile.read(midi.file(tmp_path, "pedal"))
    assert [(n.onset, n.end) for n in piece.notes if n.pitch == 64] == [(1.0, 1.5)]
    assert piece.title == "pedal"


def test_missing_note_offs_and_doubled_notes(tmp_path: Path) -> None:
    piece = midifile.read(midi.file(tmp_path, "odd"))
    assert [(n.pitch, n.onset, n.end) for n in piece.notes] == [
        (60, 0.0, 1.0),  # struck twice and ended once
        (60, 1.0, 2.0),
        (62, 3.0, 3.0),
    ]
    assert "2 notes are never ended" in " ".join(piece.warnings)
    assert (piece.tempo, piece.meters) == (120.0, (Meter(),))


PITCHES = st.integers(60, 62)
MESSAGES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(
            st.tuples(st.sampled_from([0x90, 0x91, 0x80, 0x81, 0x190, 0x690, 0x680]), PITCHES, st.integers(0, 2)),
            st.tuples(st.sampled_from([0xC0, 0xC1]), st.integers(0, 2), st.just(0)),
            st.tuples(st.sampled_from([0xB0, 0xB1]), st.sampled_from([64, 120, 121, 123]), st.integers(0, 127)),
        ),
    ),
    max_size=25,
)


def track_of(rows: list[tuple[int, tuple[int, int, int]]]) -> smf.Track:
    ticks = accumulate(delta for delta, _ in rows)
    messages = [(tick, *message) for tick, (_, message) in zip(ticks, rows, strict=True)]
    return smf.Track("", smf.messages_of(messages), messages[-1][0] + 1 if messages else 0)


FILES = st.lists(MESSAGES, max_size=3).map(lambda tracks: smf.File(480, tracks=[track_of(rows) for rows in tracks]))


@given(FILES)
def test_notes_are_paired_at_once_as_one_by_one(file: smf.File) -> None:
    """Where nothing else ends them, each note-off ends the earliest note; a program is the last one before a note."""
    spans = spans_of(file, controls_of(file))
    found = sorted(
        (spans.voices[voice], start, end, pitch, velocity)
        for voice, start, end, pitch, velocity in zip(*(column.tolist() for column in spans[1:]), strict=True)
    )
    assert [voice for voice, *_ in found] == sorted(voice for voice, *_ in found)
    assert {voice for voice, *_ in found} == set(spans.voices)
    expected = []
    for index, track in enumerate(file.tracks):
        rows = track.messages.tolist()
        for line, pitch in {(row[1] & ~0xF0, row[2]) for row in rows if row[1] & 0xF0 <= 0x90}:
            sounding: list[tuple[int, int]] = []
            simple, notes = not any(ends_of(file, line)), []
            for tick, status, first, second in rows:
                if (status & ~0xF0, first) != (line, pitch) or status & 0xF0 > 0x90:
                    continue
                if status & 0x10 and second:
                    sounding.append((tick, second))
                elif sounding:
                    start, velocity = sounding.pop(0)
                    notes.append(((index, line, program_of(file, index, line, start)), start, tick, pitch, velocity))
            if simple and not sounding:
                expected += notes
            else:
                found = [row for row in found if (row[0][:2], row[3]) != ((index, line), pitch)]
    assert found == sorted(expected)


@given(FILES)
def test_pitches_that_are_paired_at_once_would_be_the_same_one_by_one(file: smf.File) -> None:
    """Also where messages end all notes of a line: of all pitches, or of none that sounds."""
    other, moves = replace(file, warnings=[]), defaultdict[int, list[Move]](list)
    for index, track in enumerate(file.tracks):
        for tick, status, pitch, velocity in track.messages.tolist():
            if status & 0xF0 <= 0x90:
                player = player_of(index, status & ~0xF0)
                moves[player << 7 | pitch].append((tick, velocity if status & 0x10 else 0))
    controls = controls_of(file)
    spans = spans_of(file, controls)
    players = [player_of(track, line) for track, line, _ in spans.voices]
    found = sorted(
        (start, end, pitch, velocity, players[voice])
        for voice, start, end, pitch, velocity in zip(*(column.tolist() for column in spans[1:]), strict=True)
    )
    expected = unended(other, controls, moves, 0).T.tolist() if moves else []
    assert found == sorted(map(tuple, expected))
    assert file.warnings == other.warnings


@given(FILES)
def test_the_pedal_holds_each_note_as_it_would_alone(file: smf.File) -> None:
    controls = controls_of(file)
    spans = spans_of(file, controls)
    assume(len(spans.start))
    held = sustain(spans, controls, file)
    lines = [spans.voices[voice][1] for voice in spans.voice.tolist()]
    notes = list(zip(lines, spans.pitch.tolist(), spans.start.tolist(), spans.end.tolist(), strict=True))
    last = max(track.end for track in file.tracks)
    for (line, pitch, start, end), found in zip(notes, held.end.tolist(), strict=True):
        moves = controls.pedal.get(line, [])
        down = [value >= 64 for tick, value in moves if tick <= end][-1:] == [True]
        if line & 0xF == 9 or not down:
            assert found == end
            continue
        lifted = min((tick for tick, value in moves if tick > end and value < 64), default=None)
        stops = [last if lifted is None else lifted]
        stops += [other for line_, pitch_, other, _ in notes if (line_, pitch_) == (line, pitch) and other > start]
        stops += [tick for tick in controls.silences.get(line, []) if tick > start]
        until = min(stops)
        assert found == max(end, until if lifted is not None else min(until, end + 8 * 480))


def ends_of(file: smf.File, line: int) -> Iterator[bool]:
    for track in file.tracks:
        for _, status, first, _ in track.messages.tolist():
            yield status == 0xB0 | line and first in (120, 123)


def program_of(file: smf.File, index: int, line: int, tick: int) -> int:
    for tracks in (file.tracks[index : index + 1], file.tracks):
        changes = sorted(
            ((row[0], at, row[2]) for at, track in enumerate(tracks) for row in track.messages.tolist()
             if row[1] == 0xC0 | line and row[0] <= tick),
            key=lambda change: change[0],
        )  # fmt: skip
        if changes:
            return int(changes[-1][2])
    return 0


@given(st.lists(st.tuples(st.integers(0, 4), PITCHES, st.integers(1, 4)), min_size=1, max_size=20), st.data())
def test_notes_are_in_order(rows: list[tuple[int, int, int]], data: st.DataObject) -> None:
    tempos = data.draw(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 1 << 24)), max_size=4))
    events = [(beat / 480, build.meta(0x51, (value % (1 << 24) or 1).to_bytes(3, "big"))) for beat, value in tempos]
    events += [(start / 480, build.on(pitch)) for start, pitch, _ in rows]
    events += [((start + length) / 480, build.off(pitch)) for start, pitch, length in rows]
    content = build.song(build.track(), build.track(*events))
    for base in TimeBase:
        notes = midifile.parse(content, "song.mid", base).notes
        assert notes == tuple(sorted(notes))
