"""What several tests let a session do."""

from __future__ import annotations

from musiclstm.model.constraints import Constraints
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind
from tests.model.masks import pitch_mask


def play(session: Session, count: int, constraints: Constraints) -> list[Event]:
    return [session.generate(constraints).event for _ in range(count)]


def check_rules(session: Session, constraints: Constraints, count: int = 400) -> list[Event]:
    """Generates events and checks that the context allows each."""
    events = []
    for _ in range(count):
        context = session.context
        event = session.generate(constraints).event
        events.append(event)
        assert event.delta >= 0
        if event.kind is not Kind.WAIT:
            mask = pitch_mask(context, session.vocabulary.symbol(event), event.delta)
            assert mask[event.pitch - session.vocabulary.low]
            assert (event.velocity > 0) == (event.kind is Kind.ON)
    return events
