"""The session: exact snapshots, constraints while sampling, consistent time."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.engine.performer.chord_guide import ChordGuide, ChordLine
from musiclstm.errors import ModelError
from musiclstm.model.band import open_session
from musiclstm.model.constraints import Constraints
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.past import event_up_to
from musiclstm.model.sampling import FieldSampling, masked_softmax
from musiclstm.model.session import Session
from musiclstm.model.sizes import LAST_TICK
from musiclstm.model.snapshot import morph
from musiclstm.music.chord_track import read
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Part, TimeBase
from tests.model.masks import now_is_possible, pitch_mask, symbol_mask
from tests.model.tiny import SATB, every_kind, exported, tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    return open_model(tiny_model(tmp_path_factory.mktemp("model"), velocities=8))


WILD = Constraints(time=FieldSampling(1.5), pitch=FieldSampling(2.0, 0.9), velocity=FieldSampling(0.5), density=0.5)


def play(session: Session, count: int, constraints: Constraints) -> list[Event]:
    return [session.generate(constraints).event for _ in range(count)]


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


def test_expectation_is_a_distribution_over_silent_pitches(model: ModelFile) -> None:
    session = Session(model, seed=4)
    play(session, 30, Constraints())
    before = session.snapshot()
    expected = session.expectation()
    assert expected.shape == (128,)
    assert expected.sum() == pytest.approx(1, abs=1e-5)
    assert expected[: model.vocabulary.low].sum() == expected[model.vocabulary.high + 1 :].sum() == 0
    assert session.snapshot() == before


def test_expectation_follows_from_the_likeliest_times(model: ModelFile) -> None:
    """Over the three likeliest times and all parts, P(time) P(note-on in the part | time) P(pitch | time, part)."""
    session = Session(model, seed=4)
    v, parts = model.vocabulary, len(model.vocabulary.parts)
    for step in range(40):
        session.generate()
        if step % 3 == 2:  # a wait that the model has not read
            session.feed(Event(3, Kind.WAIT))
        predictor = session._predictor
        about = session._state.projections, session._context, session._inputs
        times = masked_softmax(
            np.asarray(predictor.time_logits(session._state.projections, session._inputs)),
            session._times[int(now_is_possible(session._context))],
        )[: v.max_delta]
        times[: session._pending] = 0.0
        wanted = np.zeros(128)
        for time in sorted(range(len(times)), key=lambda time: -times[time])[:3]:
            mask = symbol_mask(session._context, time).view(np.uint8)
            symbols = masked_softmax(np.asarray(predictor.symbol_logits(*about, time)), mask)
            for part in range(parts):
                mask = pitch_mask(session._context, parts + part, time).view(np.uint8)
                logits = predictor.pitch_logits(*about, time, parts + part, mask)
                pitches = masked_softmax(np.asarray(logits), mask)
                wanted[v.low : v.high + 1] += times[time] * symbols[parts + part] * pitches
        found = session.expectation()
        assert found.dtype == np.float32
        # What is a thousandth as likely as the likeliest part is left out.
        np.testing.assert_allclose(found, wanted / wanted.sum(), atol=0.02)
        np.testing.assert_allclose(found[wanted > 0.1], (wanted / wanted.sum())[wanted > 0.1], rtol=0.02)


def test_expectation_follows_the_chords_that_lead(model: ModelFile) -> None:
    chord = {pitch for pitch in range(128) if pitch % 12 in {1, 5, 8}}
    line = ChordLine(read("Db"))
    for each in (model, open_model(f"{model.path}+{model.path}")):
        session = open_session(each, seed=4)
        for _ in range(30):
            session.draw()
        led = Constraints(guide=ChordGuide(line, 1.0, lambda tick: tick / 24, [0] * len(each.vocabulary.parts)))
        share, alone = (found[sorted(chord)].sum() for found in (session.expectation(led), session.expectation()))
        assert share > alone + 0.3


def test_expectation_of_nothing(model: ModelFile) -> None:
    """Where every pitch of every part sounds, no note can start."""
    session = Session(model)
    for part in range(len(model.vocabulary.parts)):
        for pitch in range(model.vocabulary.low, model.vocabulary.high + 1):
            session.feed(Event(0, Kind.ON, pitch, 80, part))
    found = session.expectation()
    assert found.shape == (128,)
    assert not found.any()


def test_an_answer_may_start_in_a_part_that_is_silenced(model: ModelFile) -> None:
    """Which parts play and whether notes may start is said of what the model plays by itself."""
    session = Session(model, seed=5)
    low = Constraints(parts=frozenset({0}), may_start=False, high=50)
    for _ in range(20):
        event = session.answer(6, 2, low).event
        assert (event.kind, event.part) == (Kind.ON, 2)
        assert event.pitch <= 50
        session.feed(Event(1, Kind.OFF, event.pitch, 0, 2))


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


@pytest.mark.parametrize(("delta", "part"), [(-1, 0), (0, -1), (0, -5), (0, 4), (0, 16)])
def test_no_answer_comes_before_now_or_in_a_part_that_there_is_not(model: ModelFile, delta: int, part: int) -> None:
    session = Session(model)
    before = session.snapshot()
    with pytest.raises(ValueError, match="no such event"):
        session.answer(delta, part)
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
