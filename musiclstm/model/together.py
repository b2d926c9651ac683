"""Together: several sessions of one model run at the same time, with one step of the LSTM for all.

A task is a generator that yields its session whenever it is about to ask it for what comes next; its return value is
the result. Tasks do not know of each other: each has the result that it would have alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import numpy as np

from musiclstm.model.session import Session

T = TypeVar("T")
Task = Generator[Session, None, T]

AT_ONCE = 64
"""Batch size: with more tasks at once, the time per event falls no further."""


def together(tasks: Iterable[Task[T]], at_once: int = AT_ONCE) -> Iterator[T]:
    """The result of each task, in their order; some of them run at once. All sessions must be of one model."""
    for done in rounds(tasks, at_once, at_once):
        yield from done


def rounds(tasks: Iterable[Task[T]], at_once: int = AT_ONCE, new: int = 1) -> Iterator[list[T]]:
    """Runs tasks like `together`; after each step yields the results that have come, still in the order of the tasks.

    new: how many tasks may begin in one step.
    """
    waiting = iter(enumerate(tasks))
    running: deque[tuple[int, Task[T]]] = deque()
    results: dict[int, T] = {}
    due = 0
    while True:
        running.extend(islice(waiting, min(new, at_once - len(running))))
        if not running:
            return
        sessions = []
        for _ in range(len(running)):
            number, task = running.popleft()
            try:
                sessions.append(next(task))
                running.append((number, task))
            except StopIteration as end:
                results[number] = end.value
        read_together(sessions)
        done = []
        while due in results:
            done.append(results.pop(due))
            due += 1
        yield done


def alone(task: Generator[object, None, T]) -> T:
    """The result of a single task."""
    while True:
        try:
            next(task)
        except StopIteration as end:  # noqa: PERF203 (a step takes longer)
            result: T = end.value
            return result


def read_together(sessions: Iterable[Session]) -> None:
    """Lets all sessions read their unread events, in one step."""
    behind = [session for session in sessions if session.unread is not None]
    if not behind:
        return
    x = np.concatenate([session.unread for session in behind])
    states = behind[0].stepper.step([session.last_state for session in behind], x)
    for session, state in zip(behind, states, strict=True):
        session.set_state(state)
