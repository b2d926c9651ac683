"""What follows from the events so far."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.model.context import Context
from musiclstm.model.past import event_up_to, sounded, started
from musiclstm.model.pitch_bits import from_pitches, to_pitches
from musiclstm.model.sizes import LAGS
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Part, Piece
from musiclstm.music.vocabulary import Vocabulary
from tests.model.masks import now_is_possible, pitch_mask, symbol_mask
from tests.model.tiny import SATB, tiny_vocabulary
from tests.music import strategies

SMALL = Vocabulary(resolution=4, max_delta=8, parts=strategies.PARTS, low=40, high=80)
OFF_UPPER, OFF_LOWER, OFF_KIT, ON_UPPER, ON_LOWER, ON_KIT = range(6)


def history(context: Context, tick: int) -> tuple[int, int]:
    """The pitches that sounded at a tick, and those that started at it, as bits."""
    number = event_up_to(context, tick)
    sounds = [sounded(context, number, half) for half in range(2)]
    starts = [started(context, number, tick, half) for half in range(2)]
    return sounds[0] | sounds[1] << 64, starts[0] | starts[1] << 64


def context_after(*events: Event) -> Context:
    context = Context.start(SMALL)
    for event in events:
        context = context.after(event)
    return context


def pitches(context: Context, symbol: int, delta: int) -> list[int]:
    return [int(p) + SMALL.low for p in np.flatnonzero(pitch_mask(context, symbol, delta))]


def test_at_first_only_note_ons_are_possible() -> None:
    context = Context.start(SMALL)
    assert symbol_mask(context, 0).tolist() == [False, False, False, True, True, True]
    assert pitches(context, ON_UPPER, 0) == list(range(40, 81))
    assert now_is_possible(context)


def test_a_note_off_needs_a_sounding_note_and_a_note_on_a_silent_one() -> None:
    context = context_after(Event(0, Kind.ON, 60, 80, 0), Event(0, Kind.ON, 50, 80, 1))
    assert pitches(context, OFF_UPPER, 1) == [60]
    assert pitches(context, OFF_LOWER, 1) == [50]
    assert 60 not in pitches(context, ON_UPPER, 1)
    assert 60 in pitches(context, ON_LOWER, 1)
    assert context.sounding == [(0, 60), (1, 50)]


def test_drums_always_allow_note_ons_and_never_note_offs() -> None:
    context = context_after(Event(0, Kind.ON, 45, 80, 2))
    assert context.sounding == []
    assert pitches(context, OFF_KIT, 1) == []
    assert 45 in pitches(context, ON_KIT, 1)
    assert pitches(context, ON_KIT, 0)[0] == 46


def test_at_one_tick_symbols_and_pitches_ascend() -> None:
    context = context_after(Event(0, Kind.ON, 60, 80, 0), Event(0, Kind.ON, 50, 80, 1))
    assert not symbol_mask(context, 0)[:ON_LOWER].any()
    assert pitches(context, ON_LOWER, 0)[0] == 51
    assert pitches(context, ON_KIT, 0)[0] == 40
    # One tick later everything is open again.
    assert symbol_mask(context, 1).tolist() == [True, True, False, True, True, True]


def test_after_the_highest_symbol_and_pitch_nothing_is_left_at_this_tick() -> None:
    context = context_after(Event(0, Kind.ON, 80, 80, 2))
    assert not now_is_possible(context)
    assert not symbol_mask(context, 0).any()


def test_a_note_can_be_repeated_at_the_tick_of_its_note_off() -> None:
    context = context_after(Event(0, Kind.ON, 60, 80, 0), Event(4, Kind.OFF, 60, 0, 0))
    assert 60 in pitches(context, ON_UPPER, 0)
    assert pitches(context, OFF_UPPER, 0) == []


def test_waiting_moves_time_only() -> None:
    context = context_after(Event(0, Kind.ON, 60, 80, 0), Event(8, Kind.WAIT))
    assert (context.tick, context.last, context.sounding) == (8, None, [(0, 60)])
    assert context_after(Event(0, Kind.ON, 60, 80, 0), Event(0, Kind.WAIT)).last is not None


def test_a_note_outside_the_range_is_accepted() -> None:
    context = context_after(Event(0, Kind.ON, 20, 80, 0), Event(0, Kind.ON, 100, 80, 0))
    assert context.sounding == [(0, 20), (0, 100)]
    assert pitches(context, OFF_UPPER, 1) == []
    assert pitches(context, ON_UPPER, 0) == []
    assert context.after(Event(1, Kind.OFF, 100, 0, 0)).sounding == [(0, 20)]


def test_positions_in_the_bar() -> None:
    waltz = Vocabulary(resolution=4, meters=((4, 4), (3, 4)))
    context = Context.start(waltz, Meter(3, 4))
    assert (context.bar_ticks, context.meter) == (12, 1)
    context = context.after(Event(14, Kind.WAIT))
    assert (context.position(), context.position(11)) == (2, 1)
    assert context.with_meter(13, 16, 0).position() == 1
    # A pickup: the next bar begins later.
    assert context.with_meter(20, 16, 0).position() == 10


@given(st.data())
def test_every_event_of_a_piece_is_allowed(data: st.DataObject) -> None:
    vocabulary = data.draw(strategies.vocabularies())
    context = Context.start(vocabulary)
    for event in vocabulary.encode(data.draw(strategies.pieces(vocabulary))):
        if event.kind is not Kind.WAIT:
            symbol = vocabulary.symbol(event)
            assert event.delta > 0 or now_is_possible(context)
            assert symbol_mask(context, event.delta)[symbol]
            assert pitch_mask(context, symbol, event.delta)[event.pitch - vocabulary.low]
        context = context.after(event)
    assert context.sounding == []


@given(st.data())
def test_masks_agree_with_the_canonical_order(data: st.DataObject) -> None:
    """Whatever the masks allow, one event after another, encodes back to the very same events."""
    vocabulary = data.draw(strategies.vocabularies())
    context = Context.start(vocabulary)
    events = []
    for _ in range(data.draw(st.integers(0, 12))):
        longest = min(3, vocabulary.max_delta - 1)
        delta = data.draw(st.integers(0 if now_is_possible(context) else min(1, longest), longest))
        symbols = np.flatnonzero(symbol_mask(context, delta))
        if len(symbols) == 0:
            break
        symbol = int(data.draw(st.sampled_from(list(symbols))))
        allowed = np.flatnonzero(pitch_mask(context, symbol, delta))
        assert len(allowed) > 0
        pitch = int(data.draw(st.sampled_from(list(allowed[:5])))) + vocabulary.low
        kind, part = vocabulary.kind_and_part(symbol)
        events.append(Event(delta, kind, pitch, 80 if kind is Kind.ON else 0, part))
        context = context.after(events[-1])
    delta = min(1, vocabulary.max_delta - 1)
    if delta == 0 and context.sounding:
        return  # one tick is already too long for these
    for part, pitch in context.sounding:
        events.append(Event(delta, Kind.OFF, pitch, 0, part))
        delta = 0
    notes = vocabulary.decode(events)
    again = vocabulary.encode(Piece(notes, vocabulary.base, parts=vocabulary.parts))
    assert again == events


def test_a_vocabulary_that_no_model_file_can_have_is_refused() -> None:
    for strange in (
        {"parts": ()},
        {"parts": (Part("one"),) * 17},
        {"low": -1},
        {"high": 128},
        {"low": 90, "high": 80},
        {"velocities": 0},
        {"velocities": 128},
    ):
        with pytest.raises(ValueError, match="no model can have"):
            Context.start(replace(SMALL, **strange))


@given(st.sets(st.integers(0, 127)))
def test_bits_and_pitches_both_ways(positions: set[int]) -> None:
    assert to_pitches(from_pitches(positions)) == sorted(positions)


def test_history_is_what_sounded_and_what_started() -> None:
    """At every tick as far back as the longest lag; before the first event there was nothing."""
    vocabulary = tiny_vocabulary(parts=(*SATB[:2], Part("Kit", 0, 9, percussive=True)))
    reach = LAGS[-1] * vocabulary.resolution
    rng = np.random.default_rng(2)
    context, sounding, tick = Context.start(vocabulary), set[tuple[int, int]](), 0
    sounds, starts = {0: 0}, dict[int, int]()
    for _ in range(400):
        kind, part, pitch = Kind(int(rng.integers(2))), int(rng.integers(3)), int(rng.integers(40, 60))
        event = Event(int(rng.choice([0, 0, 3, 24, 96])), kind, pitch, 80, part)
        context = context.after(event)
        tick += event.delta
        if part < 2:  # a kit neither sounds on nor counts
            (sounding.add if kind is Kind.ON else sounding.discard)((part, pitch))
            if kind is Kind.ON:
                starts[tick] = starts.get(tick, 0) | 1 << pitch
        sounds[tick] = sum({1 << pitch for _, pitch in sounding})
        for then in {-1, 0, tick, *rng.integers(max(0, tick - reach), tick + 1, 5).tolist()}:
            if then >= tick - reach:
                last = max((each for each in sounds if each <= then), default=None)
                assert history(context, then) == (0 if last is None else sounds[last], starts.get(then, 0))
