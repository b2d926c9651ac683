"""How far chords lead: the share of chord tones in play, and what held-out notes cost under their own chords.

    python -m tests.benchmarks.chords MODEL CORPUS

Play is 32 bars of `Dm7 | G7 | Cmaj7 | A7` with each of some seeds. The held-out pieces (validation) get the chords that
`training.harmony` recognises in them. Nats are those of the pitches, a note.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np

from musiclstm.engine.offline import render
from musiclstm.engine.performer.chord_guide import ChordGuide, ChordLine
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music import parts as voices
from musiclstm.music.chord_symbol import Role
from musiclstm.music.chord_track import read
from musiclstm.music.event import Kind
from musiclstm.music.note import Piece
from musiclstm.music.walk import meter_changes, walk
from training import corpora
from training.harmony import chords_of

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
PROGRESSION = "Dm7 | G7 | Cmaj7 | A7"


def chord_tones(model: ModelFile, strength: float, seeds: int) -> tuple[float, float, float]:
    """Shares of chord tones on the beat and between, and of notes to avoid or outside, of all that start."""
    found: Counter[tuple[bool, bool]] = Counter()
    wrong = 0
    for seed in range(seeds):
        piece = render.generate(model, render.Request(seed=seed, chords=PROGRESSION, controls={"chords": strength}))
        track = read(PROGRESSION, piece.meters[0].bar_beats)
        for note in piece.notes:
            chord = track.at(note.onset).chord
            if chord is not None and not piece.parts[note.part].percussive:
                role = chord.roles[note.pitch % 12]
                found[abs(note.onset - round(note.onset)) < 0.02, role is Role.TONE] += 1
                wrong += role >= Role.OUTSIDE
    on, between = (found[beat, True] / max(1, found[beat, True] + found[beat, False]) for beat in (True, False))
    return on, between, wrong / max(1, found.total())


def pitch_nats(model: ModelFile, pieces: Sequence[Piece]) -> dict[float, float]:
    """Nats of the pitches of a note that starts, for each strength, where a chord is clear."""
    vocabulary = model.vocabulary
    beat = vocabulary.resolution
    sums, notes = dict.fromkeys(STRENGTHS, 0.0), 0
    for piece in pieces:
        assigned = voices.assign(piece, vocabulary)
        events = vocabulary.encode(assigned)
        first, *changes = meter_changes(assigned, vocabulary)
        bars = np.array([(c.tick, c.bar_ticks, c.index) for c in (first, *changes)])
        line = ChordLine(chords_of(vocabulary.encode_packed(assigned), bars, vocabulary))
        for strength in STRENGTHS:
            guide = ChordGuide(line, strength, lambda tick: tick / beat, [0] * len(vocabulary.parts))
            session = Session(model, meter=first.meter, origin=first.tick, max_match=None)
            for event, change in walk(events, changes):
                if change is not None:
                    session.set_meter(change.meter, change.tick)
                nats = session.feed_by_field(event, guide if strength else None)
                if event.kind is Kind.ON and line.at(session.tick / beat).chord is not None:
                    sums[strength] += nats[-1][2]
                    notes += not strength
    return {strength: total / max(1, notes) for strength, total in sums.items()}


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser("python -m tests.benchmarks.chords", description="How far do chords lead?")
    p.add_argument("model")
    p.add_argument("corpus", nargs="*", help="as for `musiclstm train`; without it only play is measured")
    p.add_argument("--seeds", type=int, default=10)
    p.add_argument("--pieces", type=int, default=30, help="held-out pieces at most")
    options = p.parse_args(argv)
    model = open_model(options.model)
    nats: dict[float, float] = {}
    if options.corpus:
        corpus = corpora.load(options.corpus, model.vocabulary.base)
        nats = pitch_nats(model, list(corpus.read(corpus.valid[: options.pieces])))
    print(
        "| strength | chord tones on the beat | between | avoided or outside | nats of a pitch |\n|---|---|---|---|---|"
    )
    for strength in STRENGTHS:
        on, between, wrong = chord_tones(model, strength, options.seeds)
        cost = f"{nats[strength]:.3f}" if strength in nats else "–"
        print(f"| {strength:g} | {on:.1%} | {between:.1%} | {wrong:.1%} | {cost} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
