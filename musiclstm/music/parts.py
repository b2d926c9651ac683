"""Assigns the notes of a file to the parts of a vocabulary: by track where that is possible, else voice by voice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

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
    tracks = sorted({n.part for n in piece.notes if not piece.parts[n.part].percussive})
    drum_tracks = sorted({n.part for n in piece.notes if piece.parts[n.part].percussive})
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
    notes = [replace(n, part=part_of_track[n.part]) for n in piece.notes if n.part in part_of_track]
    others = [n for n in piece.notes if n.part in tracks and n.part not in part_of_track]
    if pitched and others:
        notes += _by_voice(others, vocabulary, pitched)
    notes = [
        replace(n, pitch=_GENERAL_MIDI.get(n.pitch, n.pitch)) if vocabulary.parts[n.part].percussive else n
        for n in notes
    ]
    return replace(piece, notes=tuple(sorted(notes)), parts=vocabulary.parts)


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
    notes = tuple(replace(note, part=player.get(note.part, note.part)) for note in piece.notes)
    pairs = _pair(replace(piece, notes=notes), sorted(first.values()), vocabulary, parts)
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
    pitches: dict[int, list[int]] = {track: [] for track in tracks}
    for note in piece.notes:
        if note.part in pitches:
            pitches[note.part].append(note.pitch)
    return {track: sum(line) / len(line) for track, line in pitches.items()}


def _by_voice(notes: Sequence[Note], vocabulary: Vocabulary, parts: Sequence[int]) -> Iterator[Note]:
    voices = sorted(parts, key=lambda part: -vocabulary.parts[part].centre)
    centres = {part: vocabulary.parts[part].centre for part in parts}
    busy = dict.fromkeys(parts, float("-inf"))  # part -> when its last note ends
    tick = 1 / vocabulary.resolution
    for onset, group in groupby(sorted(notes, key=lambda note: note.onset), lambda note: note.onset):
        chord = sorted(group, key=lambda note: -note.pitch)
        free = [part for part in voices if busy[part] <= onset + tick / 2]
        for note, part in zip(chord, _spread(chord, free or voices, centres), strict=True):
            busy[part] = max(busy[part], note.end)
            yield replace(note, part=part)


def _spread(chord: Sequence[Note], voices: Sequence[int], centres: dict[int, float]) -> list[int]:
    """A voice for each note, both from the top down. A voice gets several only if there are fewer voices than notes."""
    if len(chord) > len(voices):
        return [voices[index * len(voices) // len(chord)] for index in range(len(chord))]
    chosen: list[int] = []
    first = 0
    for index, note in enumerate(chord):
        # Leave enough voices for the notes below.
        end = len(voices) - (len(chord) - index - 1)
        best = min(range(first, end), key=lambda at: abs(centres[voices[at]] - note.pitch))
        chosen.append(voices[best])
        first = best + 1
    return chosen
