"""Assigns the notes of a file to the parts of a vocabulary: by track where that is possible, else voice by voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
    used = sorted(_parts_of(piece.notes))
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
    voices = {track for track in tracks if track not in part_of_track}
    if pitched and voices:
        notes += _by_voice([note for note in piece.notes if note.part in voices], vocabulary, pitched)
    return replace(piece, notes=tuple(sorted(notes)), parts=vocabulary.parts)


def _parts_of(notes: Sequence[Note]) -> set[int]:
    found = set()
    for note in notes:
        found.add(note.part)
    return found


def _moved(notes: Sequence[Note], part_of_track: dict[int, int], kits: frozenset[int]) -> list[Note]:
    """The notes of these tracks in their parts."""
    moved = []
    for note in notes:
        part = part_of_track.get(note.part, -1)
        if part >= 0:
            pitch = _GENERAL_MIDI.get(note.pitch, note.pitch) if part in kits else note.pitch
            moved.append(Note(note.onset, note.duration, pitch, note.velocity, part))
    return moved


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
    sums, counts = dict.fromkeys(tracks, 0), dict.fromkeys(tracks, 0)
    for note in piece.notes:
        if note.part in sums:
            sums[note.part] += note.pitch
            counts[note.part] += 1
    return {track: sums[track] / counts[track] for track in tracks}


def _by_voice(notes: Sequence[Note], vocabulary: Vocabulary, parts: Sequence[int]) -> list[Note]:
    voices = sorted(parts, key=lambda part: -vocabulary.parts[part].centre)
    centres = [vocabulary.parts[part].centre for part in voices]
    ends = [float("-inf")] * len(voices)  # when the last note of each ends
    half_tick = 0.5 / vocabulary.resolution
    ordered = sorted(notes, key=lambda note: (note.onset, -note.pitch))
    found = []
    first, count = 0, len(ordered)
    while first < count:
        onset = ordered[first].onset
        after = first + 1
        while after < count and ordered[after].onset == onset:
            after += 1
        free = [voice for voice in range(len(voices)) if ends[voice] <= onset + half_tick]
        chord = [note.pitch for note in ordered[first:after]]
        for index, voice in enumerate(_spread(chord, free or list(range(len(voices))), centres)):
            note = ordered[first + index]
            ends[voice] = max(ends[voice], note.onset + note.duration)
            found.append(Note(note.onset, note.duration, note.pitch, note.velocity, voices[voice]))
        first = after
    return found


def _spread(chord: Sequence[int], voices: Sequence[int], centres: Sequence[float]) -> list[int]:
    """A voice for each pitch, both from the top down. A voice gets several only where there are too few.

    centres: of all voices.
    """
    count, free = len(chord), len(voices)
    if count > free:
        return [voices[index * free // count] for index in range(count)]
    chosen: list[int] = []
    first = 0
    for index in range(count):
        # Leave enough voices for the pitches below.
        best = first
        for at in range(first, free - (count - index - 1)):
            if abs(centres[voices[at]] - chord[index]) < abs(centres[voices[best]] - chord[index]):
                best = at
        chosen.append(voices[best])
        first = best + 1
    return chosen
