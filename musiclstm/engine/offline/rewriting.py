"""Rewriting bars of a MIDI file: which notes of the file give way, and where the new ones go."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musiclstm.engine.performer.steering import Steering
from musiclstm.errors import MidiFileError, UsageError
from musiclstm.files import write_atomic
from musiclstm.model import rewriting
from musiclstm.model.modelfile import ModelFile
from musiclstm.music import midifile, smf
from musiclstm.music.midi_notes import controls_of, spans_of, sustain
from musiclstm.music.midifile import Span, apart
from musiclstm.music.note import Note, Piece, TimeBase
from musiclstm.music.parts import assign
from musiclstm.music.tempo_map import beats_of, seconds_of

_Key = tuple[int, int, int]  # track, line and pitch


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Proposals for a file.

    nats: of these bars and the four after them, as they are in the file; following: of what of them is kept. old: the
    notes that give way.
    """

    path: Path
    piece: Piece
    passage: rewriting.Passage
    old: list[Note]
    nats: float
    following: float
    proposals: list[rewriting.Proposal]


def bar_lines(piece: Piece) -> list[float]:
    """Beats at which the bars of a piece in beats begin, and at last where the last of them ends."""
    lines: list[float] = []
    for meter, following in zip(piece.meters, (*piece.meters[1:], None), strict=True):
        at, end = meter.onset, piece.length if following is None else min(following.onset, piece.length)
        while at < end - 1e-6:
            lines.append(at)
            at += meter.bar_beats
    return [*lines, at]


def rewrite(
    model: ModelFile, path: Path, bars: tuple[int, int], part: int | None, count: int, particles: int, seed: int
) -> Rewritten:
    """Proposals for bars of a file, counted from 1, the last included; of one part, or of all. Raises MidiFileError."""
    piece = assign(midifile.read(path, model.vocabulary.base), model.vocabulary)
    passage = _passage(model, path, bars, part)
    old = rewriting.replaced(model, piece, passage)
    if not old:
        raise MidiFileError(f"Bars {bars[0]}-{bars[1]} of {path} have no notes there that {model.title} could rewrite.")
    steering = Steering(model.vocabulary)
    steering.load(model.vocabulary, model.defaults, model.voices, model.players)
    constraints = steering.constraints(passage.parts, (), None)
    nats, following = rewriting.cost(model, piece, passage)
    proposals = rewriting.rewrite(
        model, piece, passage, count=count, particles=particles, seed=seed, constraints=constraints
    )
    return Rewritten(path, piece, passage, old, nats, following, proposals)


def part_called(model: ModelFile, name: str) -> int:
    """The number of the model's part with this name. Raises UsageError where none has it, or several have."""
    names = [each.name for each in model.vocabulary.parts]
    found = [number for number, each in enumerate(names) if each.casefold() == name.casefold()]
    if len(found) != 1:
        several = f"{len(found)} parts" if found else "no part"
        raise UsageError(f"{model.title} has {several} called {name}; it has {', '.join(names)}.")
    return found[0]


def _passage(model: ModelFile, path: Path, bars: tuple[int, int], part: int | None) -> rewriting.Passage:
    v = model.vocabulary
    score = midifile.read(path, TimeBase.BEATS)
    lines = bar_lines(score)
    first, last = bars
    if last >= len(lines):
        raise MidiFileError(f"{path} has {len(lines) - 1} bars; it has no bar {last}.")
    clock = score.clock() if v.base is TimeBase.SECONDS else float
    ticks = [round(clock(beat) * v.resolution) for beat in lines]
    parts = frozenset(range(len(v.parts))) if part is None else frozenset({part})
    until = ticks[min(last + rewriting.FOLLOWING, len(ticks) - 1)]
    return rewriting.Passage(tuple(ticks[first - 1 : last + 1]), until, parts)


def write(target: Path, found: Rewritten, model: ModelFile, notes: Sequence[Note]) -> None:
    """The file with these notes instead of the old ones. Raises MidiFileError.

    All other notes, programs, the pedal, names, tempos and time signatures stay as they are, in their tracks; texts and
    other controllers are not kept.
    """
    file = smf.parse(found.path.read_bytes())
    if any((track.messages[:, 1] > 0xFF).any() for track in file.tracks):
        raise MidiFileError(f"{found.path} uses several MIDI ports, which cannot be written; save it with one port.")
    seconds = model.vocabulary.base is TimeBase.SECONDS
    controls = controls_of(file, pedal=seconds)
    plain = spans_of(file, controls)
    heard = sustain(plain, controls, file) if seconds else plain
    clock = seconds_of(file) if seconds else beats_of(file)
    onsets = clock(heard.start).tolist()
    keys = list(zip(onsets, heard.pitch.tolist(), strict=True))
    homes = _homes(found.piece, keys, plain.voice.tolist())
    gone: set[int] = set()
    for note in found.old:
        same = [index for index, key in enumerate(keys) if key == (note.onset, note.pitch) and index not in gone]
        if same:
            gone.add(min(same, key=lambda index: plain.voice[index] != homes[note.part]))
    rows: list[list[tuple[int, int, int, int]]] = [
        [tuple(row) for row in track.messages.tolist() if row[1] & 0xF0 > 0x90] for track in file.tracks
    ]
    kept: defaultdict[_Key, list[Span]] = defaultdict(list)
    for index in range(len(plain.start)):
        if index not in gone:
            track, line, _ = plain.voices[plain.voice[index]]
            span = int(plain.start[index]), int(plain.end[index]), int(plain.velocity[index])
            kept[track, line, int(plain.pitch[index])].append(span)
    end = max(track.end for track in file.tracks)

    def tick_of(time: float) -> int:
        return bisect_left(range(2 * end), time - 1e-9, key=lambda tick: float(clock(np.array([tick]))[0]))

    new: defaultdict[_Key, list[Span]] = defaultdict(list)
    for note in notes:
        track, line, _ = plain.voices[homes[note.part]]
        start, stop = tick_of(note.onset), tick_of(note.end)
        new[track, line, note.pitch].append((start, max(start + 1, stop), note.velocity))
    for track, line, pitch in {**kept, **new}:
        key = track, line, pitch
        for start, stop, velocity in [*kept[key], *_beside(new[key], kept[key])]:
            rows[track] += [(start, 0x90 | line, pitch, velocity), (stop, 0x80 | line, pitch, 64)]
    for track, messages in zip(file.tracks, rows, strict=True):
        track.messages = smf.messages_of(sorted(messages, key=_order))
        track.end = max(track.end, *(message[0] for message in messages), 0)
    try:
        write_atomic(target, smf.serialise(replace(file, tracks=file.tracks)))
    except (OSError, ValueError) as error:
        raise MidiFileError(f"{target} cannot be written: {error}") from error


def _beside(new: Sequence[Span], kept: Sequence[Span]) -> list[Span]:
    """The new notes of one pitch of a line, `apart`, and cut so that none overlaps one that is kept.

    One that would begin while another is kept is not heard beside it.
    """
    return apart(
        (start, min((first for first, _, _ in kept if start < first < stop), default=stop), velocity)
        for start, stop, velocity in new
        if not any(first <= start < last for first, last, _ in kept)
    )


def _order(message: tuple[int, int, int, int]) -> tuple[int, int]:
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
