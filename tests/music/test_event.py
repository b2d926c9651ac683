"""Events are values, compiled or not."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.event import Event, Kind
from tests import uncompiled

EVENTS = st.builds(
    Event, st.integers(0, 1 << 40), st.sampled_from(Kind), st.integers(0, 127), st.integers(0, 127), st.integers(0, 300)
)


def fields(event: Event) -> tuple[int, Kind, int, int, int]:
    return event.delta, event.kind, event.pitch, event.velocity, event.part


@given(EVENTS, EVENTS)
def test_events_are_equal_if_all_their_fields_are(event: Event, other: Event) -> None:
    assert (event == other) == (fields(event) == fields(other))
    assert replace(event, delta=3) == Event(3, *fields(event)[1:])
    assert event == Event(*fields(event))
    assert hash(event) == hash(Event(*fields(event)))
    anything: object = fields(event)
    assert event != anything


@given(EVENTS)
def test_an_event_shows_and_keeps_its_fields(event: Event) -> None:
    names = ("delta", "kind", "pitch", "velocity", "part")
    shown = ", ".join(f"{name}={value!r}" for name, value in zip(names, fields(event), strict=True))
    assert repr(event) == f"Event({shown})"
    copy = pickle.loads(pickle.dumps(event))  # noqa: S301 - our own
    assert copy == event
    assert type(copy.kind) is Kind


@pytest.mark.parametrize("name", ["delta", "kind", "pitch", "velocity", "part"])
def test_an_event_cannot_be_changed(name: str) -> None:
    event: Any = Event(1, Kind.ON, 60)
    with pytest.raises(AttributeError):
        setattr(event, name, 2)


def shown(events: list[Event]) -> tuple[list[Event], str]:
    return events, repr(events)


def test_events_are_the_same_without_a_compiler_and_go_there_and_back() -> None:
    events = [Event(1, Kind.ON, 60, 80, 2), Event(96, Kind.WAIT), Event(1 << 40, Kind.OFF, 60)]
    assert uncompiled.result(shown, events) == (events, repr(events))
