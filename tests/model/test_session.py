"""The session: exact snapshots, constraints while sampling, consistent time."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import ModelError
from musiclstm.model.constraints import Constraints
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.past import event_up_to
from musiclstm.model.sampling import FieldSampling
from musiclstm.model.session import Session
from musiclstm.model.sizes import LAST_TICK
from musiclstm.model.snapshot import morph
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Part, TimeBase
from tests.model.playing import check_rules, play
from tests.model.tiny import SATB, every_kind, exported, tiny_model

WILD = Constraints(time=FieldSampling(1.5), pitch=FieldSampling(2.0, 0.9), velocity=FieldSampling(0.5), density=0.5)


@pytest.mark.parametrize("constraints", [Constraints(), WILD, Constraints(polyphony=3, min_delta=2)])
def test_after_restore_it_generates_the_same(model: ModelFile, constraints: Constraints) -> None:
    session = Session(model, seed=3)
    play(session, 50, constraints)
    snapshot = session.snapshot()
    first = [session.generate(constraints) for _ in range(100)]
    session.restore(snapshot)
    assert [session.generate(constraints).event for _ in range(100)] == [each.event for each in first]
    session.restore(first[40].before)
    assert play(session, 60, constraints) == [each.event for each in first[40:]]


def test_a_snapshot_is_not_changed_by_later_events(model: ModelFile) -> None:
    session = Session(model, seed=3)
    snapshot = session.snapshot()
    copies = [array.copy() for array in (snapshot.state.hidden, snapshot.state.cell)]
    play(session, 20, Constraints())
    np.testing.assert_array_equal(copies, [snapshot.state.hidden, snapshot.state.cell])


def test_same_seed_same_notes(model: ModelFile) -> None:
    one, other, third = (play(Session(model, seed=seed), 60, Constraints()) for seed in (7, 7, 8))
    assert one == other
    assert one != third


def test_feeding_and_generating_lead_to_the_same_state(model: ModelFile) -> None:
    player, listener = Session(model, seed=1), Session(model, seed=2)
    for _ in range(200):
        generated = player.generate()
        assert listener.feed(generated.event) == pytest.approx(generated.surprise, rel=1e-5, abs=1e-5)
    assert listener.tick == player.tick
    assert listener.context == player.context
    np.testing.assert_array_equal(listener.snapshot().state.cell, player.snapshot().state.cell)


@pytest.mark.parametrize("parts", [SATB, (Part("Bass", 32, 0), Part("Kit", 0, 9, percussive=True))])
def test_reading_is_feeding_without_the_surprise(tmp_path: Path, parts: tuple[Part, ...]) -> None:
    """Also over pauses, short and long, and the note-offs that drums do not have."""
    model = open_model(tiny_model(tmp_path, parts=parts, velocities=8))
    fed, read = Session(model), Session(model)
    rng = np.random.default_rng(1)
    for _ in range(300):
        kind = Kind(int(rng.integers(3)))
        delta = int(rng.choice([0, 1, 50, 96, 250]))
        event = Event(delta, kind, int(rng.integers(30, 90)), int(rng.integers(1, 127)), int(rng.integers(len(parts))))
        fed.feed(event)
        read.read(event)
        assert (read.tick, read.context) == (fed.tick, fed.context)
    np.testing.assert_array_equal(read.snapshot().state.cell, fed.snapshot().state.cell)
    assert play(read, 20, Constraints()) == play(fed, 20, Constraints())


def test_short_waits_count_towards_the_next_event(model: ModelFile) -> None:
    whole, parts = Session(model), Session(model)
    note = Event(10, Kind.ON, 60, 80, 1)
    expected = whole.feed(note)
    assert parts.feed(Event(4, Kind.WAIT)) == 0
    assert parts.context.tick == parts.tick == 4
    assert parts.feed(replace(note, delta=6)) == pytest.approx(expected)
    assert parts.snapshot().state.hidden.tolist() == whole.snapshot().state.hidden.tolist()


def test_long_pauses_become_waits(model: ModelFile) -> None:
    longest = model.vocabulary.max_delta
    whole, parts = Session(model), Session(model)
    once = whole.feed(Event(2 * longest + 5, Kind.ON, 60, 80, 0))
    more = parts.feed(Event(longest, Kind.WAIT)) + parts.feed(Event(longest, Kind.WAIT))
    assert once == pytest.approx(more + parts.feed(Event(5, Kind.ON, 60, 80, 0)))
    assert whole.tick == parts.tick == 2 * longest + 5
    assert whole.snapshot().state.hidden.tolist() == parts.snapshot().state.hidden.tolist()


def test_after_a_wait_the_next_event_is_not_in_the_past(model: ModelFile) -> None:
    session = Session(model, seed=2)
    for _ in range(100):
        session.feed(Event(40, Kind.WAIT))
        assert session.generate().event.delta >= 0


@pytest.mark.parametrize("pitch", [0, 20, 35, 85, 127])
def test_events_outside_the_vocabulary_can_be_fed(model: ModelFile, pitch: int) -> None:
    session = Session(model)
    surprise = session.feed(Event(0, Kind.ON, pitch, 1, 0)) + session.feed(Event(0, Kind.ON, 50, 127, 0))
    surprise += session.feed(Event(0, Kind.ON, 50, 127, 0)) + session.feed(Event(0, Kind.OFF, 51, 0, 3))
    surprise += session.feed(Event(0, Kind.OFF, pitch, 0, 0))
    assert 0 < surprise < 100
    check_rules(session, Constraints(), 30)


def test_morph_lies_between(model: ModelFile) -> None:
    session = Session(model, seed=4)
    play(session, 30, Constraints())
    a = session.snapshot()
    play(session, 30, Constraints())
    b = session.snapshot()
    assert morph(a, b, 0.0).context is a.context
    assert morph(a, b, 1.0).context is b.context
    half = morph(a, b, 0.5).state
    np.testing.assert_allclose(half.cell, (a.state.cell + b.state.cell) / 2, rtol=1e-6)
    np.testing.assert_array_equal(morph(a, b, 0.0).state.projections, a.state.projections)
    assert half.cell.dtype == half.hidden.dtype == np.float32
    # Beyond the ends nothing changes; what cannot be mixed is that of the nearer one.
    for x, end in ((-1.0, a), (1.5, b)):
        np.testing.assert_array_equal(morph(a, b, x).state.cell, end.state.cell)
    assert morph(a, b, 0.49).context is a.context
    assert morph(a, b, 0.51).context is b.context
    session.restore(morph(a, b, 0.3))
    check_rules(session, Constraints(), 50)


def test_forgetting_keeps_time(model: ModelFile) -> None:
    session = Session(model, seed=4, meter=Meter(3, 4))
    play(session, 33, Constraints())
    tick = session.tick
    session.forget()
    assert session.tick == tick
    assert session.context.sounding == []
    assert session.context.position() == 0
    assert session.context.bar_ticks == 72
    fresh = Session(model, meter=Meter(3, 4))
    np.testing.assert_array_equal(session.frame()[0], fresh.frame()[0])


def test_meter(model: ModelFile) -> None:
    session = Session(model)
    session.feed(Event(30, Kind.WAIT))
    session.set_meter(Meter(6, 8))
    assert (session.context.position(), session.context.bar_ticks, session.context.meter) == (0, 72, 2)
    session.set_meter(Meter(3, 4), origin=20)
    assert session.context.position() == 10
    snapshot = session.snapshot()
    first = play(session, 20, Constraints())
    session.restore(snapshot)
    assert play(session, 20, Constraints()) == first


def test_frames_have_their_shapes(model: ModelFile) -> None:
    session = Session(model)
    session.generate()
    cell, hidden, gates = session.frame()
    assert cell.shape == hidden.shape == (model.layers, model.units)
    assert gates.shape == (model.layers, 3, model.units)
    assert (gates >= 0).all()
    assert (gates <= 1).all()


def test_a_snapshot_of_another_model_is_rejected(model: ModelFile, tmp_path: Path) -> None:
    other = Session(open_model(tiny_model(tmp_path, TimeBase.SECONDS, SATB[:1])))
    with pytest.raises(ModelError, match="another model"):
        Session(model).restore(other.snapshot())


def test_a_snapshot_of_other_weights_is_rejected(tmp_path: Path) -> None:
    """They have the same vocabulary and sizes, and mean something else."""
    one, other = (Session(open_model(tiny_model(tmp_path, seed=seed, name=f"m{seed}"))) for seed in (0, 1))
    kept = pickle.loads(pickle.dumps(one.snapshot()))  # noqa: S301 - our own
    for take in (other.restore, other.check, lambda memory: morph(memory, other.snapshot(), 0.5)):
        with pytest.raises(ModelError, match=r"belongs? to"):
            take(kept)
    one.check(kept)
    one.restore(kept)


def test_a_damaged_snapshot_is_not_sound(model: ModelFile) -> None:
    session = Session(model)
    session.generate()
    kept = session.snapshot()
    session.check(kept)
    nan, huge, short = np.full_like(kept.state.cell, np.nan), kept.state.cell + 1e30, kept.state.cell[:, :-1]
    for bad in (nan, huge, short, kept.state.cell.astype(np.float64), np.asfortranarray(kept.state.cell), None):
        damaged = replace(kept, state=replace(kept.state, cell=bad))  # type: ignore[arg-type]
        with pytest.raises(ModelError, match="damaged"):
            session.check(damaged)


@pytest.mark.parametrize("kind", every_kind())
@given(pitch=st.integers(0, 127), velocity=st.integers(0, 127), on=st.booleans(), delta=st.integers(0, 300))
def test_any_pitch_may_be_fed(kind: str, pitch: int, velocity: int, on: bool, delta: int) -> None:
    """Within the vocabulary or not, in every part: it is read as far as possible, and what follows can be drawn."""
    vocabulary = every_kind()[kind]
    session = Session(_model(kind), 1)
    for part in range(len(vocabulary.parts)):
        event = Event(delta, Kind.ON if on else Kind.OFF, pitch, velocity if on else 0, part)
        assert np.isfinite(session.feed(event))
        session.draw()
    assert np.isfinite(session.expectation()).all()


@pytest.mark.parametrize(
    "event",
    [
        *(Event(0, Kind.ON, pitch, 80) for pitch in (-1, 128, 255, 1 << 30)),
        *(Event(0, kind, 60, 80, part) for kind in (Kind.ON, Kind.OFF) for part in (-5, -1, 4, 16, 1 << 30)),
        *(Event(0, Kind.ON, 60, velocity) for velocity in (-1, 128, 256)),
        *(Event(-1, kind, 60) for kind in Kind),
    ],
)
def test_what_is_no_event_is_refused_and_changes_nothing(model: ModelFile, event: Event) -> None:
    session = Session(model)
    session.feed(Event(5, Kind.ON, 60, 80, 1))
    before = session.snapshot()
    for way in (session.feed, session.read, session.context.after):
        with pytest.raises((ValueError, OverflowError)):
            way(event)
        assert session.snapshot() == before


def test_after_years_it_refuses_to_go_on_instead_of_starting_again_before_the_beginning(model: ModelFile) -> None:
    session = Session(model)
    session.restore(replace(session.snapshot(), context=session.context.moved(LAST_TICK - 200)))
    session.read(Event(100, Kind.ON, 60, 80, 0))
    assert event_up_to(session.context, LAST_TICK) == 0
    session.read(Event(96, Kind.WAIT))
    with pytest.raises(ValueError, match="too long"):
        session.read(Event(96, Kind.WAIT))
    with pytest.raises(ValueError, match="too long"):
        session.skip([Event(1 << 30, Kind.WAIT), Event(0, Kind.ON, 60, 80, 0)])


@lru_cache
def _model(kind: str) -> ModelFile:
    vocabulary = every_kind()[kind]
    with TemporaryDirectory() as folder:
        return open_model(exported(Path(folder), vocabulary))
