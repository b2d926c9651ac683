"""What a session generates and answers: only what is allowed, and as the settings say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from musiclstm.model.constraints import Constraints
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.sampling import FieldSampling
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Part
from tests.model.playing import check_rules, play
from tests.model.tiny import tiny_model

RULES: list[tuple[Constraints, Callable[[Event, int], bool]]] = [
    (Constraints(), lambda event, sounding: True),
    (Constraints(low=50, high=70), lambda event, sounding: event.kind != Kind.ON or 50 <= event.pitch <= 70),
    (Constraints(polyphony=2), lambda event, sounding: sounding <= 2),
    (Constraints(polyphony=1, pitch=FieldSampling(0.2, 0.5)), lambda event, sounding: sounding <= 1),
    (
        Constraints(pitch_classes=0b101010110101),
        lambda event, sounding: event.kind != Kind.ON or event.pitch % 12 in {0, 2, 4, 5, 7, 9, 11},
    ),
    (Constraints(parts=frozenset({1, 3})), lambda event, sounding: event.kind == Kind.WAIT or event.part in {1, 3}),
    (Constraints(min_delta=3), lambda event, sounding: event.delta >= 3),
    (Constraints(max_delta=5), lambda event, sounding: event.delta <= 5),
    (Constraints(min_delta=4, max_delta=4), lambda event, sounding: event.delta == 4),
    (Constraints(may_start=False), lambda event, sounding: event.kind != Kind.ON),
    (
        Constraints(part_polyphony=(1, 1, 1, 1), part_ranges=((60, 80), (55, 70), (48, 60), (36, 50))),
        lambda event, sounding: sounding <= 4 and (event.part > 0 or event.kind != Kind.ON or event.pitch >= 60),
    ),
]


@pytest.mark.parametrize(("constraints", "rule"), RULES)
def test_rules_hold(model: ModelFile, constraints: Constraints, rule: Callable[[Event, int], bool]) -> None:
    session = Session(model, seed=5)
    sounding = 0
    for event in check_rules(session, constraints):
        sounding += {Kind.ON: 1, Kind.OFF: -1, Kind.WAIT: 0}[event.kind]
        assert rule(event, sounding)
    assert sounding == len(session.context.sounding)


def test_if_nothing_is_allowed_it_waits(model: ModelFile) -> None:
    session = Session(model)
    generated = session.generate(Constraints(parts=frozenset()))
    assert generated.event == Event(model.vocabulary.max_delta, Kind.WAIT)
    assert session.generate(Constraints(parts=frozenset(), max_delta=7)).event == Event(7, Kind.WAIT)
    assert session.tick == model.vocabulary.max_delta + 7


def test_it_continues_when_every_pitch_sounds(model: ModelFile) -> None:
    session = Session(model)
    vocabulary = model.vocabulary
    for part in range(4):
        for pitch in range(vocabulary.low, vocabulary.high + 1):
            session.feed(Event(0, Kind.ON, pitch, 80, part))
    check_rules(session, Constraints(), 50)


def test_drums_have_no_note_offs(tmp_path: Path) -> None:
    path = tiny_model(tmp_path, parts=(Part("Kit", 0, 9, percussive=True),), velocities=4)
    session = Session(open_model(path))
    assert all(event.kind is not Kind.OFF for event in check_rules(session, Constraints()))
    before = session.snapshot()
    session.feed(Event(3, Kind.OFF, 40, 0, 0))  # a released pad: only time passes
    assert session.snapshot().state is before.state
    assert session.tick == before.tick + 3


def test_an_answer_is_in_the_given_part_and_time(model: ModelFile) -> None:
    session = Session(model)
    session.feed(Event(0, Kind.ON, 72, 80, 0))
    for part in (1, 2, 3):
        generated = session.answer(0, part, Constraints(low=40, high=60, pitch_classes=1))
        assert (generated.event.delta, generated.event.kind, generated.event.part) == (0, Kind.ON, part)
        assert generated.event.pitch in {48, 60}
        assert generated.surprise > 0
    late = session.answer(250, 0)
    assert late.event.delta == 250
    assert session.tick == 250
    session.restore(late.before)
    assert session.answer(250, 0).event == late.event


def test_an_answer_ignores_constraints_that_leave_nothing(model: ModelFile) -> None:
    session = Session(model)
    assert session.answer(0, 0, Constraints(low=100, high=90)).event.kind is Kind.ON
    for pitch in range(model.vocabulary.low, model.vocabulary.high + 1):
        session.feed(Event(0, Kind.ON, pitch, 80, 2))
    before = session.snapshot()
    with pytest.raises(ValueError, match="sounds"):
        session.answer(5, 2)
    assert session.tick == before.tick


def test_an_answer_may_start_in_a_part_that_is_silenced(model: ModelFile) -> None:
    """Which parts play and whether notes may start is said of what the model plays by itself."""
    session = Session(model, seed=5)
    low = Constraints(parts=frozenset({0}), may_start=False, high=50)
    for _ in range(20):
        event = session.answer(6, 2, low).event
        assert (event.kind, event.part) == (Kind.ON, 2)
        assert event.pitch <= 50
        session.feed(Event(1, Kind.OFF, event.pitch, 0, 2))


@pytest.mark.parametrize(("delta", "part"), [(-1, 0), (0, -1), (0, -5), (0, 4), (0, 16)])
def test_no_answer_comes_before_now_or_in_a_part_that_there_is_not(model: ModelFile, delta: int, part: int) -> None:
    session = Session(model)
    before = session.snapshot()
    with pytest.raises(ValueError, match="no such event"):
        session.answer(delta, part)
    assert session.snapshot() == before


def test_temperature_and_top_p(model: ModelFile) -> None:
    """A low temperature or top-p favours likely choices, so the surprise falls."""

    def surprise(constraints: Constraints) -> float:
        session = Session(model, seed=1)
        return float(np.mean([session.generate(constraints).surprise for _ in range(200)]))

    cold = FieldSampling(0.2)
    narrow = FieldSampling(1.0, 0.3)
    assert surprise(Constraints(cold, cold, cold)) < surprise(Constraints()) - 0.5
    assert surprise(Constraints(narrow, narrow, narrow)) < surprise(Constraints()) - 0.5


def test_density(model: ModelFile) -> None:
    def ticks(density: float) -> int:
        session = Session(model, seed=1)
        play(session, 200, Constraints(density=density))
        return session.tick

    assert ticks(1.0) < ticks(0.0) < ticks(-1.0)
