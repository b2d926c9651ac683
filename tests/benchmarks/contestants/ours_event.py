"""Ours: whole events of a model that plays freely, by the session that the instrument plays with.

python -m tests.benchmarks.contestants.ours_event MODEL
"""

from __future__ import annotations

import sys
import time

from musiclstm.engine.system.priority import no_collection
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from tests.benchmarks.contestants.answer import answer


def main() -> None:
    session = Session(open_model(sys.argv[1]), 1)

    def measure(events: int) -> list[float]:
        seconds = []
        for _ in range(events):
            begin = time.perf_counter()
            # It reads the event before, too, which it has left unread until now.
            session.generate()
            seconds.append(time.perf_counter() - begin)
        return seconds

    with no_collection():
        answer("", measure)


if __name__ == "__main__":
    main()
