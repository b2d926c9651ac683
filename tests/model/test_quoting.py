"""The leanings of the echo: taboos hold, what was given is taken up, and it is all in the snapshot."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from musiclstm.model.constraints import Constraints
from musiclstm.model.echo import SEARCH_REACH, EventLog
from musiclstm.model.modelfile import open_model
from musiclstm.model.quoting import LONGEST_QUOTE
from musiclstm.model.session import Session
from musiclstm.model.sizes import GIVEN
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Part
from tests.model.tiny import tiny_model

MELODY = (Part("Melody", 0, 0, 36, 84),)
NEVER, AS_LEARNT, MORE = (Constraints(continuity=value, polyphony=1) for value in (-1.0, 0.0, 1.0))
TUNE = (60, 64, 62, 67, 65, 72, 60, 59, 69, 61)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(open_model(tiny_model(tmp_path_factory.mktemp("model"), parts=MELODY)))


def melody(session: Session, notes: int, constraints: Constraints, seed: int = 0) -> list[int]:
    session.reseed(seed)
    pitches: list[int] = []
    while len(pitches) < notes:
        event, _ = session.draw(constraints)
        pitches += [event.pitch] * (event.kind is Kind.ON)
    return pitches


def longest_repeat(pitches: list[int]) -> int:
    """Notes of the longest passage that comes twice, in any key."""
    steps = tuple(b - a for a, b in pairwise(pitches))
    longest = 0
    while len({steps[at : at + longest + 1] for at in range(len(steps) - longest)}) < len(steps) - longest:
        longest += 1
    return longest + 1


def teach(session: Session, pitches: tuple[int, ...] = TUNE) -> None:
    """The session hears a tune, from nothing."""
    session.forget()
    for pitch in pitches:
        session.read(Event(12, Kind.ON, pitch, 80))
        session.read(Event(12, Kind.OFF, pitch))


def test_never_quoting_repeats_no_melody_of_eight_notes(session: Session) -> None:
    # Three pitches, so that it cannot but repeat shorter ones.
    free = Constraints(polyphony=1, part_classes=(0b10000001,), low=60, high=72)
    session.forget()
    assert longest_repeat(melody(session, 1500, free)) > LONGEST_QUOTE
    session.forget()
    assert longest_repeat(melody(session, 1500, replace(free, continuity=-1.0))) <= LONGEST_QUOTE


def test_continuity_goes_on_as_before(session: Session) -> None:
    def agreeing(constraints: Constraints) -> int:
        count = 0
        teach(session, TUNE + TUNE + TUNE[:6])
        here = session.snapshot()
        for seed in range(300):
            session.restore(here)
            count += melody(session, 1, constraints, seed) == [TUNE[6]]
        return count

    assert agreeing(NEVER) < agreeing(AS_LEARNT) < agreeing(MORE) / 2


def test_what_was_given_is_taken_up_in_any_key(session: Session) -> None:
    def taken_up(given: float) -> int:
        count = 0
        for seed in range(40):
            teach(session)
            for pitch in (65, 69, 67):  # the tune's first notes, a fourth higher
                session.read(Event(12, Kind.ON, pitch, 80), given=False)
                session.read(Event(12, Kind.OFF, pitch), given=False)
            count += melody(session, 1, Constraints(given=given, polyphony=1), seed) == [72]
        return count

    assert taken_up(1.0) > 2 * taken_up(0.0) + 10


def test_only_what_was_given_counts_as_given(session: Session) -> None:
    teach(session)
    assert [note % 128 for note in session.context.given] == [*TUNE]
    melody(session, 20, AS_LEARNT)
    assert len(session.context.given) == len(TUNE)
    teach(session, tuple(40 + number % 40 for number in range(GIVEN + 5)))
    assert len(session.context.given) == GIVEN
    assert session.context.given[-1] == 40 + (GIVEN + 4) % 40


@pytest.mark.parametrize(
    "constraints", [NEVER, MORE, Constraints(given=1.0), Constraints(continuity=-0.5, density=0.4)]
)
def test_snapshots_are_exact_with_leanings(session: Session, constraints: Constraints) -> None:
    teach(session)
    melody(session, 30, constraints)
    here = session.snapshot()
    first = [session.draw(constraints) for _ in range(200)]
    session.restore(here)
    assert [session.draw(constraints) for _ in range(200)] == first


def test_leanings_change_no_surprise(session: Session) -> None:
    teach(session, TUNE + TUNE[:6])
    here = session.snapshot()
    for seed in range(10):
        session.restore(here)
        session.reseed(seed)
        event, surprise = session.draw(MORE)
        session.restore(here)
        assert session.feed(event) == pytest.approx(surprise, abs=1e-4)


@pytest.mark.parametrize("intervals", [False, True])
def test_continuations_are_all_that_followed(intervals: bool) -> None:
    rng, log, events = random.Random(3), EventLog(), []
    for number in range(1500):
        pitch = rng.choice((60, 62, 64))
        log = log.after(1, pitch, number, 80)
        events.append(pitch)
    keys = [256 + pitch for pitch in events]
    steps = [384, *(b - a + 384 for a, b in pairwise(events))]
    values = steps if intervals else keys
    assert len(values) < SEARCH_REACH
    for length in (1, 3, 6):
        last = values[-length:]
        expected = [values[at + length] for at in range(len(values) - length) if values[at : at + length] == last]
        assert sorted(log.continuations(length, intervals)) == sorted(expected)
    assert EventLog().continuations(3, intervals) == []
