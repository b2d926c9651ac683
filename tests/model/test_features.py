"""What an echo tells the network, and when it falls silent."""

from __future__ import annotations

from collections.abc import Iterable

from musiclstm.model.features import ROUNDS, STRENGTHS, Features
from musiclstm.music.context import Context
from musiclstm.music.event import Event, Kind
from tests.model.tiny import tiny_vocabulary

VOCABULARY = tiny_vocabulary()
FEATURES = Features(VOCABULARY)


def after(pitches: Iterable[int], delta: int = 12) -> Context:
    """Notes one after another, each ending as the next begins."""
    context, last = Context.start(VOCABULARY), None
    for pitch in pitches:
        if last is not None:
            context = context.after(Event(delta, Kind.OFF, last))
        context = context.after(Event(0 if last else delta, Kind.ON, pitch, 80))
        last = pitch
    return context


def test_it_expects_what_came_the_last_time() -> None:
    context = after([60, 62, 64, 65, 60, 62])
    time, symbol, pitch, _, strength = FEATURES.echo(context)
    ended = Event(12, Kind.OFF, 62)
    assert (time, symbol, pitch) == FEATURES.fields(ended)[:3]
    assert 0 < strength < STRENGTHS
    assert FEATURES.echo(context.after(ended))[2] == 64 - VOCABULARY.low
    # Stood alike: four notes later than four eighths ago is not where it stood in a bar of eight eighths.
    assert strength % 2 == 0
    assert FEATURES.echo(after([60, 62, 64, 65, 67, 69, 71, 72, 60, 62]))[4] % 2 == 1


def test_nothing_new_has_an_echo() -> None:
    assert FEATURES.echo(after([60, 62, 64])) == (*FEATURES.nothing, 0)


def test_what_has_come_round_too_often_has_none() -> None:
    tune = [60, 62, 64, 65]
    assert FEATURES.echo(after(tune * 3))[4]
    assert not FEATURES.echo(after(tune * (ROUNDS + 2)))[4]


def test_a_wait_is_no_part_of_it() -> None:
    context = after([60, 62, 60])
    assert FEATURES.echo(context.after(Event(VOCABULARY.max_delta, Kind.WAIT)))[:4] == FEATURES.echo(context)[:4]
