"""What the players of a band hear of each other and of a person, and what they do about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import fmean

import pytest

from musiclstm.model.band import open_session
from musiclstm.model.constraints import Constraints
from musiclstm.model.hearing import Heard, Hearing, busier, class_bias, expected_onsets, loudness
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind


def test_what_others_play_is_likelier(names: dict[str, Path]) -> None:
    """A player leans to the pitch classes that another one holds."""
    model = open_model(f"{names['fiddle']}+{names['voices']}")

    def share(held: bool, strength: float = 1.0) -> float:
        session = open_session(model, 5)
        if held:
            for part, pitch in enumerate((60, 64, 67), 1):
                session.read(Event(0, Kind.ON, pitch, 80, part))
        events = [session.draw(Constraints(parts=frozenset({0}), hearing=Hearing(strength)))[0] for _ in range(800)]
        notes = [event.pitch for event in events if event.kind is Kind.ON]
        return sum(pitch % 12 in {0, 4, 7} for pitch in notes) / len(notes)

    assert share(held=True) > share(held=False) + 0.2
    assert share(held=True, strength=0.0) < share(held=False) + 0.1


def test_harmony_is_forgotten_after_a_bar() -> None:
    heard = Heard().started(100, 62, 80, bar=96)
    assert class_bias((), [heard], 101) is None
    bias = class_bias((0,), [heard], 100)
    assert bias is not None
    assert bias[0] > bias[2] > bias[1]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_heard_of_rhythm_and_loudness(seed: int) -> None:
    """Beside a plain count over all that was played."""
    rng, bar, heard, played, tick = Random(seed), 96, Heard(), [], 0
    for _ in range(200):
        tick += rng.choice([0, 6, 12, 24, 24, 90])
        played.append((tick, rng.randrange(1, 128)))
        heard = heard.started(tick, rng.choice([None, 60]), played[-1][1], bar)
    assert heard.is_sound
    last = {at: max(v for t, v in played if t == at) for at, _ in played if at > tick - bar}
    now, usual = heard.densities(tick, bar)
    assert now == len(last)
    assert usual == pytest.approx(len({at for at, _ in played}) * bar / tick, rel=0.5)
    assert loudness([heard], tick, bar) == pytest.approx(sum(last.values()) / len(last))
    expected = expected_onsets([heard], tick, bar)
    assert set(expected) == {tick} | {at + bar for at in last}
    assert busier([heard], tick + 3 * bar, bar) < 0 < busier([fast(heard, tick, bar)], tick + bar, bar)


def fast(heard: Heard, tick: int, bar: int) -> Heard:
    for number in range(1, 33):
        heard = heard.started(tick + number * bar // 32, 60, 80, bar)
    return heard


def until(session: Session, tick: int, constraints: Constraints) -> list[tuple[int, int]]:
    """Lets the model play up to a tick: (tick, velocity) of its onsets."""
    found = []
    while session.tick < tick:
        before = session.snapshot()
        event, _ = session.draw(constraints)
        if session.tick > tick:
            session.restore(replace(before, rng=session.snapshot().rng))
            session.read(Event(tick - session.tick, Kind.WAIT))
        elif event.kind is Kind.ON:
            found.append((session.tick, event.velocity))
    return found


def strike(session: Session, velocity: int = 80) -> None:
    session.read(Event(0, Kind.ON, 60, velocity, 0))
    session.read(Event(0, Kind.OFF, 60, 0, 0))


def beside_a_person(model: ModelFile, hearing: Hearing, velocity: int = 80) -> list[tuple[int, int]]:
    """Of the kit, while a person plays every 24 ticks in the other player's part."""
    session, found = open_session(model, 3), []
    for beat in range(24, 24 * 300, 24):
        strike(session, velocity)
        found += until(session, beat, Constraints(parts=frozenset({4}), hearing=hearing))
    return found


def test_a_player_hears_a_persons_rhythm_and_loudness(names: dict[str, Path]) -> None:
    model = open_model(f"{names['voices']}+{names['kit']}")

    def together(hearing: Hearing) -> float:
        onsets = beside_a_person(model, hearing)
        return sum(tick % 24 == 0 for tick, _ in onsets) / len(onsets)

    def velocity(loud: int, strength: float) -> float:
        return fmean(velocity for _, velocity in beside_a_person(model, Hearing(loudness=strength), loud))

    assert together(Hearing(onsets=1.0)) > 1.5 * together(Hearing())
    assert velocity(120, 1.0) > velocity(20, 1.0) + 15
    assert abs(velocity(120, 0.0) - velocity(20, 0.0)) < 5


def test_a_player_joins_in_or_leaves_room(names: dict[str, Path]) -> None:
    """Onsets of the kit in the bars in which a person plays much, over those in which they play nothing."""
    model = open_model(f"{names['voices']}+{names['kit']}")

    def joins(strength: float) -> float:
        session, counts = open_session(model, 3), [0, 0]
        for bar in range(120):
            played = bar % 3 == 0
            for step in range(1, 17):
                if played:
                    strike(session)
                only = Constraints(parts=frozenset({4}), hearing=Hearing(density=strength))
                onsets = until(session, 96 * bar + 6 * step, only)
                counts[played] += len(onsets) if step > 4 else 0
        return 2 * counts[True] / counts[False]

    assert joins(1.0) > joins(0.0) + 0.1 > joins(-1.0) + 0.2
