"""Flat cost: event 1,000,000 costs what event 1,000 costs, in time and in memory.

    python -m tests.benchmarks.flat_cost [--model chorales] [--events 1000000] [--json]

The performer plays a real model under a manual clock, as fast as it can, into a null port. First it plays until its
time machine is full (an hour of music); from there on events are counted. Memory is the process's resident set. The two
costs are taken in turns, on the same machine at the same time, and of the same work: the old performer and one at event
1,000 are given the same memory at a bar line, and so play the same notes; CPU time of the thread for 200 events,
everything included that planning and sending an event takes.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import time
from pathlib import Path

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.engine.performer.voices import Voice
from musiclstm.engine.ports.base import NullPort
from musiclstm.engine.scheduler.scheduler import COMMIT, Scheduler, Sent
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.protocol import commands

BLOCK = 200


class Player:
    """A performer that plays on, as fast as it can."""

    def __init__(self, model: ModelFile, seed: int) -> None:
        self.clock = ManualClock(120.0)
        self.time_machine = TimeMachine()
        self.scheduler = Scheduler(self.clock, [NullPort()], on_sent=self._sent)
        session = Session(model, seed)
        self.performer = Performer(
            session, self.clock, self.scheduler, lambda _message: None, time_machine=self.time_machine
        )
        self.performer.handle(commands.Play(), 0.0)

    def _sent(self, sent: Sent) -> None:
        self.performer.sent(sent)

    @property
    def events(self) -> int:
        return self.performer.events

    def play(self, events: int) -> None:
        """Until so many more events are planned."""
        end = self.events + events
        while self.events < end:
            now = self.clock.now()
            when = self.performer.tick(now)
            if when > now:
                self.scheduler.run_until(when)

    def begin(self, memory: Snapshot) -> None:
        """Go on from another memory, at the next bar line."""
        state, timeline = self.performer.state, self.clock.timeline
        bar = state.beat_map.bar
        line = (state.position.edge() // bar + 2) * bar
        moment = timeline.time_at(line) - COMMIT
        while self.clock.now() < moment:
            when = self.performer.tick(self.clock.now())
            self.scheduler.run_until(min(moment, max(when, self.clock.now())))

        def become() -> dict[tuple[int, int], Voice]:
            state.session.restore(memory)
            state.beat_map.anchor(line)
            return {}

        self.performer.branching.branch("bookmark", line, become)

    def cost(self, events: int) -> float:
        """Microseconds of CPU an event."""
        first, begin = self.events, time.thread_time()
        self.play(events)
        return (time.thread_time() - begin) / (self.events - first) * 1e6


def resident() -> float:
    """MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", default="chorales")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    model = open_model(arguments.model)
    old = Player(model, 1)
    before = resident()
    filled, length = 0, -1
    while len(old.time_machine) > length:
        length = len(old.time_machine)
        old.play(2_000)
        filled = old.events
    gc.collect()
    full = resident()
    memory: list[tuple[int, float]] = []
    step = max(10_000, arguments.events // 10)
    for mark in (10_000, *range(step, arguments.events + 1, step)):
        old.play(mark - (old.events - filled))
        memory.append((mark, resident()))
        if not arguments.json:
            print(f"event {mark:>9,}: {memory[-1][1]:.2f} MB", flush=True)
    growth = memory[-1][1] - memory[0][1]
    old_costs: list[float] = []
    new_costs: list[float] = []
    for number in range(arguments.rounds):
        fresh = Player(model, 100 + number)
        fresh.play(1_000 - BLOCK // 2)
        memory_there = fresh.performer.state.history.snapshot()
        # In another order each time.
        turns = [(fresh, new_costs), (old, old_costs)]
        for player, costs in turns if number % 2 else reversed(turns):
            player.begin(memory_there)
            costs.append(player.cost(BLOCK))
    old_cost, new_cost = statistics.median(old_costs), statistics.median(new_costs)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "model": model.name,
        "moments": len(old.time_machine),
        "ring_mb": round(full - before, 1),
        "growth_mb": round(growth, 2),
        "microseconds_at_1000": round(new_cost, 1),
        "microseconds_at_the_end": round(old_cost, 1),
        "ratio": round(old_cost / new_cost, 3),
        "ratio_of_means": round(statistics.fmean(old_costs) / statistics.fmean(new_costs), 3),
        "memory": memory,
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"{result['machine']}; {model.title}; {len(old.time_machine):,} moments, {result['ring_mb']} MB")
    print(f"memory, event 10,000 to {arguments.events:,}: {growth:+.2f} MB (goal: at most 2)")
    print(f"an event: {new_cost:.0f} µs at 1,000, {old_cost:.0f} µs at {arguments.events:,}: ratio {result['ratio']}")


if __name__ == "__main__":
    main()
