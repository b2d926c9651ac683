"""The clock that follows a person: their tempo and beat, smoothly, from made-up times."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.engine.clock.base import Change, ClockChange
from musiclstm.engine.clock.person import PersonClock
from musiclstm.music.timeline import Timeline
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM

RHYTHM = ((0.0, 100), (0.5, 60), (1.0, 80), (1.5, 60), (2.0, 90), (3.0, 80), (3.5, 60))  # beats of a bar, velocities


class Person:
    """Plays a rhythm at a tempo that may change, with the jitter of a hand, to a clock whose time is made up."""

    def __init__(self, tempo: float, seed: int = 1) -> None:
        self.time = 100.0
        self.clock = PersonClock(tempo, lambda: self.time, 0.0)
        self.changes: list[ClockChange] = []
        self.clock.subscribe(self.changes.append)
        self.tempos: list[float] = []
        self.clock.subscribe(lambda _: self.tempos.append(self.clock.timeline.tempo))
        self.clock.start(0.0)
        self._dice = random.Random(seed)

    def wait(self, until: float) -> None:
        """As in the engine's thread, which settles the clock ten times a second."""
        while self.time + 0.1 < until:
            self.time += 0.1
            self.clock.settle()
        self.time = max(self.time, until)
        self.clock.settle()

    def play(self, notes: Iterable[tuple[float, int]], jitter: float = 0.01) -> None:
        for time, velocity in notes:
            self.wait(time + self._dice.gauss(0, jitter))
            self.clock.heard(self.time, velocity + self._dice.randint(-10, 10))

    def beats_off(self, beat: float) -> float:
        """How far the clock is, just now, from this beat or a whole number of beats away."""
        return abs((self.clock.timeline.beat_at(self.time) - beat + 0.5) % 1.0 - 0.5)


def bars(count: int, start: float, tempo: Callable[[float], float]) -> Iterator[tuple[float, int]]:
    """Times and velocities of a rhythm; tempo: BPM at each beat."""
    time, before = start, 0.0
    for beat, velocity in ((4 * bar + each, velocity) for bar in range(count) for each, velocity in RHYTHM):
        while before < beat:
            step = min(0.1, beat - before)
            time += step * 60 / tempo(before)
            before += step
        yield time, velocity


@pytest.mark.parametrize("set_to", [90.0, 100.0, 110.0])
def test_it_comes_to_the_persons_tempo_and_beat(set_to: float) -> None:
    person = Person(set_to)
    notes = list(bars(8, 100.0, lambda _: 100.0))
    person.play(notes)
    assert person.clock.timeline.tempo == pytest.approx(100, rel=0.03)
    person.wait(notes[-1][0] + 0.3)
    assert person.beats_off(3.5 + 0.3 * 100 / 60) < 0.06
    assert person.clock.locked


def test_it_follows_a_slow_change() -> None:
    person = Person(100)
    person.play(bars(16, 100.0, lambda beat: 100 + 25 * beat / 64))
    assert person.clock.timeline.tempo == pytest.approx(125, rel=0.04)
    assert person.beats_off(3.5) < 0.08


def test_it_follows_a_person_who_slows_down_by_half() -> None:
    person = Person(100)
    person.play(bars(12, 100.0, lambda beat: max(50, 100 - 1.25 * beat)))
    assert person.clock.timeline.tempo == pytest.approx(50, rel=0.06)
    assert person.beats_off(3.5) < 0.1


def test_it_finds_a_beat_it_does_not_know() -> None:
    """The person comes in between two beats of the music, with one note a beat."""
    person = Person(96)
    person.play((100.0 + (0.45 + beat) * 60 / 96, 80) for beat in range(40))
    assert person.beats_off(0.0) < 0.06


@pytest.mark.parametrize("tempo", [50.0, 90.0])
@pytest.mark.parametrize("notes_a_second", [8, 12, 16, 20])
def test_a_fast_trill_leaves_the_tempo_as_it_is(tempo: float, notes_a_second: int) -> None:
    for seed in range(4):
        person = Person(tempo, seed)
        person.play(bars(4, 100.0, lambda _: tempo))
        begin = 100.0 + 16 * 60 / tempo
        person.play(((begin + note / notes_a_second, 70) for note in range(4 * notes_a_second)), jitter=0.006)
        assert tempo / 1.7 < min(person.tempos) <= max(person.tempos) < tempo * 1.7


def test_far_away_it_comes_back_at_a_tempo_that_is_not_far_away() -> None:
    """As where one shift of half a beat follows another before the music has come to it."""
    person = Person(100)
    person.clock._tracker.timeline = Timeline(100.0, -1.8, 100.0)
    person.clock._tracker.heard = lambda *_: True  # type: ignore[method-assign]
    person.clock.heard(100.0, 80)
    assert 74 < person.clock.timeline.tempo < 76
    person.wait(100 + 1.8 * 4 * 0.6 + 0.2)
    assert person.clock.timeline.tempo == 100
    assert person.beats_off(person.clock._tracker.timeline.beat_at(person.time)) < 0.01


def test_it_goes_on_while_the_person_is_silent() -> None:
    person = Person(100)
    person.play(bars(8, 100.0, lambda _: 110.0))
    person.wait(person.time + 1.5)
    tempo = person.clock.timeline.tempo
    assert tempo == pytest.approx(110, rel=0.03)
    person.wait(person.time + 60)
    assert person.clock.timeline.tempo == tempo
    assert not person.clock.locked


def test_a_tempo_that_is_set_counts_from_then_on() -> None:
    person = Person(100)
    person.play(bars(4, 100.0, lambda _: 100.0))
    beat = person.clock.timeline.beat_at(person.time)
    person.clock.set_tempo(70)
    assert person.clock.timeline.tempo == 70
    assert person.clock.timeline.beat_at(person.time) == pytest.approx(beat)
    person.wait(person.time + 5)
    assert person.clock.timeline.tempo == 70


def test_nothing_is_followed_while_it_stands() -> None:
    person = Person(100)
    person.clock.stop()
    person.play(bars(4, 101.0, lambda _: 140.0))
    assert person.clock.timeline.tempo == 100


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 4), st.integers(1, 127)), max_size=80),
    st.floats(MIN_BPM, MAX_BPM),
)
def test_it_never_jumps_and_never_stands(notes: list[tuple[float, int]], tempo: float) -> None:
    """Whatever is played: the beat goes on without a jump, at a tempo that is allowed."""
    person = Person(tempo)
    for gap, velocity in notes:
        person.wait(person.time + gap)
        before = person.clock.timeline.beat_at(person.time)
        person.clock.heard(person.time, velocity)
        timeline = person.clock.timeline
        assert timeline.beat_at(person.time) == pytest.approx(before, abs=1e-6)
        assert MIN_BPM <= timeline.tempo <= MAX_BPM
        assert math.isfinite(timeline.beat_origin)
    assert all(change.change in (Change.START, Change.TEMPO) for change in person.changes)
