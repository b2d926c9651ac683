"""Which chord some notes are, or none if that is not clear.

Each chord of each kind is scored by how much of what sounds belongs to it, less what does not and what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LETTERS = "CDEFGAB"
MAJOR = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")  # the usual names of roots
MINOR = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B")
DEGREE = (0, 1, 1, 2, 2, 3, 4, 4, 4, 6, 6, 6)  # letters above the root; the ninth semitone is that of dim7
PRESENT = 0.07  # share of the sound below which a tone is a passing one
SURE = 0.72  # least score
CLEAR = 0.05  # by how much the best chord must be better than the next
FOURTH = 0.12  # as PRESENT, in a chord of four tones: a passing tone must not make one of three tones another
MISSING = 0.4  # for a tone that makes the chord what it is
NO_FIFTH = 0.12  # a perfect fifth is often left out
FOURTH_TONE = 0.05  # of two chords that fit as well, the simpler one
ROOT_IN_BASS = 0.08


@dataclass(frozen=True)
class Kind:
    """tones: semitones above the root. fifth: that of them which may be missing."""

    suffix: str
    tones: tuple[int, ...]
    fifth: int | None = 7


KINDS = (
    Kind("", (0, 4, 7)),
    Kind("m", (0, 3, 7)),
    Kind("dim", (0, 3, 6), None),
    Kind("aug", (0, 4, 8), None),
    Kind("sus4", (0, 5, 7), None),
    Kind("7", (0, 4, 7, 10)),
    Kind("maj7", (0, 4, 7, 11)),
    Kind("m7", (0, 3, 7, 10)),
    Kind("m7♭5", (0, 3, 6, 10), None),
    Kind("dim7", (0, 3, 6, 9), None),
)


@dataclass(frozen=True)
class Chord:
    """root, bass: pitch classes."""

    root: int
    kind: Kind
    bass: int

    @property
    def root_name(self) -> str:
        return (MINOR if 3 in self.kind.tones else MAJOR)[self.root]

    @property
    def name(self) -> str:
        """`Am7/G`."""
        root = self.root_name
        over = "" if self.bass == self.root else f"/{_spell(root, (self.bass - self.root) % 12)}"
        return f"{root}{self.kind.suffix}{over}"

    @property
    def tones(self) -> frozenset[int]:
        return frozenset((self.root + tone) % 12 for tone in self.kind.tones)


def _spell(root: str, tone: int) -> str:
    """The name of the tone so many semitones above the root: the third of E is G♯, not A♭."""
    letter = LETTERS[(LETTERS.index(root[0]) + DEGREE[tone]) % 7]
    pitch = (MAJOR.index(root) if root in MAJOR else MINOR.index(root)) + tone
    sharps = (pitch - MAJOR.index(letter) + 6) % 12 - 6
    return letter + ("", "♯", "♭")[sharps] if abs(sharps) <= 1 else MAJOR[pitch % 12]


def recognise(notes: Iterable[tuple[int, float]]) -> Chord | None:
    """The chord of (pitch, for how long it sounds) each.

    None if fewer than three tones sound, or if it is not clear which chord they are, or over a bass of another.
    """
    notes = [(pitch, length) for pitch, length in notes if length > 0]
    whole = sum(length for _pitch, length in notes)
    if not notes:
        return None
    bass = _bass(notes, whole)
    # Counted from the bass, so that a chord a semitone higher is scored by the very same numbers.
    shares = [0.0] * 12
    for pitch, length in notes:
        shares[(pitch - bass) % 12] += length
    shares = [share / whole for share in shares]
    if sum(share >= PRESENT for share in shares) < 3:
        return None
    scored = sorted(
        ((_score(shares, root, kind), -root, kind) for root in range(12) if shares[root] >= PRESENT for kind in KINDS),
        key=lambda entry: entry[:2],
        reverse=True,
    )
    best, root, kind = scored[0]
    chord = Chord((bass - root) % 12, kind, bass)
    for score, other, of_kind in scored[1:]:
        if score <= best - CLEAR:
            break
        if Chord((bass - other) % 12, of_kind, bass).tones != chord.tones:
            return None
    return chord if best >= SURE and bass in chord.tones else None


def weighed(begin: float, end: float, middle: float) -> float:
    """How much a note counts for the chord of a beat: what sounds in its first half counts twice.

    Passing tones come later. middle: of the beat, where it begins at 0.
    """
    return end - begin + max(0.0, min(end, middle) - begin)


def _bass(notes: list[tuple[int, float]], whole: float) -> int:
    """Pitch class of the lowest note that is not a passing one."""
    lengths: dict[int, float] = {}
    for pitch, length in notes:
        lengths[pitch] = lengths.get(pitch, 0.0) + length
    lasting = [pitch for pitch, length in lengths.items() if length >= PRESENT * whole]
    return min(lasting or lengths) % 12


def _score(shares: list[float], root: int, kind: Kind) -> float:
    inside = missing = 0.0
    enough = PRESENT if len(kind.tones) == 3 else FOURTH
    for tone in kind.tones:
        share = shares[(root + tone) % 12]
        inside += share
        if share < enough:
            missing += NO_FIFTH if tone == kind.fifth else MISSING
    score = inside - (1 - inside) - missing
    if len(kind.tones) > 3:
        score -= FOURTH_TONE
    return score + (ROOT_IN_BASS if root == 0 else 0.0)
