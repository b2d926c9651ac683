"""Rewritten file: a MIDI file in which some notes have given way to others, and all else is as it was."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from musiclstm.engine.offline.rewriting import Rewritten
from musiclstm.errors import MidiFileError, reason
from musiclstm.files import write_atomic
from musiclstm.music import smf
from musiclstm.music.midi_notes import controls_of, spans_of, sustain
from musiclstm.music.midifile import Span, apart
from musiclstm.music.note import Note, Piece, TimeBase
from musiclstm.music.tempo_map import beats_of, seconds_of

_Key = tuple[int, int, int]  # track, line and pitch
_Message = tuple[int, int, int, int]  # tick, status and two data bytes


def write(target: Path, found: Rewritten, notes: Sequence[Note]) -> None:
    """Write the file that was read with these notes instead of the old ones. Raises MidiFileError.

    notes: of the parts of `found.piece`. All other notes, programs, the pedal and names stay as they are, in their
    tracks; tempos, time signatures, markers and texts (as markers) in the first. All else is not kept.
    """
    file = smf.parse(found.content)
    notes_of_file = _Notes(file, found.piece)
    kept, new = notes_of_file.without(found.old), notes_of_file.placed(notes)
    rows: list[list[_Message]] = [
        [tuple(row) for row in track.messages.tolist() if row[1] & 0xF0 > 0x90] for track in file.tracks
    ]
    for key in {**kept, **new}:
        number, line, pitch = key
        for start, stop, velocity in [*kept[key], *_beside(new[key], kept[key])]:
            # One without length, as of drums, ends after it begins, and not with the note-offs of others before it.
            off = (stop, 0x80 | line, pitch, 64) if stop > start else (stop, 0x90 | line, pitch, 0)
            rows[number] += [(start, 0x90 | line, pitch, velocity), off]
    for track, messages in zip(file.tracks, rows, strict=True):
        track.messages = smf.messages_of(sorted(messages, key=_order))
        track.end = max(track.end, *(message[0] for message in messages), 0)
    try:
        write_atomic(target, smf.serialise(replace(file, tracks=file.tracks)))
    except (OSError, ValueError) as error:
        raise MidiFileError(f"{target} cannot be written: {reason(error)}") from error


class _Notes:
    """The notes of a file, from which a piece was read: where each of them lies in it, and where others would."""

    def __init__(self, file: smf.File, piece: Piece) -> None:
        seconds = piece.base is TimeBase.SECONDS
        controls = controls_of(file, pedal=seconds)
        self._written = spans_of(file, controls)
        heard = sustain(self._written, controls, file) if seconds else self._written
        self._clock = seconds_of(file) if seconds else beats_of(file)
        self._keys = list(zip(self._clock(heard.start).tolist(), heard.pitch.tolist(), strict=True))
        self._homes = _homes(piece, self._keys, self._written.voice.tolist())
        self._end = max(track.end for track in file.tracks)

    def without(self, old: Sequence[Note]) -> defaultdict[_Key, list[Span]]:
        """The notes that stay when these give way."""
        notes, gone = self._written, self._found(old)
        kept: defaultdict[_Key, list[Span]] = defaultdict(list)
        for index in range(len(notes.start)):
            if index not in gone:
                track, line, _ = notes.voices[notes.voice[index]]
                span = int(notes.start[index]), int(notes.end[index]), int(notes.velocity[index])
                kept[track, line, int(notes.pitch[index])].append(span)
        return kept

    def _found(self, old: Sequence[Note]) -> set[int]:
        """Which notes of the file these are; of several alike, first that in the voice of the part."""
        voices, gone = self._written.voice, set[int]()
        for note in old:
            key = note.onset, note.pitch
            same = [index for index, each in enumerate(self._keys) if each == key and index not in gone]
            if same:
                gone.add(min(same, key=lambda index: voices[index] != self._homes[note.part]))
        return gone

    def placed(self, notes: Sequence[Note]) -> defaultdict[_Key, list[Span]]:
        """Where notes lie that are not in the file."""
        new: defaultdict[_Key, list[Span]] = defaultdict(list)
        for note in notes:
            track, line, _ = self._written.voices[self._homes[note.part]]
            start, stop = self._tick_of(note.onset), self._tick_of(note.end)
            new[track, line, note.pitch].append((start, max(start + 1, stop), note.velocity))
        return new

    def _tick_of(self, time: float) -> int:
        clock = self._clock
        return bisect_left(range(2 * self._end), time - 1e-9, key=lambda tick: float(clock(np.array([tick]))[0]))


def _beside(new: Sequence[Span], kept: Sequence[Span]) -> list[Span]:
    """The new notes of one pitch of a line, `apart`, and cut so that none overlaps one that is kept.

    One that would begin while another is kept is not heard beside it.
    """
    return apart(
        (start, min((first for first, _, _ in kept if start < first < stop), default=stop), velocity)
        for start, stop, velocity in new
        if not any(first <= start < last for first, last, _ in kept)
    )


def _order(message: _Message) -> tuple[int, int]:
    """At one tick note-offs come first, then programs and controllers, then note-ons."""
    return message[0], {0x80: 0, 0x90: 2}.get(message[1] & 0xF0, 1)


def _homes(piece: Piece, keys: Sequence[tuple[float, int]], voices: Sequence[int]) -> dict[int, int]:
    """For each part of the model, the file's voice that has most of its notes; the fullest where it has none."""
    of_key: dict[tuple[float, int], list[int]] = {}
    for key, voice in zip(keys, voices, strict=True):
        of_key.setdefault(key, []).append(voice)
    counts: dict[int, Counter[int]] = {index: Counter() for index in range(len(piece.parts))}
    for note in piece.notes:
        counts[note.part].update(of_key.get((note.onset, note.pitch), ()))
    fullest = Counter(voices).most_common(1)[0][0]
    return {part: count.most_common(1)[0][0] if count else fullest for part, count in counts.items()}
