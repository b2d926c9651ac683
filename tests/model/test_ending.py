"""The music comes to a close at a tick: on the tonic, nothing after it, and the session stays where it was."""

from __future__ import annotations

import numpy as np
import pytest

from musiclstm.model.band import open_session
from musiclstm.model.constraints import FREE
from musiclstm.model.ending import close, key_of
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter
from musiclstm.music.vocabulary import Vocabulary

MODELS = ("chorales", "folk", "quartet", "piano", "drums")


def played(model: ModelFile, seed: int, until: int) -> Session:
    session = Session(model, seed)
    while session.tick < until:
        made = session.generate()
    session.restore(made.before)
    return session


def at_the_end(session: Session, events: tuple[Event, ...]) -> tuple[int, list[tuple[int, int]], int]:
    """(the last tick, (part, pitch) of what sounded up to it, the tick of the last note-on)."""
    for event in events:
        if event.kind is Kind.OFF and event.delta:
            sounding = sorted(session.context.sounding)
        session.feed(event)
        if event.kind is Kind.ON:
            last, sounding = session.tick, sorted(session.context.sounding)
    return session.tick, sounding, last


@pytest.mark.parametrize("name", MODELS)
def test_it_closes_where_it_is_asked_to(name: str) -> None:
    model = open_model(name)
    v: Vocabulary = model.vocabulary
    for seed in range(3):
        session = played(model, seed, 4 * v.resolution * 4)
        before = session.snapshot()
        end = session.tick + 6 * v.resolution + seed
        found = close(session, end, FREE)
        assert close(session, end, FREE) == found  # the random numbers decide
        after = session.snapshot()
        assert (after.context, after.rng, after.pending) == (before.context, before.rng, before.pending)
        assert np.array_equal(after.state.hidden, before.state.hidden)
        tick, sounding, last = at_the_end(session, found.events)
        assert tick == end
        assert not [key for key in session.context.sounding if not v.parts[key[0]].percussive]
        assert last < end
        if np.isfinite(found.surprise) and not v.percussive:
            pitches = sorted(pitch for _, pitch in sounding)
            root = pitches[0] % 12
            assert {(pitch - root) % 12 for pitch in pitches} <= {0, 3, 4, 7}


def test_most_branches_find_a_close() -> None:
    found = [close(played(open_model("chorales"), seed, 400), 460, FREE) for seed in range(5)]
    assert sum(np.isfinite(each.surprise) for each in found) >= 4


def test_it_closes_at_once_and_where_nothing_may_start() -> None:
    session = played(open_model("chorales"), 1, 200)
    assert at_the_end(session, close(session, session.tick + 1, FREE).events)[0] == session.tick
    silent = Session(open_model("folk"), 1)
    events = close(silent, 48, type(FREE)(may_start=False)).events
    assert sum(event.delta for event in events) == 48
    assert all(event.kind is Kind.WAIT for event in events)


def test_it_closes_in_bars_of_two_ticks() -> None:
    session = open_session(open_model("folk"), 1, Meter(1, 64))
    for end in range(session.tick + 1, session.tick + 9):
        assert sum(event.delta for event in close(session, end, FREE).events) == end - session.tick


@pytest.mark.parametrize("tonic", range(12))
def test_the_key_is_found(tonic: int) -> None:
    major = [1.0 if (each - tonic) % 12 in (0, 2, 4, 5, 7, 9, 11) else 0.0 for each in range(12)]
    major[tonic] = major[(tonic + 7) % 12] = 2.0
    assert key_of(major) == (tonic, False)
    minor = [1.0 if (each - tonic) % 12 in (0, 2, 3, 5, 7, 8, 11) else 0.0 for each in range(12)]
    minor[tonic] = minor[(tonic + 7) % 12] = minor[(tonic + 3) % 12] = 2.0
    assert key_of(minor) == (tonic, True)
    assert key_of([0.0] * 12) == (0, False)


@pytest.mark.parametrize("names", [("folk", "drums"), ("drums", "drums"), ("chorales", "quartet")])
def test_a_band_closes_together(names: tuple[str, ...]) -> None:
    model = open_model("+".join(names))
    session = open_session(model, 2)
    while session.tick < 8 * model.vocabulary.resolution:
        made = session.generate()
    session.restore(made.before)
    end = session.tick + 8 * model.vocabulary.resolution
    events = close(session, end, FREE).events
    assert sum(event.delta for event in events) == end - session.tick
    for event in events:
        session.feed(event)
    assert not [key for key in session.context.sounding if not model.vocabulary.parts[key[0]].percussive]
