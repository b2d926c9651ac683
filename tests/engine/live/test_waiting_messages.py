"""Floods of MIDI: the last value counts, notes keep their places and end, and little waits before what comes next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest

from musiclstm.engine.live.waiting import MOST
from musiclstm.engine.live.waiting_messages import WaitingMessages


class Desk:
    """Queues calls, and carries out messages when it is told to."""

    def __init__(self) -> None:
        self.calls: deque[Callable[[], None]] = deque()
        self.played: list[str] = []
        self.waiting = WaitingMessages(self.calls.append, lambda arrived: self.played.append(arrived[0].hex(" ")))

    def put(self, *those: str) -> None:
        for each in those:
            self.waiting.put((bytes.fromhex(each), 0.0))

    def work(self) -> list[str]:
        while self.calls:
            self.calls.popleft()()
        played, self.played[:] = list(self.played), []
        return played


@pytest.mark.parametrize("moved", ["b0 01", "e3 00", "d0", "a0 3c"])
def test_in_a_flood_the_last_value_counts_and_a_note_waits_for_little(moved: str) -> None:
    desk = Desk()
    for _ in range(100):
        desk.put(*(f"{moved} {value:02x}" for value in range(100)))
    desk.put("90 3c 40", "80 3c 00")
    played = desk.work()
    assert len(played) < 100
    assert played[-3:] == [f"{moved} 63", "90 3c 40", "80 3c 00"]


def test_what_is_no_flood_is_played_as_it_came() -> None:
    desk = Desk()
    tapped = ["b0 15 7f", "b0 15 00", "b0 15 7f", "b0 15 00", "90 3c 40", "e0 00 50", "80 3c 00", "e0 00 40"]
    desk.put(*tapped)
    assert desk.work() == tapped


def test_what_depends_on_what_came_before_is_not_left_out_of_a_flood() -> None:
    desk = Desk()
    tuned = ["b0 65 00", "b0 64 00", "b0 06 02", "b0 65 00", "b0 64 01", "b0 06 40", "b0 00 01", "c0 05", "b0 00 02"]
    desk.put(*["b0 01 05"] * 100, *tuned, "b0 40 7f", "b0 40 00", "b0 40 7f", "b0 40 00")
    assert desk.work()[-13:] == [*tuned, "b0 40 7f", "b0 40 00", "b0 40 7f", "b0 40 00"]


def test_no_more_wait_than_a_second_takes_and_notes_and_pedals_come_up() -> None:
    desk = Desk()
    desk.put("b0 40 7f", *["90 3c 40", "80 3c 00"] * MOST)
    desk.put("90 3d 40", "80 3d 00", "b0 40 00", "b0 7b 00")
    played = desk.work()
    assert len(played) < MOST + 10
    assert "90 3d 40" not in played
    assert played[-3:] == ["80 3d 00", "b0 40 00", "b0 7b 00"]
