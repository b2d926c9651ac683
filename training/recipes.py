"""Recipes: how each shipped model is made, and a recipe for any other corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from musiclstm.model.net.network import ModelConfig
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from training.summary import Summary


@dataclass(frozen=True)
class Recipe:
    """A model: vocabulary, sizes, how it is trained, and what its card says.

    transpose: lowest and highest transposition in semitones. lanes, window: batch size and length, in events, of
    truncated back-propagation through time. exact_parts: leave out pieces with another number of parts than the
    vocabulary. passes: how often the corpus is read at most, because what is read more often is only learnt by heart
    (None: no limit is known). triplets: scores in three are read in triplets half of the time, for a corpus that has no
    triplets. next_piece_events: how many events of an opening follow the end of each training piece, so that an endless
    player learns how music starts again. It is the opening of the same piece; for performances (in seconds, or on a
    drum kit) that of the next, because nobody plays the same thing twice alike, and training on exact repeats teaches a
    model to go round in circles.

    In a limited time many noisy updates are worth more than few steady ones, so batches are small; for the same number
    of events, more pieces and shorter windows are better (the state is carried on all the same). Large corpora are
    trained on without transposition and with little dropout, which would only slow them down: the tied head shares what
    is the same in every key. Models trained on transposed pieces also drift out of their range in endless play, unless
    they end with some minutes in the original keys. Performances are varied with any recipe (`training.variations`).
    """

    title: str
    vocabulary: Vocabulary
    config: ModelConfig = field(default_factory=ModelConfig)
    transpose: tuple[int, int] = (0, 0)
    lanes: int = 16
    window: int = 32
    rate: float = 3e-3
    exact_parts: bool = False
    next_piece_events: int = 64
    passes: float | None = None
    triplets: bool = False
    defaults: dict[str, Any] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)

    def misfit(self, piece: Summary) -> str:
        """Why a piece is left out, or "". One with notes of a kind, drums or not, for which there is a part is not."""
        parts = self.vocabulary.parts
        if self.exact_parts and len(piece.lines) != len(parts):
            return f"it has {len(piece.lines)} parts, not {len(parts)}"
        kinds = {part.percussive for part in parts}
        return "" if any(line.percussive in kinds for line in piece.lines) else "none of its notes fit"


# A corpus with fewer notes is memorised within the usual training time.
MEMORISABLE_NOTES = 120_000
# 50 folk tunes were predicted best after 7 to 14 passes, whatever the dropout, the network's size and the keys.
PASSES = 15.0

COMMON = ((4, 4), (3, 4), (2, 4), (2, 2), (3, 2), (6, 8), (6, 4), (9, 8), (12, 8), (3, 8))

RECIPES: dict[str, Recipe] = {
    "chorales": Recipe(
        "Chorales",
        Vocabulary(
            TimeBase.BEATS, 12, 48,
            (
                Part("Soprano", 52, 0, 60, 81),
                Part("Alto", 52, 1, 53, 76),
                Part("Tenor", 52, 2, 45, 69),
                Part("Bass", 52, 3, 36, 64),
            ),
            low=31, high=86, meters=((4, 4), (3, 4), (6, 4), (2, 4), (6, 8), (2, 2), (3, 2), (9, 8)),
        ),
        ModelConfig(units=384, tied=128, dropout=0.5, input_dropout=0.25, head_dropout=0.3),
        rate=2e-3,
        exact_parts=True,
        # No training piece has any, but other hymns do, and people who play along.
        triplets=True,
        card={
            "corpus": "Bach's four-part chorales as music21 has them; the four-part hymns of the Open Hymnal Project",
            "licence": "music in the public domain. music21's encodings are distributed with the permission of their "
            "encoders; the Open Hymnal's are in the public domain",
            "attribution": "music21 (Michael Scott Asato Cuthbert and contributors), chorale encodings by Margaret "
            "Greentree and others; Open Hymnal Project, http://openhymnal.org",
            "tempo": 84,
        },
    ),
    "folk": Recipe(
        "Folk tunes",
        Vocabulary(
            TimeBase.BEATS, 12, 48, (Part("Fiddle", 40, 0, 55, 93),), low=48, high=98,
            meters=((4, 4), (6, 8), (2, 2), (2, 4), (3, 4), (9, 8), (3, 8), (12, 8), (6, 4)),
        ),
        # So much dropout is for an hour with a teacher (`--teacher folk`), as this model was first trained; it went on
        # in other keys with less, and at last in its own (resources/ablation.md).
        ModelConfig(tied=64, past=True, dropout=0.25, input_dropout=0.1, head_dropout=0.15),
        lanes=32,
        rate=2.5e-3,
        exact_parts=True,
        defaults={"polyphony": 1},
        card={
            "corpus": "Ryan's Mammoth Collection (1883), O'Neill's Music of Ireland (1903), Aird's Airs (1778-1801), "
            "from the ABC files in music21",
            "licence": "tunes in the public domain; transcriptions distributed with music21 by permission of their "
            "encoders, without a licence of their own",
            "attribution": "the transcribers named in music21's ABC files",
            "tempo": 112,
        },
    ),
    "quartet": Recipe(
        "String quartet",
        Vocabulary(
            TimeBase.BEATS, 24, 96,
            (
                Part("Violin I", 40, 0, 55, 103),
                Part("Violin II", 40, 1, 55, 96),
                Part("Viola", 41, 2, 48, 88),
                Part("Cello", 42, 3, 36, 76),
            ),
            low=34, high=107, velocities=8, meters=COMMON,
        ),
        # It went on in other keys with itself as a teacher (resources/ablation.md).
        ModelConfig(tied=64, past=True, dropout=0.1, input_dropout=0.05, head_dropout=0.05),
        exact_parts=True,
        card={
            "corpus": "OpenScore String Quartets",
            "licence": "CC0 1.0",
            "attribution": "OpenScore String Quartets, https://github.com/OpenScore/StringQuartets",
            "tempo": 100,
        },
    ),
    "piano": Recipe(
        "Piano",
        Vocabulary(TimeBase.SECONDS, 100, 100, (Part("Piano", 0, 0, 21, 108),), low=21, high=108, velocities=32),
        # For an hour with a teacher of 768 units, which was trained for as long with half of this dropout.
        ModelConfig(tied=64, recent=8, dropout=0.2, input_dropout=0.1, head_dropout=0.1),
        # Trained on windows of 32, its notes became too short within an hour of play.
        lanes=16,
        window=64,
        rate=2.8e-3,
        next_piece_events=256,
        # In 1 % of the corpus more notes sound at once, but a model that goes beyond does not come back by itself.
        defaults={"polyphony": 20},
        card={
            "corpus": "Classical piano by Bernd Krueger (piano-midi.de); reproducing piano rolls (pianolatron-data)",
            "licence": "piano-midi.de: CC BY-SA 3.0 DE; piano rolls: MIT (one licence for the whole repository)",
            "attribution": "Bernd Krueger, http://www.piano-midi.de; Piano Rolls, "
            "https://github.com/pianoroll/pianolatron-data",
            "tempo": 120,
        },
    ),
    "drums": Recipe(
        "Drums",
        Vocabulary(
            TimeBase.BEATS, 48, 96, (Part("Kit", 0, 9, 35, 59, percussive=True),), low=22, high=81, velocities=32,
            meters=((4, 4), (3, 4), (6, 8), (5, 4), (5, 8)),
        ),
        ModelConfig(tied=64, past=True, dropout=0.5, input_dropout=0.25, weight_drop=0.2, head_dropout=0.35),
        # Small batches memorise this corpus.
        lanes=32,
        rate=2.5e-3,
        card={
            "corpus": "Groove MIDI Dataset 1.0.0",
            "licence": "CC BY 4.0",
            "attribution": "Gillick, Roberts, Engel, Eck, Bamman: Learning to Groove with Inverse Sequence "
            "Transformations, ICML 2019; https://magenta.tensorflow.org/datasets/groove",
            "tempo": 108,
        },
    ),
}  # fmt: skip


# Shares of a corpus that decide what its recipe is for.
ALMOST_ALL = 0.9
MOST = 0.75
MOST_NAMED = 0.1
MAX_PARTS = 8


def passes_for(notes: int) -> float | None:
    """How often a corpus of so many notes is read at most by a model that begins from nothing; None: no limit."""
    return PASSES if notes < MEMORISABLE_NOTES else None


def for_summaries(title: str, pieces: list[Summary]) -> Recipe:
    """A recipe for any corpus: drums alone, one instrument, or as many parts as most of its music has (at most eight).

    Drums strike so often that they outnumber the notes of everything else: a corpus is drums alone only if almost all
    of its pieces are.
    """
    lines = [line for piece in pieces for line in piece.lines]
    total = sum(line.notes for line in lines)
    drums = sum(line.notes for line in lines if line.percussive)
    counts = [len(piece.pitched) for piece in pieces]
    if drums > ALMOST_ALL * total and counts.count(0) >= ALMOST_ALL * len(pieces):
        kit = replace(RECIPES["drums"], title=title, card={}, passes=passes_for(total))
        return kit if pieces[0].base is TimeBase.BEATS else _in_seconds(kit)
    count = usual_count([(count, piece.notes) for count, piece in zip(counts, pieces, strict=True)])
    parts = tuple(usual_part(index, count, pieces) for index in range(count))
    if drums:
        parts = (*parts, Part("Kit", 0, 9, percussive=True))
    velocities = len(frozenset().union(*(piece.velocities for piece in pieces)))
    meters = Counter(meter for piece in pieces for meter in piece.meters)
    base = pieces[0].base
    vocabulary = Vocabulary(
        base,
        24 if base is TimeBase.BEATS else 100,
        96 if base is TimeBase.BEATS else 100,
        parts,
        max(0, min(line.low for line in lines) - 3),
        min(127, max(line.high for line in lines) + 3),
        32 if velocities > 16 else 1,
        meters=tuple(meter for meter, _ in meters.most_common(10)) if base is TimeBase.BEATS else ((4, 4),),
    )
    small = total < 50_000
    config = ModelConfig(
        units=256 if small else 512,
        **tied_head(parts, base),
        dropout=0.4 if small else 0.2,
        input_dropout=0.2 if small else 0.1,
    )
    passes = passes_for(total)
    lanes, window = (8, 64) if base is TimeBase.SECONDS else (16, 32)
    return Recipe(
        title, vocabulary, config, transpose=(-3, 3) if passes else (0, 0), lanes=lanes, window=window, passes=passes,
    )  # fmt: skip


def _in_seconds(recipe: Recipe) -> Recipe:
    """A recipe that counts beats, changed to count seconds."""
    v = replace(recipe.vocabulary, base=TimeBase.SECONDS, resolution=100, max_delta=100, meters=((4, 4),))
    return replace(recipe, vocabulary=v, config=replace(recipe.config, **tied_head(v.parts, v.base)))


def tied_head(parts: Sequence[Part], base: TimeBase) -> dict[str, Any]:
    """The settings of `ModelConfig` for the tied head: none where neighbouring pitches are not all related."""
    related = len({part.percussive for part in parts}) == 1
    return {"tied": 64 if related else 0, "past": related and base is TimeBase.BEATS}


def usual_count(pieces: list[tuple[int, int]]) -> int:
    """How many parts a model needs so that most of the notes are in pieces with as many or fewer.

    These pieces fit; the parts of larger ones share those of the model. pieces: (parts besides drums, notes) of each.
    """
    played = sorted(each for each in pieces if each[0])
    total = sum(notes for _, notes in played)
    so_far = 0
    for count, notes in played:
        so_far += notes
        if so_far >= MOST * total:
            return min(MAX_PARTS, count)
    return 1


def usual_part(index: int, count: int, pieces: list[Summary]) -> Part:
    """The part with this index, counted from the highest, in pieces with `count` parts."""
    alike = [piece.pitched for piece in pieces if len(piece.pitched) == count]
    lines = [sorted(each, key=lambda line: -line.mean)[index] for each in alike]
    # Channel 10 is the drums'.
    channel = index if index < 9 else index + 1
    if not lines:
        return Part(f"Part {index + 1}", 0, channel)
    ((name, named),) = Counter(line.name for line in lines).most_common(1)
    if named < max(MOST_NAMED * len(lines), min(2, len(lines))):  # tracks called after their pieces
        name = ""
    ((program, _),) = Counter(line.program for line in lines).most_common(1)
    low, high = min(line.low for line in lines), max(line.high for line in lines)
    return Part(name or f"Part {index + 1}", program, channel, low, high)
