"""The trail: after any number of steps and rollbacks, what comes next is what was rolled back first."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

from musiclstm.engine.performer.trail import Trail


def test_what_was_rolled_back_comes_again() -> None:
    for seed in range(200):
        chance = Random(seed)
        history: Any = SimpleNamespace(events=0)
        trail, steps = Trail(0), list[int]()  # the event of each step; one event may have none, or several
        for _ in range(60):
            if chance.random() < 0.7:
                number = trail.next
                trail.passes(history, number + 1)
                steps += [number] * chance.choice((0, 1, 1, 3))
                history.events = len(steps)
            elif steps:
                left = chance.randrange(len(steps) + 1)
                while 0 < left < len(steps) and steps[left - 1] == steps[left]:
                    left -= 1  # an event is rolled back whole
                expected = steps[left] if left < len(steps) else None
                del steps[left:]
                history.events = left
                trail.rewind(history)
                if expected is not None:
                    assert trail.next <= expected
                    assert not steps or trail.next > steps[-1]
