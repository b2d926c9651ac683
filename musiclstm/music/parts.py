"""Assigns the notes of a file to the parts of a vocabulary: by track where that is possible, else voice by voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from musiclstm.music.columns import Ints, NoteColumns, Times, note_columns, notes_of
from musiclstm.music.note import Part, Piece
from musiclstm.music.vocabulary import Vocabulary

# Keys of electronic kits that General MIDI does not define -> its nearest ones: the edges of the closed and the open
# hi-hat, the rim of the low tom.
_GENERAL_MIDI = {22: 42, 26: 46, 58: 43}
# How far a note is moved at most, on average, before another way of sorting is faster.
_NEAR = 8


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
    notes = assigned(note_columns(piece.notes), piece.parts, vocabulary)
    return replace(piece, notes=tuple(notes_of(notes)), parts=vocabulary.parts)


def assigned(notes: NoteColumns, theirs: Sequence[Part], vocabulary: Vocabulary) -> NoteColumns:
    """Assigns the notes of a piece, whose parts are `theirs`. Raises IndexError for a note in another part."""
    pitched = [i for i, part in enumerate(vocabulary.parts) if not part.percussive]
    percussive = [i for i, part in enumerate(vocabulary.parts) if part.percussive]
    tracks = _Tracks(theirs, _sums(notes, len(theirs)), vocabulary)
    tuned = [track for track in tracks.used() if not theirs[track].percussive]
    drums = [track for track in tracks.used() if theirs[track].percussive]
    # Tracks that become a part as a whole.
    part_of_track: dict[int, int] = {}
    if percussive:
        part_of_track |= tracks.pair(drums, percussive) or dict.fromkeys(drums, percussive[0])
    if pitched:
        part_of_track |= (
            tracks.pair(tuned, pitched)
            or tracks.pair_players(tuned, pitched)
            or tracks.by_instrument(tuned, pitched)
            or {}
        )
    found = _moved(notes, len(theirs), part_of_track, percussive)
    rest = {track: track for track in tuned if track not in part_of_track}
    if pitched and rest:
        voices = _by_voice(_moved(notes, len(theirs), rest, ()), vocabulary, pitched)
        found = NoteColumns(*(np.concatenate(both, axis=1) for both in zip(found, voices, strict=True)))
    return _sorted(found)


def _sums(notes: NoteColumns, parts: int) -> list[list[int]]:
    """For each of so many parts the sum of its pitches; and for each the number of its notes."""
    found = np.zeros((2, parts), dtype=np.int64)
    # Typed where this is compiled.
    values, sums = notes.values, found
    for index in range(values.shape[1]):
        part = values[2, index]
        if part < 0 or part >= parts:
            raise IndexError(f"there is no part {part}")
        sums[0, part] += values[0, index]
        sums[1, part] += 1
    return found.tolist()


def _moved(notes: NoteColumns, tracks: int, part_of_track: dict[int, int], kits: Sequence[int]) -> NoteColumns:
    """The notes of the tracks in `part_of_track`, in the parts given there. tracks: how many there are in all."""
    parts, percussive = np.full(tracks, -1), np.zeros(tracks, dtype=np.uint8)
    for track, part in part_of_track.items():
        parts[track], percussive[track] = part, part in kits
    times, values = np.empty_like(notes.times), np.empty_like(notes.values)
    # Typed where this is compiled.
    floats, ints, new_floats, new_ints, table, struck = notes.times, notes.values, times, values, parts, percussive
    count = 0
    for index in range(notes.values.shape[1]):
        track = ints[2, index]
        part, pitch = table[track], ints[0, index]
        if part < 0:
            continue
        if struck[track]:
            pitch = _GENERAL_MIDI.get(int(pitch), pitch)
        new_floats[0, count], new_floats[1, count] = floats[0, index], floats[1, index]
        new_ints[0, count], new_ints[1, count], new_ints[2, count] = pitch, ints[1, index], part
        count += 1
    return NoteColumns(times[:, :count], values[:, :count])


def _in_order(notes: NoteColumns, order: Ints) -> NoteColumns:
    return NoteColumns(notes.times.take(order, axis=1), notes.values.take(order, axis=1))


def _sorted(notes: NoteColumns) -> NoteColumns:
    """The notes in order. They nearly are already, and then an insertion sort is the fastest."""
    order = np.arange(notes.values.shape[1])
    moved = _insert(order, notes.times, notes.values)
    if moved < 0:
        order = np.lexsort((*notes.values[::-1], *notes.times[::-1]))
    return _in_order(notes, order) if moved else notes


def _insert(order: Ints, times: Times, values: Ints) -> int:
    """Sorts `order` by insertion; returns how far notes have moved in all, or -1 if that became too far."""
    # Typed where this is compiled.
    places, floats, ints = order, times, values
    moved, most = 0, _NEAR * len(order)
    for index in range(1, len(order)):
        note = places[index]
        at = index
        while at > 0 and _is_before(note, places[at - 1], floats, ints):
            places[at] = places[at - 1]
            at -= 1
        places[at] = note
        moved += index - at
        if moved > most:
            return -1
    return moved


def _is_before(note: int, other: int, times: Times, values: Ints) -> bool:
    if times[0, note] != times[0, other]:
        return bool(times[0, note] < times[0, other])
    if times[1, note] != times[1, other]:
        return bool(times[1, note] < times[1, other])
    for row in range(3):
        if values[row, note] != values[row, other]:
            return bool(values[row, note] < values[row, other])
    return False


# ---- whole tracks ----------------------------------------------------------------------------------------------------


class _Tracks:
    """The tracks of a piece, as they become parts of a vocabulary. sums: what `_sums` returns."""

    def __init__(self, theirs: Sequence[Part], sums: list[list[int]], vocabulary: Vocabulary) -> None:
        self._theirs = theirs
        self._sums = sums
        self._vocabulary = vocabulary

    def used(self) -> list[int]:
        """The tracks that have notes."""
        return [track for track, count in enumerate(self._sums[1]) if count]

    def _mean(self, track: int) -> float:
        """The mean of a track's pitches."""
        return self._sums[0][track] / self._sums[1][track]

    def pair(self, tracks: Sequence[int], parts: Sequence[int]) -> dict[int, int] | None:
        """Each track's part, one to one; None if there are not as many tracks as parts."""
        if len(tracks) != len(parts):
            return None
        ours = {part: self._vocabulary.parts[part] for part in parts}
        theirs = {track: self._theirs[track] for track in tracks}
        names = {part.name.casefold(): index for index, part in ours.items()}
        if len(names) == len(parts) and {t.name.casefold() for t in theirs.values()} == set(names):
            return {index: names[track.name.casefold()] for index, track in theirs.items()}
        programs = {part.program: index for index, part in ours.items()}
        if len(programs) == len(parts) and {t.program for t in theirs.values()} == set(programs):
            return {index: programs[track.program] for index, track in theirs.items()}
        high_to_low = sorted(tracks, key=lambda track: -self._mean(track))
        return dict(zip(high_to_low, sorted(parts, key=lambda i: -ours[i].centre), strict=True))

    def pair_players(self, tracks: Sequence[int], parts: Sequence[int]) -> dict[int, int] | None:
        """`pair`, with all tracks that share name, channel and family of programs taken as one."""
        first: dict[tuple[str, int, int], int] = {}
        player = {}
        for track in tracks:
            part = self._theirs[track]
            player[track] = first.setdefault((part.name, part.channel, part.program // 8), track)
        programs = {(each, self._theirs[track].program) for track, each in player.items()}
        if len(first) == len(tracks) or len(programs) < len(tracks):
            return None
        sums = [[0] * len(self._theirs), [0] * len(self._theirs)]
        for track, each in player.items():
            for ours, row in zip(sums, self._sums, strict=True):
                ours[each] += row[track]
        pairs = _Tracks(self._theirs, sums, self._vocabulary).pair(sorted(first.values()), parts)
        return pairs and {track: pairs[player[track]] for track in tracks}

    def by_instrument(self, tracks: Sequence[int], parts: Sequence[int]) -> dict[int, int] | None:
        """Each track's part, by family of programs, else the nearest in pitch; None if two parts are of one family."""
        ours = self._vocabulary.parts
        families = {ours[part].program // 8: part for part in parts}
        if len(parts) > 1 and len(families) < len(parts):
            return None
        return {
            track: families.get(
                self._theirs[track].program // 8,
                min(parts, key=lambda part: abs(ours[part].centre - self._mean(track))),
            )
            for track in tracks
        }


# ---- voice by voice --------------------------------------------------------------------------------------------------


def _by_voice(notes: NoteColumns, vocabulary: Vocabulary, parts: Sequence[int]) -> NoteColumns:
    voices = sorted(parts, key=lambda part: -vocabulary.parts[part].centre)
    times, values = _in_order(notes, np.lexsort((-notes.values[0], notes.times[0])))
    centres = np.array([vocabulary.parts[part].centre for part in voices])
    _choose(times, values, np.array(voices, dtype=np.int64), centres, 0.5 / vocabulary.resolution)
    return NoteColumns(times, values)


def _choose(times: Times, values: Ints, voices: Ints, centres: Times, half_tick: float) -> None:
    """Puts each note into a voice's part. The notes are in order of time, those of a chord from the top down."""
    # Typed where this is compiled.
    floats, ints, ours, middles = times, values, voices, centres
    # The voices that are free, and when the last note of each voice ends.
    free, ends = np.arange(len(voices)), np.full(len(voices), -np.inf)
    most, first, count = len(voices), 0, values.shape[1]
    while first < count:
        onset = floats[0, first]
        after = first + 1
        while after < count and floats[0, after] == onset:
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
        _spread(ints, first, after, free, open_, middles)
        for index in range(first, after):
            voice = ints[2, index]
            ends[voice] = max(ends[voice], onset + floats[1, index])
            ints[2, index] = ours[voice]
        first = after


def _spread(values: Ints, first: int, after: int, voices: Ints, free: int, centres: Times) -> None:
    """Chooses a voice for each of these notes, both from the top down; they share voices only if there are too few.

    voices: the `free` first are those to choose from. centres: of all voices.
    """
    count, best = after - first, 0
    for index in range(count):
        if count > free:
            values[2, first + index] = voices[index * free // count]
            continue
        # Leave enough voices for the pitches below.
        least, pitch = best, values[0, first + index]
        for at in range(least, free - (count - index - 1)):
            if abs(centres[voices[at]] - pitch) < abs(centres[voices[best]] - pitch):
                best = at
        values[2, first + index] = voices[best]
        best += 1
