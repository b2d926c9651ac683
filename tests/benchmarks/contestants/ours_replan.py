"""Ours: beats that are decided again.

python -m tests.benchmarks.contestants.ours_replan MODEL
"""

from __future__ import annotations

import sys
import time

from musiclstm.engine.system.priority import no_collection
from musiclstm.model.constraints import FREE, Constraints
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music.note import TimeBase
from tests.benchmarks.contestants.answer import answer

# Controls that were moved: the masks of each are other than the last one's.
MOVED = (Constraints(density=0.2), Constraints(density=-0.2))


def main() -> None:
    session = Session(open_model(sys.argv[1]), 1)
    v = session.vocabulary
    beat = v.resolution if v.base is TimeBase.BEATS else v.resolution // 2

    def play(constraints: Constraints) -> int:
        """Until the beat is over; how many events that took."""
        end, events = session.tick + beat, 0
        while session.tick < end:
            session.generate(constraints)
            events += 1
        return events

    def measure(beats: int) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {"restore": [], "again": [], "events": [], "moved": [], "moved events": []}
        for number in range(beats):
            snapshot = session.snapshot()
            play(FREE)
            for name, constraints in (("moved", MOVED[number % 2]), ("again", FREE)):
                begin = time.perf_counter()
                session.restore(snapshot)
                restored = time.perf_counter()
                events = play(constraints)
                found[name].append(time.perf_counter() - begin)
                found["restore"].append(restored - begin)
                found["events" if name == "again" else "moved events"].append(events)
        return found

    with no_collection():
        answer("", measure)


if __name__ == "__main__":
    main()
