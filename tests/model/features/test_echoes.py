"""What the match models expect, and when they are ignored."""

from __future__ import annotations

from bisect import bisect
from dataclasses import replace

import pytest

from musiclstm.model.context import Context
from musiclstm.model.dimensions import Dimensions
from musiclstm.model.drum_hits import timing_tolerance
from musiclstm.model.features.echoes import MAX_MATCH, MAX_REPEATS, EchoFeatures, ExpectedEvent
from musiclstm.model.features.events import event_fields
from musiclstm.model.features.layout import MATCH_LENGTHS, STRENGTHS
from musiclstm.music.event import Event, Kind
from tests.model.features.music import KIT, LAYOUT, VOCABULARY, hits, melody

ECHOES = EchoFeatures(LAYOUT)
KIT_ECHOES = EchoFeatures(KIT)


def expected(context: Context) -> tuple[ExpectedEvent, ...]:
    return ECHOES.expected(context)


def test_it_expects_what_followed_the_last_time() -> None:
    context = melody([60, 62, 64, 65, 60, 62])
    time, symbol, pitch, _, strength = expected(context)[0]
    ended = Event(12, Kind.OFF, 62)
    assert (time, symbol, pitch) == event_fields(Dimensions(VOCABULARY), ended)[:3]
    assert 0 < strength < STRENGTHS
    assert expected(context.after(ended))[0][2] == 64 - VOCABULARY.low
    # Whether the position in the bar agrees: four eighths ago it was another, in a bar of eight eighths.
    assert strength % 2 == 0
    assert expected(melody([60, 62, 64, 65, 67, 69, 71, 72, 60, 62]))[0][4] % 2 == 1


def test_new_music_has_no_echo() -> None:
    assert expected(melody([60, 62, 65])) == ((*LAYOUT.no_event, 0),) * 3


def test_while_generating_many_repeats_are_ignored() -> None:
    theme = [60, 62, 64, 65]
    generating = EchoFeatures(LAYOUT, MAX_MATCH)
    assert generating.expected(melody(theme * 3))[0][4]
    assert not generating.expected(melody(theme * (MAX_REPEATS + 2)))[0][4]
    assert expected(melody(theme * (MAX_REPEATS + 2)))[0][4]


def test_while_generating_a_long_match_is_ignored() -> None:
    theme = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83, 84, 86]
    context = melody([*theme, *theme])
    assert expected(context)[0][4]
    length = context.echoes[0].length
    assert EchoFeatures(LAYOUT, max_match=length).expected(context) == expected(context)
    assert EchoFeatures(LAYOUT, max_match=length - 1).expected(context)[0] == (*LAYOUT.no_event, 0)


def test_a_wait_is_not_part_of_a_match() -> None:
    context = melody([60, 62, 60])
    waited = context.after(Event(VOCABULARY.max_delta, Kind.WAIT))
    exact, *_ = expected(context)
    late, *_ = expected(waited)
    assert late[1:] == exact[1:]
    # Its time has passed.
    assert (exact[0], late[0]) == (12, LAYOUT.none("time"))
    assert expected(context.after(Event(7, Kind.WAIT)))[0][0] == 12 - 7


def test_a_melody_does_not_depend_on_when_notes_end() -> None:
    context = Context.start(VOCABULARY)
    on, off = Kind.ON, Kind.OFF
    for delta, kind, pitch in ((0, on, 60), (6, on, 64), (6, off, 60), (0, on, 67), (6, off, 64)):
        context = context.after(Event(delta, kind, pitch, 80))
    for delta, kind, pitch in ((12, on, 50), (3, off, 50), (3, on, 54), (2, off, 54)):
        context = context.after(Event(delta, kind, pitch, 80))
    exact, sequence, tune = expected(context)
    assert exact[4] == 0
    assert tune[:3] == event_fields(Dimensions(VOCABULARY), Event(4, Kind.ON, 57, 80))[:3]
    assert sequence[:3] != tune[:3]


def test_a_sequence_expects_the_same_intervals_at_another_pitch() -> None:
    theme = [60, 64, 62, 65]
    context = melody([*theme, 70, 74])
    exact, sequence, _ = expected(context)
    ended = Event(12, Kind.OFF, 74)
    assert exact[4] == 0
    assert sequence[:3] == event_fields(Dimensions(VOCABULARY), ended)[:3]
    assert expected(context.after(ended))[1][2] == 72 - VOCABULARY.low
    # Outside the vocabulary's range there is no such pitch.
    far = melody([60, 64, 82]).after(replace(ended, pitch=82))
    assert expected(far)[1][2] == VOCABULARY.pitches


def test_each_part_has_a_melody_of_its_own() -> None:
    context = Context.start(VOCABULARY)
    for high, low in ((72, 48), (74, 47), (72, 45), (77, 50), (79, 43)):
        context = context.after(Event(12, Kind.ON, high, 80, part=0))
        context = context.after(Event(6, Kind.ON, low, 80, part=3))
    found = expected(context)
    soprano, bass = (ECHOES.with_melody(found, context, part)[-1] for part in (0, 3))
    # Up two semitones, after which it once went down as many.
    assert soprano[2] == 77 - VOCABULARY.low
    assert bass[4] == 0
    # Of the two it is the soprano that expects the next event.
    assert found[-1] == soprano
    assert found[0][4] == found[1][4] == 0


def test_a_kit_expects_the_hits_of_a_bar_ago() -> None:
    bar = ((0, 36), (24, 42), (48, 38), (72, 42))
    # One is early, and two are new.
    context = hits(*bar, (96, 36), (100, 45), (119, 42), (130, 46))
    time, symbol, pitch, velocity, strength = KIT_ECHOES.expected(context)[1]
    assert (time, symbol, pitch) == (48 + 96 - 130, 1, 38 - 36)
    assert velocity == KIT.vocabulary.velocity_bin(80)
    assert strength == 0
    two, one = (KIT_ECHOES.expected(hits(*bar, *more))[1][4] for more in (((96, 36), (119, 42)), ((96, 36),)))
    assert two > one > 0


def test_a_kit_does_not_expect_hits_that_were_repeated_or_left_out() -> None:
    first = ((0, 36), (1, 42), (24, 42))
    # Both of the first beat, in another order.
    assert KIT_ECHOES.expected(hits(*first, (96, 42), (97, 36)))[1][:3] == (24 - 1, 1, 42 - 36)
    # One of them was left out.
    assert KIT_ECHOES.expected(hits(*first, (96, 36), (110, 50)))[1][:3] == (10, 1, 42 - 36)
    assert KIT_ECHOES.expected(hits((0, 36)))[1][0] == KIT.vocabulary.max_delta
    assert KIT_ECHOES.expected(Context.start(KIT.vocabulary))[1] == (*KIT.no_event, 0)


def test_a_kit_remembers_two_bars() -> None:
    context = hits((0, 36), (48, 38), (96, 36), (144, 45), (192, 36))
    assert [echo[2] for echo in KIT_ECHOES.expected(context)[1:]] == [45 - 36, 38 - 36]


def test_the_strength_of_a_kits_echo_counts_the_hits_that_agreed() -> None:
    """Of the last hits in a row, those that were hit a bar before as well; at most 16, in the steps of a match."""
    bar = [(tick, 36 + tick // 6 % 4) for tick in range(0, 96, 6)]
    for agreeing in (0, 1, 3, 10, 16):
        # Half a second bar of other drums, then as many of the same.
        more = [(96 + tick, pitch if index >= 16 - agreeing else 55) for index, (tick, pitch) in enumerate(bar)]
        found = KIT_ECHOES.expected(hits(*bar, *more))
        assert found[1][4] == 2 * bisect(MATCH_LENGTHS, agreeing), agreeing
    longer = [(96 * n + tick, pitch) for n in range(3) for tick, pitch in bar]
    assert KIT_ECHOES.expected(hits(*longer))[1][4] == 2 * bisect(MATCH_LENGTHS, 16)


@pytest.mark.parametrize(("early", "repeated"), [(-3, False), (-2, True), (0, True)])
def test_a_hit_within_the_tolerance_is_repeated(early: int, repeated: bool) -> None:
    """24 ticks to the beat make a tolerance of two."""
    assert timing_tolerance(KIT.vocabulary.resolution) == 2
    context = hits((0, 36), (24, 42), (96 + early, 36), (97, 50))
    # What is expected next is the hit of a bar ago that has not come again.
    assert KIT_ECHOES.expected(context)[1][2] + 36 == (42 if repeated else 36)
