"""The sustain pedal, live: keys come up early, and what sounds is what was put."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.scheduler.scheduler import PEDALLING, Entry, Scheduler, Sent
from tests.engine.fakes import RecordingPort
from tests.engine.piano import Piano, Span

DOWN, UP = b"\xb0\x40\x7f", b"\xb0\x40\0"


class Bench:
    """A scheduler with one output that is played with the pedal, at 60 BPM, so that beats are seconds."""

    def __init__(self, *, lead: float = 0.0, lossy: bool = False) -> None:
        self.clock = ManualClock(60)
        self.port = RecordingPort()
        self.port.lead, self.port.lossy = lead, lossy
        self.sent: list[Sent] = []
        self.scheduler = Scheduler(self.clock, [self.port], on_sent=self.sent.append)
        self.scheduler.set_pedal(0, on=True)
        self.clock.start()

    def note(self, start: float, end: float, pitch: int, channel: int = 0, *, pedal: bool = True) -> None:
        number = len(self.scheduler.pending()) + len(self.sent) + 1
        on, off = bytes((0x90 | channel, pitch, 64)), bytes((0x80 | channel, pitch, 0))
        self.scheduler.put_all((Entry(start, on, 0, number, 0, pedal), Entry(end, off, 0, number)))

    def run(self, until: float) -> list[tuple[float, bytes]]:
        """What was sent meanwhile."""
        before = len(self.port.sent)
        self.scheduler.run_until(until)
        return [(round(time, 6), message) for time, message in self.port.sent[before:]]

    @property
    def piano(self) -> Piano:
        return Piano().hear(self.port.sent)


def test_a_long_note_lets_go_of_its_key() -> None:
    bench = Bench()
    bench.note(1, 3, 60)
    assert bench.run(5) == [(1, b"\x90\x3c\x40"), (1, DOWN), (1.12, b"\x80\x3c\0"), (3, UP)]
    assert [each.entry.message for each in bench.sent if each.entry.id == PEDALLING] == [DOWN, b"\x80\x3c\0", UP]
    end = bench.sent[-1]
    assert (end.entry.message, end.time, end.by_pedal) == (b"\x80\x3c\0", 3, True)


def test_without_it_keys_are_held() -> None:
    bench = Bench()
    bench.scheduler.set_pedal(0, on=False)
    bench.note(1, 3, 60)
    assert bench.run(5) == [(1, b"\x90\x3c\x40"), (3, b"\x80\x3c\0")]


def test_the_pedal_changes_with_the_harmony() -> None:
    bench = Bench()
    for start in range(4):
        for pitch in (60, 64, 67):
            bench.note(start, start + 1, pitch + start)
    bench.run(6)
    piano = bench.piano
    assert piano.pressed == 4
    assert piano.early == 12
    assert sorted(span[:2] for span in piano.spans) == [(float(n // 3), n // 3 + 1.0) for n in range(12)]
    downs = [time for time, message in bench.port.sent if message == DOWN]
    assert downs == pytest.approx([0.0, 1.04, 2.04, 3.04])


def test_a_note_that_lasts_on_keeps_its_key() -> None:
    bench = Bench()
    bench.note(0, 4, 48)
    bench.note(0, 1, 60)
    assert b"\x80\x30\0" not in [message for _, message in bench.run(1)]
    assert (1.08, b"\x80\x30\0") in bench.run(3)


def test_drums_and_a_persons_notes_are_left_alone() -> None:
    bench = Bench()
    bench.note(0, 2, 36, pedal=False)
    bench.scheduler.send_now(b"\x91\x3c\x40", id=-1)
    bench.note(0, 2, 64, 1)
    bench.run(3)
    assert bench.piano.pressed == 0


def test_a_pedal_that_a_person_holds_stays_down() -> None:
    bench = Bench()
    bench.note(0, 3, 60)
    bench.note(4, 6, 60)
    bench.run(1)
    bench.scheduler.send_now(DOWN, id=-1)
    assert bench.run(5) == [(4, b"\x90\x3c\x40")]  # neither up with the end of the first, nor down for the second
    bench.scheduler.send_now(UP, id=-1)
    bench.run(7)
    assert bench.piano.silent


def test_a_plan_that_is_rolled_back_leaves_the_pedal_under_the_note() -> None:
    bench = Bench()
    bench.note(0, 3, 60)
    bench.run(1)
    (end,) = bench.scheduler.cancel_from(1)
    assert bench.run(4) == []
    bench.scheduler.put_all((Entry(5, end.message, 0, end.id),))
    bench.note(4, 7, 62)  # planned anew, with a note that goes on
    assert bench.run(4.9) == [(4, b"\x90\x3e\x40")]
    assert bench.run(5)[0] == (5, UP)
    bench.run(8)
    assert sorted(bench.piano.spans) == [(0, 5, 0, 60), (4, 7, 0, 62)]


def test_an_end_that_comes_sooner_lifts_it() -> None:
    bench = Bench()
    bench.note(0, 5, 60)
    bench.run(1)
    bench.note(1, 1.5, 72)
    bench.run(2)
    assert bench.piano.spans == [(0, 1.5, 0, 60), (1, 1.5, 0, 72)]
    bench.run(6)
    assert bench.piano.silent


@pytest.mark.parametrize("way", ["stop", "panic", "another port", "close"])
def test_however_it_stops_the_pedal_comes_up(way: str) -> None:
    bench = Bench(lead=0.01)
    bench.note(0, 5, 60)
    bench.note(0, 5, 64)
    bench.run(1)
    assert bench.piano.pedals == {0}
    match way:
        case "stop":
            bench.scheduler.stop()
        case "panic":
            bench.scheduler.panic()
        case "another port":
            bench.scheduler.set_output(0, RecordingPort())
        case _:
            bench.scheduler.close()
    assert bench.piano.silent
    bench.run(8)
    assert bench.piano.silent


def test_a_lossy_port_is_told_again() -> None:
    bench = Bench(lossy=True)
    bench.note(0, 2, 60)
    bench.run(2)
    assert bench.run(2.2) == []
    assert sorted(bench.run(2.25)) == [(2.25, b"\x80\x3c\0"), (2.25, UP)]
    bench.run(5)
    bench.note(5, 7, 62)
    bench.note(7, 9, 64)
    bench.run(7.2)
    assert UP not in [message for _, message in bench.run(7.5)]  # it is down again


@st.composite
def lines(draw: st.DrawFn) -> list[Span]:
    """Notes of which no two of a key overlap, many of which end together."""
    starts = st.integers(0, 300).map(lambda n: n / 50)
    lengths = st.sampled_from([0.1, 0.5, 1.0, 2.0, 3.0]) | st.integers(1, 150).map(lambda n: n / 50)
    notes = draw(st.lists(st.tuples(starts, lengths, st.integers(0, 1), st.integers(58, 66)), max_size=25))
    kept: list[Span] = []
    for start, length, channel, pitch in sorted(notes):
        if all((channel, pitch) != other[2:] or other[1] <= start for other in kept):
            kept.append((start, start + length, channel, pitch))
    return kept


@settings(max_examples=150, deadline=None)
@given(lines(), st.sampled_from([0.1, 0.3, 0.5, 2.0, 20.0]), st.sampled_from([0.0, 0.007]))
def test_what_sounds_is_what_was_put_however_far_ahead(line: Sequence[Span], horizon: float, lead: float) -> None:
    bench = Bench(lead=lead)
    events: list[tuple[float, Entry]] = []
    for number, (start, end, channel, pitch) in enumerate(line, 1):
        events.append((end, Entry(end, bytes((0x80 | channel, pitch, 0)), 0, number)))
        events.append((start, Entry(start, bytes((0x90 | channel, pitch, 64)), 0, number, 0, pedal=True)))
    events.sort(key=lambda event: (event[0], event[1].message[0] >= 0x90))
    now = 0.0
    while now < 12:
        while events and events[0][0] <= now + horizon:
            bench.scheduler.put_all((events.pop(0)[1],))
        now += 0.0625
        bench.scheduler.run_until(now)
    piano = bench.piano
    assert piano.silent
    heard = sorted((round(start, 6), round(end, 6), *key) for start, end, *key in piano.spans)
    assert heard == sorted((round(start, 6), round(end, 6), *key) for start, end, *key in line)
    told = [each.entry.message for each in bench.sent if not each.by_pedal]
    assert sorted(told) == sorted(message for _, message in bench.port.sent)
