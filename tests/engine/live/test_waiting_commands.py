"""Floods of commands: the last value counts, nothing fills up, and what ends something is never lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from musiclstm.engine.live.waiting import MOST
from musiclstm.engine.live.waiting_commands import WaitingCommands
from musiclstm.protocol import commands
from musiclstm.protocol.commands import Command, PlayerNote, SetControl, SetPart


class Desk:
    """Queues calls, and carries out commands when it is told to."""

    def __init__(self) -> None:
        self.calls: deque[Callable[[], None]] = deque()
        self.done: list[Command] = []
        self.waiting = WaitingCommands(self.calls.append, self.done.append)

    def put(self, *those: Command) -> list[bool]:
        return [self.waiting.put(each) for each in those]

    def work(self) -> list[Command]:
        while self.calls:
            self.calls.popleft()()
        done, self.done[:] = list(self.done), []
        return done


def test_of_many_values_the_last_one_counts() -> None:
    desk = Desk()
    for value in range(5 * MOST):
        desk.put(SetControl("density", value), SetControl("swing", -value), SetPart(1, volume=value % 128))
    last = 5 * MOST - 1
    assert desk.work() == [
        SetControl("density", last),
        SetControl("swing", -last),
        SetPart(1, volume=last % 128),
    ]
    assert desk.put(SetControl("density", 0.5)) == [True]
    assert desk.work() == [SetControl("density", 0.5)]


def test_a_value_counts_after_those_that_came_before_it() -> None:
    desk = Desk()
    morph = commands.Morph("A", "B", 0.5)
    desk.put(SetControl("density", 0.1), morph, SetControl("drums:density", 0.3), SetControl("density", 0.2))
    assert desk.work() == [morph, SetControl("drums:density", 0.3), SetControl("density", 0.2)]


def test_what_another_command_may_depend_on_keeps_its_place() -> None:
    desk = Desk()
    asked: list[Command] = [SetControl("density", 0.1), SetPart(0, mode="auto"), SetPart(0, mute=True)]
    asked += [SetPart(0, mode="auto"), commands.Forget()]
    asked += [SetControl("density", 0.2), PlayerNote(60, 90), PlayerNote(60, 0), commands.Back(1.0), commands.Back(1.0)]
    desk.put(*asked)
    assert desk.work() == asked


def test_no_more_wait_than_a_second_takes_and_notes_end() -> None:
    desk = Desk()
    assert all(desk.put(*[PlayerNote(60, 90)] * MOST))
    assert desk.put(PlayerNote(61, 90), commands.Back(1.0), SetControl("density", 0.1)) == [False] * 3
    ends: list[Command] = [PlayerNote(60, 0), PlayerNote(60, 0, 1), commands.Stop(), commands.Panic()]
    assert all(desk.put(*ends * MOST))
    assert desk.work()[MOST:] == ends
    assert desk.put(PlayerNote(61, 90)) == [True]
