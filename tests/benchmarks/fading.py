"""Fading: how much of what a model expects next depends on what was long ago (`model.prime.READ`).

    python -m tests.benchmarks.fading [--model piano] [--events 9000]

The model plays. Then the LSTM reads only the last K of its events, from an empty state, with the context that follows
from all of them. `time`, `pitch`: the total variation between what it expects next then and after all; `hidden`: the
largest difference of an output. Quantised weights round, so even a difference of 1e-6 grows to some 0.002 of `hidden`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from musiclstm.model.modelfile import open_model
from musiclstm.model.sampling import masked_softmax
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot

READ = (250, 500, 1000, 2000, 4000, 8000)


def main() -> None:
    parser = argparse.ArgumentParser(description="How far back an LSTM remembers.")
    parser.add_argument("--model", default="piano")
    parser.add_argument("--events", type=int, default=9_000)
    options = parser.parse_args()
    session = Session(open_model(options.model), 3)
    snapshots: dict[int, Snapshot] = {}
    events = []
    for index in range(options.events):
        if options.events - index in READ:
            snapshots[options.events - index] = session.snapshot()
        events.append(session.generate().event)
    whole = expected(session)
    empty = Session(session.model).snapshot().state
    for count in READ:
        session.restore(replace(snapshots[count], state=empty))
        for event in events[-count:]:
            session.read(event)
        time, pitch, hidden = (np.abs(a - b) for a, b in zip(expected(session), whole, strict=True))
        print(f"last {count}: time {time.sum() / 2:.6f}, pitch {pitch.sum() / 2:.6f}, hidden {hidden.max():.6f}")


def expected(session: Session) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    logits = np.asarray(session._predictor.time_logits(session._state.projections, session._inputs))
    times = masked_softmax(logits, np.ones(len(logits), dtype=np.bool_))
    return times, session.expectation(), session.frame()[1]


if __name__ == "__main__":
    main()
