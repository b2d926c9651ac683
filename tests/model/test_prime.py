"""A session reads a piece of any length: what it knows of it, and what it expects then."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.model import prime
from musiclstm.model.context import Context
from musiclstm.model.echo import SEARCH_REACH, EventLog
from musiclstm.model.modelfile import open_model
from musiclstm.model.prime import read_piece
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.walk import meter_changes, walk
from tests.engine.fakes import BAND, SATB, FakeSession, vocabulary
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_model

VOCABULARIES = {
    "voices": vocabulary(SATB),
    "band": vocabulary(BAND),
    "kit": vocabulary((Part("Kit", 0, 9, 35, 59, percussive=True),)),
    "seconds": vocabulary((Part("Piano"),), TimeBase.SECONDS),
}


def rows(log: EventLog) -> list[tuple[int, ...]]:
    """Everything that a log keeps."""
    return [
        (log.symbol(number), log.pitch(number), log.tick(number), log.velocity(number))
        for number in range(log.dropped, log.count)
    ]


def agree(one: Context, other: Context) -> None:
    assert one == other  # without pitch classes and echoes
    for mine, theirs in zip((*one.echoes, *one.melody_echoes), (*other.echoes, *other.melody_echoes), strict=True):
        assert mine.intervals == theirs.intervals
        assert mine.log.count == theirs.log.count
        # In whole chunks of which one may keep one more.
        kept = min(len(rows(mine.log)), len(rows(theirs.log)))
        assert kept >= min(mine.log.count, SEARCH_REACH)
        assert rows(mine.log)[-kept:] == rows(theirs.log)[-kept:]


@given(
    kind=st.sampled_from(sorted(VOCABULARIES)),
    notes=st.integers(0, 120),
    seed=st.integers(0, 999),
    cut=st.integers(0, 300),
    pauses=st.tuples(st.integers(0, 400), st.integers(0, 400)),
)
@settings(max_examples=60)
def test_a_skipped_past_leaves_the_context_that_reading_it_leaves(
    kind: str, notes: int, seed: int, cut: int, pauses: tuple[int, int]
) -> None:
    v = VOCABULARIES[kind]
    before, after = (Event(pause, Kind.WAIT) for pause in pauses)
    events = [before, *v.encode(random_piece(v, notes, seed))[:cut], after]
    whole, skipped = FakeSession(v), FakeSession(v)
    for event in events:
        whole.read(event)
    skipped.skip(events)
    agree(skipped.snapshot().context, whole.snapshot().context)
    assert skipped.snapshot().context.pitch_classes == pytest.approx(whole.snapshot().context.pitch_classes)
    assert skipped.snapshot().pending == whole.snapshot().pending
    # And what follows is the same.
    for event in v.encode(random_piece(v, 30, seed + 1)):
        whole.read(event)
        skipped.read(event)
    agree(skipped.snapshot().context, whole.snapshot().context)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(open_model(tiny_model(tmp_path_factory.mktemp("model"), velocities=4)))


def long_piece(bars: int) -> Piece:
    """3/4 from a time on, a pedal point throughout, and a voice that falls silent."""
    rng = random.Random(bars)
    notes = [Note(0.0, bars * 4.0, 36, 70, 3), Note(1.0, 1.0, 81, 33, 0), Note(1.0, 0.5, 55, 33, 2)]
    notes += [Note(2.0 + step / 2, 0.5, rng.randint(50, 76), rng.randint(1, 127), 1) for step in range(8 * bars - 8)]
    return Piece(tuple(sorted(notes)), meters=(Meter(), Meter(3, 4, 8.0)), parts=SATB)


def test_a_long_piece_ends_as_if_all_of_it_had_been_read(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    piece = long_piece(150)
    fresh = session.snapshot()
    events = session.vocabulary.encode(piece)
    for event, change in walk(events, meter_changes(piece, session.vocabulary)):
        if change is not None:
            session.set_meter(change.meter, change.tick)
        session.read(event)
    whole, expected = session.snapshot(), session.expectation()
    session.restore(fresh)
    monkeypatch.setattr(prime, "READ", 1000)
    assert read_piece(session, piece) == events
    primed = session.snapshot()
    session.restore(fresh)
    agree(primed.context, whole.context)
    assert (primed.tick, primed.timing, primed.expected) == (whole.tick, whole.timing, whole.expected)
    assert primed.context.pitch_classes == pytest.approx(whole.context.pitch_classes)
    assert np.abs(primed.state.hidden - whole.state.hidden).max() < 0.01
    session.restore(primed)
    assert session.expectation() == pytest.approx(expected, abs=0.01)
    session.restore(fresh)


@pytest.mark.parametrize("name", ["chorales", "piano"])
def test_a_trained_model_expects_after_a_long_piece_what_it_expects_after_all_of_it(name: str) -> None:
    model = open_model(name)
    whole, primed = Session(model), Session(model)
    rng = random.Random(5)
    notes = tuple(Note(step / 4, 0.25 * rng.randint(1, 3), 48 + rng.randint(0, 28), 70, 0) for step in range(3500))
    piece = Piece(notes, model.vocabulary.base, parts=(Part("Piano"),))
    events = read_piece(primed, piece)
    assert len(events) > 1.5 * prime.READ
    for event in events:
        whole.read(event)
    assert primed.snapshot().expected == whole.snapshot().expected
    assert np.abs(primed.expectation() - whole.expectation()).sum() < 0.02
    agree(primed.context, whole.context)


def test_a_piece_that_fits_is_read_event_by_event(session: Session) -> None:
    piece = random_piece(session.vocabulary, 300)
    fresh = session.snapshot()
    for event, change in walk(session.vocabulary.encode(piece), meter_changes(piece, session.vocabulary)):
        if change is not None:
            session.set_meter(change.meter, change.tick)
        session.feed(event)
    fed = session.snapshot()
    session.restore(fresh)
    read_piece(session, piece)
    assert all((getattr(session.snapshot().state, x) == getattr(fed.state, x)).all() for x in ("hidden", "cell"))
    agree(session.snapshot().context, fed.context)
    session.restore(fresh)


def test_of_a_hundred_thousand_notes_only_the_last_are_steps_of_the_lstm() -> None:
    v = vocabulary((Part("Piano"),))
    notes = tuple(Note(step / 4, 0.25, 40 + step % 40, 64, 0) for step in range(100_000))
    steps = []

    class Counting(FakeSession):
        def read(self, event: Event, *, given: bool = True) -> None:
            steps.append(event)
            super().read(event)

    session = Counting(v)
    events = read_piece(session, Piece(notes, parts=v.parts))
    assert len(events) == 200_000
    assert len(steps) == prime.READ
    assert session.tick == sum(event.delta for event in events)


def test_nothing_that_can_be_played_is_no_events(session: Session) -> None:
    before = session.snapshot()
    assert read_piece(session, Piece((Note(0, 1, 5, 64, 0),), parts=SATB[:1])) == []
    assert session.tick == before.tick
