"""Assigns the notes of a file to the parts of a vocabulary: by track where that is possible, else voice by voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from musiclstm.music.columns import Ints, Times
from musiclstm.music.note import Note, Piece
from musiclstm.music.vocabulary import Vocabulary

# Keys of electronic kits that General MIDI does not define -> its nearest ones: the edges of the closed and the open
# hi-hat, the rim of the low tom.
_GENERAL_MIDI = {22: 42, 26: 46, 58: 43}


def assign(piece: Piece, vocabulary: Vocabulary) -> Piece:
    """The piece with its notes in the vocabulary's parts, in order.

    Drums go to the percussive parts, and are left out where there is none; keys of electronic kits become those of
    General MIDI. For the other tracks, the first of these that is possible:

    - If there are as many tracks as parts, each track becomes a part: matched by name, else by program, else from
      high to low. Programs of one family on one track may be one player, such as bowed and plucked strings.
    - If the parts are different instruments, each track goes to the part of its family of programs, else to the
      nearest in pitch.
    - Otherwise the parts are voices. Each note goes to the nearest voice that is free at that moment; chords are
      split from the top down, and a chord of more notes than voices keeps all its notes.
    """
    pitched = [i for i, part in enumerate(vocabulary.parts) if not part.percussive]
    percussive = [i for i, part in enumerate(vocabulary.parts) if part.percussive]
    used = _parts_of(piece.notes, len(piece.parts))
    tracks = [track for track in used if not piece.parts[track].percussive]
    drum_tracks = [track for track in used if piece.parts[track].percussive]
    # Tracks that become a part as a whole.
    part_of_track: dict[int, int] = {}
    if percussive:
        part_of_track |= _pair(piece, drum_tracks, vocabulary, percussive) or dict.fromkeys(drum_tracks, percussive[0])
    if pitched:
        part_of_track |= (
            _pair(piece, tracks, vocabulary, pitched)
            or _pair_players(piece, tracks, vocabulary, pitched)
            or _by_instrument(piece, tracks, vocabulary, pitched)
            or {}
        )
    notes = _moved(piece.notes, part_of_track, frozenset(percussive))
    rest = [track for track in tracks if track not in part_of_track]
    if pitched and rest:
        notes += _by_voice(_notes_of(piece.notes, rest), vocabulary, pitched)
    return replace(piece, notes=tuple(_sorted(notes)), parts=vocabulary.parts)


def _parts_of(notes: Sequence[Note], parts: int) -> list[int]:
    """Which of so many parts have notes. Raises IndexError for another part."""
    used = np.zeros(parts, dtype=np.bool_)
    # Typed where this is compiled.
    flags = used.view(np.uint8)
    for note in notes:
        if note.part < 0 or note.part >= parts:
            raise IndexError(f"there is no part {note.part}")
        flags[note.part] = 1
    found: list[int] = np.flatnonzero(used).tolist()
    return found


def _notes_of(notes: Sequence[Note], tracks: Sequence[int]) -> list[Note]:
    wanted = [track in tracks for track in range(max(tracks) + 1)]
    found = []
    for note in notes:
        if note.part >= len(wanted) or not wanted[note.part]:
            continue
        found.append(note)
    return found


def _moved(notes: Sequence[Note], part_of_track: dict[int, int], kits: frozenset[int]) -> list[Note]:
    """The notes of these tracks in their parts."""
    parts = [part_of_track.get(track, -1) for track in range(max(part_of_track, default=-1) + 1)]
    percussive = [part in kits for part in parts]
    moved = []
    for note in notes:
        if note.part >= len(parts):
            continue
        part, pitch = parts[note.part], note.pitch
        if part < 0:
            continue
        if percussive[note.part]:
            pitch = _GENERAL_MIDI.get(pitch, pitch)
        same = part == note.part and pitch == note.pitch
        moved.append(note if same else Note(note.onset, note.duration, pitch, note.velocity, part))
    return moved


# How far a note is moved at most, on average, before another way of sorting is faster.
_NEAR = 8


def _sorted(notes: list[Note]) -> list[Note]:
    """The notes in order. They nearly are, and there is nothing faster for those than to move each where it belongs."""
    left = _NEAR * len(notes)
    for index in range(1, len(notes)):
        note = notes[index]
        at = index
        while at > 0 and _is_before(note, notes[at - 1]):
            notes[at] = notes[at - 1]
            at -= 1
        notes[at] = note
        left -= index - at
        if left < 0:
            return sorted(notes)
    return notes


def _is_before(note: Note, other: Note) -> bool:
    if note.onset != other.onset:
        return note.onset < other.onset
    if note.duration != other.duration:
        return note.duration < other.duration
    if note.pitch != other.pitch:
        return note.pitch < other.pitch
    if note.velocity != other.velocity:
        return note.velocity < other.velocity
    return note.part < other.part


def _pair(piece: Piece, tracks: Sequence[int], vocabulary: Vocabulary, parts: Sequence[int]) -> dict[int, int] | None:
    """Each track's part, one to one, or None if there are not as many tracks as parts."""
    if len(tracks) != len(parts):
        return None
    ours = {part: vocabulary.parts[part] for part in parts}
    theirs = {track: piece.parts[track] for track in tracks}
    names = {part.name.casefold(): index for index, part in ours.items()}
    if len(names) == len(parts) and {t.name.casefold() for t in theirs.values()} == set(names):
        return {index: names[track.name.casefold()] for index, track in theirs.items()}
    programs = {part.program: index for index, part in ours.items()}
    if len(programs) == len(parts) and {t.program for t in theirs.values()} == set(programs):
        return {index: programs[track.program] for index, track in theirs.items()}
    means = _means(piece, tracks)
    high_to_low = sorted(tracks, key=lambda track: -means[track])
    return dict(zip(high_to_low, sorted(parts, key=lambda i: -ours[i].centre), strict=True))


def _pair_players(
    piece: Piece, tracks: Sequence[int], vocabulary: Vocabulary, parts: Sequence[int]
) -> dict[int, int] | None:
    """As `_pair`, where the programs of a family that one name and channel have are one track."""
    first: dict[tuple[str, int, int], int] = {}
    player = {}
    for track in tracks:
        part = piece.parts[track]
        player[track] = first.setdefault((part.name, part.channel, part.program // 8), track)
    programs = {(each, piece.parts[track].program) for track, each in player.items()}
    if len(first) == len(tracks) or len(programs) < len(tracks):
        return None
    notes = _moved(piece.notes, player, frozenset())
    pairs = _pair(replace(piece, notes=tuple(notes)), sorted(first.values()), vocabulary, parts)
    return pairs and {track: pairs[player[track]] for track in tracks}


def _by_instrument(
    piece: Piece, tracks: Sequence[int], vocabulary: Vocabulary, parts: Sequence[int]
) -> dict[int, int] | None:
    """Each track's part, by family of programs, else the nearest in pitch; None if two parts are of one family."""
    families = {vocabulary.parts[part].program // 8: part for part in parts}
    if len(parts) > 1 and len(families) < len(parts):
        return None
    means = _means(piece, tracks)
    return {
        track: families.get(
            piece.parts[track].program // 8,
            min(parts, key=lambda part: abs(vocabulary.parts[part].centre - means[track])),
        )
        for track in tracks
    }


def _means(piece: Piece, tracks: Sequence[int]) -> dict[int, float]:
    """Mean pitch of each track."""
    sums = np.zeros((2, len(piece.parts)), dtype=np.int64)
    # Typed where this is compiled.
    rows = sums
    for note in piece.notes:
        rows[0, note.part] += note.pitch
        rows[1, note.part] += 1
    return {track: int(sums[0, track]) / int(sums[1, track]) for track in tracks}


# ---- voice by voice --------------------------------------------------------------------------------------------------


def _by_voice(notes: list[Note], vocabulary: Vocabulary, parts: Sequence[int]) -> list[Note]:
    voices = sorted(parts, key=lambda part: -vocabulary.parts[part].centre)
    most = len(voices)
    # Typed where this is compiled. Those that are free, when the last note of each ends, and what each note gets.
    centres = np.array([vocabulary.parts[part].centre for part in voices])
    free, ends = np.arange(most), np.full(most, -np.inf)
    chosen = np.empty(len(notes), dtype=np.int64)
    half_tick = 0.5 / vocabulary.resolution
    ordered = _from_the_top(notes)
    found = []
    first, count = 0, len(ordered)
    while first < count:
        onset = ordered[first].onset
        after = first + 1
        while after < count and ordered[after].onset == onset:
            after += 1
        open_ = 0
        for voice in range(most):
            if ends[voice] <= onset + half_tick:
                free[open_] = voice
                open_ += 1
        if not open_:
            for voice in range(most):
                free[voice] = voice
            open_ = most
        _spread(ordered, first, after, free, open_, centres, chosen)
        for index in range(first, after):
            note, voice = ordered[index], chosen[index]
            ends[voice] = max(ends[voice], note.onset + note.duration)
            part = voices[voice]
            same = note.part == part
            found.append(note if same else Note(note.onset, note.duration, note.pitch, note.velocity, part))
        first = after
    return found


def _from_the_top(notes: list[Note]) -> list[Note]:
    """Sorted by onset, the notes of a chord from high to low; as `_sorted`."""
    left = _NEAR * len(notes)
    for index in range(1, len(notes)):
        note = notes[index]
        at = index
        while at > 0 and _is_above(note, notes[at - 1]):
            notes[at] = notes[at - 1]
            at -= 1
        notes[at] = note
        left -= index - at
        if left < 0:
            return sorted(notes, key=lambda note: (note.onset, -note.pitch))
    return notes


def _is_above(note: Note, other: Note) -> bool:
    return note.onset < other.onset or (note.onset == other.onset and note.pitch > other.pitch)


def _spread(notes: list[Note], first: int, after: int, voices: Ints, free: int, centres: Times, chosen: Ints) -> None:
    """Choose a voice for each of these notes, both from the top down; several get one only where there are too few.

    voices: those to choose from, so many. centres: of all voices.
    """
    count, best = after - first, 0
    for index in range(count):
        if count > free:
            chosen[first + index] = voices[index * free // count]
            continue
        # Leave enough voices for the pitches below.
        least, note = best, notes[first + index]
        pitch = note.pitch
        for at in range(least, free - (count - index - 1)):
            if abs(centres[voices[at]] - pitch) < abs(centres[voices[best]] - pitch):
                best = at
        chosen[first + index] = voices[best]
        best += 1
