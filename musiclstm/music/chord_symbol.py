"""Chord symbols: what a person types (`Dm7`, `G7/B`, `F#ø`) as pitch classes, and the role of each pitch class.

The roles are those of jazz theory (Levine, *The Jazz Theory Book*, 1995; Nettles and Graf, *The Chord Scale Theory*,
1997): a tension lies a whole tone above a chord tone, a note to avoid a semitone above one. Altered tensions that the
symbol names (`G7b9`) are no notes to avoid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from musiclstm.errors import UsageError

NO_CHORD = "N.C."
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_NONE = {"n.c.", "nc", "n.c", "no chord", "n"}
_SIGNS = str.maketrans({"♯": "#", "♭": "b", "△": "Δ", "−": "-", "–": "-", "°": "o", "º": "o"})
_SYMBOL = re.compile(r"([A-GH])(##|bb|#|b)?(.*?)(?:/([A-GH])(##|bb|#|b)?)?$")

# The start of what follows the root, longest first -> semitones above the root.
_KINDS: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "maj": (0, 4, 7), "M": (0, 4, 7), "major": (0, 4, 7),
    "m": (0, 3, 7), "min": (0, 3, 7), "-": (0, 3, 7), "mi": (0, 3, 7), "minor": (0, 3, 7),
    "dim": (0, 3, 6), "o": (0, 3, 6),
    "aug": (0, 4, 8), "+": (0, 4, 8),
    "5": (0, 7),
    "sus": (0, 5, 7), "sus4": (0, 5, 7), "sus2": (0, 2, 7),
    "6": (0, 4, 7, 9), "69": (0, 2, 4, 7, 9), "6/9": (0, 2, 4, 7, 9),
    "m6": (0, 3, 7, 9), "min6": (0, 3, 7, 9), "-6": (0, 3, 7, 9),
    "m69": (0, 2, 3, 7, 9), "m6/9": (0, 2, 3, 7, 9), "-69": (0, 2, 3, 7, 9), "-6/9": (0, 2, 3, 7, 9),
    "7": (0, 4, 7, 10), "9": (0, 2, 4, 7, 10), "11": (0, 2, 5, 7, 10), "13": (0, 2, 4, 7, 9, 10),
    "7sus": (0, 5, 7, 10), "7sus4": (0, 5, 7, 10), "9sus": (0, 2, 5, 7, 10), "9sus4": (0, 2, 5, 7, 10),
    "13sus": (0, 2, 5, 7, 9, 10), "13sus4": (0, 2, 5, 7, 9, 10),
    "7alt": (0, 1, 3, 4, 8, 10), "alt": (0, 1, 3, 4, 8, 10),
    "maj7": (0, 4, 7, 11), "M7": (0, 4, 7, 11), "Δ": (0, 4, 7, 11), "Δ7": (0, 4, 7, 11), "^": (0, 4, 7, 11),
    "^7": (0, 4, 7, 11), "ma7": (0, 4, 7, 11), "j7": (0, 4, 7, 11),
    "maj9": (0, 2, 4, 7, 11), "M9": (0, 2, 4, 7, 11), "^9": (0, 2, 4, 7, 11), "Δ9": (0, 2, 4, 7, 11),
    "maj13": (0, 2, 4, 7, 9, 11), "M13": (0, 2, 4, 7, 9, 11), "^13": (0, 2, 4, 7, 9, 11),
    "m7": (0, 3, 7, 10), "min7": (0, 3, 7, 10), "-7": (0, 3, 7, 10), "mi7": (0, 3, 7, 10),
    "m9": (0, 2, 3, 7, 10), "min9": (0, 2, 3, 7, 10), "-9": (0, 2, 3, 7, 10),
    "m11": (0, 2, 3, 5, 7, 10), "min11": (0, 2, 3, 5, 7, 10), "-11": (0, 2, 3, 5, 7, 10),
    "m13": (0, 2, 3, 7, 9, 10), "-13": (0, 2, 3, 7, 9, 10),
    "m7b5": (0, 3, 6, 10), "-7b5": (0, 3, 6, 10), "ø": (0, 3, 6, 10), "ø7": (0, 3, 6, 10), "h7": (0, 3, 6, 10),
    "h": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9), "o7": (0, 3, 6, 9),
    "aug7": (0, 4, 8, 10), "+7": (0, 4, 8, 10), "7+": (0, 4, 8, 10), "maj7#5": (0, 4, 8, 11),
}  # fmt: skip
# A minor triad with a major seventh, however either is written.
_MAJOR_SEVENTHS = tuple(each for each, tones in _KINDS.items() if tones in ((0, 4, 7, 11), (0, 2, 4, 7, 11)))
_KINDS |= {
    minor + seventh: tuple(3 if tone == 4 else tone for tone in _KINDS[major])
    for minor in ("m", "min", "mi", "-")
    for major in _MAJOR_SEVENTHS
    for seventh in (major, f"({major})")
}
# What may follow the kind, once or more: (semitones that go, semitones that come).
_ADDITIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "b5": ((7,), (6,)), "#5": ((7,), (8,)), "b9": ((2,), (1,)), "#9": ((2,), (3,)), "#11": ((5,), (6,)),
    "b13": ((9,), (8,)), "add9": ((), (2,)), "add2": ((), (2,)), "add4": ((), (5,)), "add11": ((), (5,)),
    "add13": ((), (9,)), "add6": ((), (9,)), "no3": ((3, 4), ()), "no5": ((7,), ()), "omit3": ((3, 4), ()),
    "omit5": ((7,), ()), "sus4": ((3, 4), (5,)), "sus": ((3, 4), (5,)), "sus2": ((3, 4), (2,)), "9": ((), (2,)),
    "11": ((), (5,)), "13": ((), (9,)),
}  # fmt: skip
_KINDS_BY_LENGTH = sorted(_KINDS, key=len, reverse=True)
_ADDITIONS_BY_LENGTH = sorted(_ADDITIONS, key=len, reverse=True)


_WORDS = re.compile("maj|min|dim|aug|sus|alt|add|omit", re.IGNORECASE)  # M and m alone are two chords
_LONGEST = 40  # letters of a symbol that are told


class ChordError(UsageError):
    """A symbol that is none; `text` is the symbol."""

    def __init__(self, text: str, message: str) -> None:
        super().__init__(message)
        self.text = text


class Role(IntEnum):
    """What a pitch class is to a chord. OUTSIDE: neither a tension nor a semitone above a chord tone."""

    TONE, TENSION, OUTSIDE, AVOID = range(4)


@dataclass(frozen=True)
class ChordSymbol:
    """A chord. root: pitch class, C first. tones: semitones above it. bass: pitch class, None: no slash was written."""

    text: str
    root: int
    tones: tuple[int, ...]
    bass: int | None = None

    @property
    def classes(self) -> int:
        """Pitch classes of the chord, the bass too, as bits."""
        bits = sum(1 << (self.root + tone) % 12 for tone in set(self.tones))
        return bits if self.bass is None else bits | 1 << self.bass

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The role of each pitch class, C first."""
        tones = {tone % 12 for tone in self.tones} | (
            {(self.bass - self.root) % 12} if self.bass is not None else set()
        )
        # A plain triad leaves its seventh and sixth open: those of its usual scale.
        open_ = (
            set() if len(tones) > 3 else {11} if 4 in tones else {10} if {3, 7} <= tones or {5, 7} <= tones else set()
        )
        found = []
        for pitch_class in range(12):
            tone = (pitch_class - self.root) % 12
            if tone in tones:
                role = Role.TONE
            elif tone in open_:
                role = Role.TENSION
            elif (tone - 1) % 12 in tones:
                role = Role.AVOID
            elif (tone - 2) % 12 in tones:
                role = Role.TENSION
            else:
                role = Role.OUTSIDE
            found.append(role)
        return tuple(found)


def parse(text: str) -> ChordSymbol | None:
    """The chord of a symbol; None for `N.C.`, no chord. Raises ChordError, in one line, for what is none.

    Accepted: a root A to G with # or b (♯, ♭), the usual kinds (m, -, maj7, Δ, ^, 7, 9, 13, 6, 69, dim, o, ø, aug, +,
    sus, alt), alterations and additions (b9, #11, add9, no3), in brackets or not, and a bass after a slash. H is the
    German B, and B stays the English one.
    """
    symbol = text.strip().translate(_SIGNS)
    if symbol.lower() in _NONE:
        return None
    match = _SYMBOL.match(symbol)
    if match is None:
        raise ChordError(text, f'"{_short(text)}" is no chord: it begins with a letter from A to G, as in Dm7 or F#.')
    letter, sign, kind, bass, bass_sign = match.groups()
    tones = _tones(kind, text)
    root = _pitch_class(letter, sign)
    return ChordSymbol(text.strip(), root, tones, None if bass is None else _pitch_class(bass, bass_sign))


def of_classes(classes: int, bass: int | None = None) -> ChordSymbol | None:
    """The chord of exactly these pitch classes (bits), a root in the bass first; None if it has no name here."""
    roots = [root for root in range(12) if classes >> root & 1]
    if bass is not None and bass in roots:
        roots.remove(bass)
        roots.insert(0, bass)
    for root in roots:
        for kind in ("", "m", "7", "m7", "maj7", "dim", "m7b5", "dim7", "aug", "sus4", "6", "m6", "9", "maj9", "m9"):
            tones = _KINDS[kind]
            for left_out in ((), (7,)) if len(tones) > 3 and 7 in tones else ((),):
                if sum(1 << (root + tone) % 12 for tone in tones if tone not in left_out) == classes:
                    over = None if bass is None or bass == root else bass
                    text = _NAMES[root] + kind + ("" if over is None else f"/{_NAMES[over]}")
                    return ChordSymbol(text, root, tones, over)
    return None


def _short(text: str) -> str:
    """A text, cut to what a person needs to find it; what is dropped or pasted may be any text."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _pitch_class(letter: str, sign: str | None) -> int:
    natural = _NATURAL["B" if letter == "H" else letter]
    return (natural + {None: 0, "#": 1, "b": -1, "##": 2, "bb": -2}[sign]) % 12


def _tones(kind: str, text: str) -> tuple[int, ...]:
    rest = _WORDS.sub(lambda word: word[0].lower(), kind.replace(" ", ""))
    start = next(each for each in _KINDS_BY_LENGTH if rest.startswith(each))
    tones, rest = set(_KINDS[start]), re.sub(r"[(),]", "", rest[len(start) :])
    while rest:
        addition = next((each for each in _ADDITIONS_BY_LENGTH if rest.startswith(each)), None)
        if addition is None:
            raise ChordError(
                text, f'"{_short(text)}" is no chord that is known here: "{_short(rest)}" is not understood.'
            )
        gone, come = _ADDITIONS[addition]
        tones = (tones - set(gone)) | set(come)
        rest = rest[len(addition) :]
    return tuple(sorted(tones))
