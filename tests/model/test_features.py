"""What an echo tells the network, and when it falls silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from musiclstm.model.context import LAGS, LOUDNESSES, Context
from musiclstm.model.features import AWAITED, BAR, DUE, MOMENTS, PATIENCE, ROUNDS, STRENGTHS, Features
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Part, TimeBase
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
    time, symbol, pitch, _, strength = FEATURES.echo(context)[0]
    ended = Event(12, Kind.OFF, 62)
    assert (time, symbol, pitch) == FEATURES.fields(ended)[:3]
    assert 0 < strength < STRENGTHS
    assert FEATURES.echo(context.after(ended))[0][2] == 64 - VOCABULARY.low
    # Stood alike: four notes later than four eighths ago is not where it stood in a bar of eight eighths.
    assert strength % 2 == 0
    assert FEATURES.echo(after([60, 62, 64, 65, 67, 69, 71, 72, 60, 62]))[0][4] % 2 == 1


def test_nothing_new_has_an_echo() -> None:
    assert FEATURES.echo(after([60, 62, 65])) == ((*FEATURES.nothing, 0),) * 3


def test_in_play_what_has_come_round_too_often_has_none() -> None:
    tune = [60, 62, 64, 65]
    playing = Features(VOCABULARY, PATIENCE)
    assert playing.echo(after(tune * 3))[0][4]
    assert not playing.echo(after(tune * (ROUNDS + 2)))[0][4]
    assert FEATURES.echo(after(tune * (ROUNDS + 2)))[0][4]


def test_in_play_it_does_not_go_on_for_ever() -> None:
    tune = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81, 83, 84, 86]
    context = after([*tune, *tune])
    assert FEATURES.echo(context)[0][4]
    length = context.echoes[0].length
    assert Features(VOCABULARY, patience=length).echo(context) == FEATURES.echo(context)
    assert Features(VOCABULARY, patience=length - 1).echo(context)[0] == (*FEATURES.nothing, 0)


def test_a_wait_is_no_part_of_it() -> None:
    context = after([60, 62, 60])
    waited = context.after(Event(VOCABULARY.max_delta, Kind.WAIT))
    exact, *_ = FEATURES.echo(context)
    late, *_ = FEATURES.echo(waited)
    assert late[1:] == exact[1:]
    # Its time has passed.
    assert (exact[0], late[0]) == (12, FEATURES.none("time"))
    assert FEATURES.echo(context.after(Event(7, Kind.WAIT)))[0][0] == 12 - 7


def test_a_tune_does_not_mind_when_notes_end() -> None:
    context = Context.start(VOCABULARY)
    on, off = Kind.ON, Kind.OFF
    for delta, kind, pitch in ((0, on, 60), (6, on, 64), (6, off, 60), (0, on, 67), (6, off, 64)):
        context = context.after(Event(delta, kind, pitch, 80))
    for delta, kind, pitch in ((12, on, 50), (3, off, 50), (3, on, 54), (2, off, 54)):
        context = context.after(Event(delta, kind, pitch, 80))
    exact, sequence, tune = FEATURES.echo(context)
    assert exact[4] == 0
    assert tune[:3] == FEATURES.fields(Event(4, Kind.ON, 57, 80))[:3]
    assert sequence[:3] != tune[:3]


def test_a_sequence_expects_the_same_steps_at_another_height() -> None:
    tune = [60, 64, 62, 65]
    context = after([*tune, 70, 74])
    exact, sequence, _ = FEATURES.echo(context)
    ended = Event(12, Kind.OFF, 74)
    assert exact[4] == 0
    assert sequence[:3] == FEATURES.fields(ended)[:3]
    assert FEATURES.echo(context.after(ended))[1][2] == 72 - VOCABULARY.low
    # Beyond the vocabulary's range there is no such pitch.
    far = after([60, 64, 82]).after(replace(ended, pitch=82))
    assert FEATURES.echo(far)[1][2] == VOCABULARY.pitches


SECONDS = Features(tiny_vocabulary(TimeBase.SECONDS))


def moments(context: Context, delta: int = 0) -> dict[str, int | None]:
    """What is known of time where there are no bars, None where it says "none"."""
    found = zip(MOMENTS, SECONDS.place(context, delta)[len(BAR) :], strict=True)
    return {name: None if index == SECONDS.none("since") else index for name, index in found}


def test_how_long_ago_and_how_long_until() -> None:
    nothing = dict.fromkeys(MOMENTS)
    context = Context.start(SECONDS.vocabulary)
    assert moments(context, 5) == nothing
    # Two notes at 0, of which one ends at 10, and one more at 12: 64 has sounded for longer than 60 had.
    for delta, kind, pitch in ((0, Kind.ON, 60), (0, Kind.ON, 64), (10, Kind.OFF, 60), (2, Kind.ON, 67)):
        context = context.after(Event(delta, kind, pitch, 80))
    assert moments(context) == nothing | {"since": 0, "longest": 12, "onset 1": 12}
    assert moments(context, 5) == nothing | {"since": 5, "longest": 17, "onset 1": 7}
    assert moments(context.after(Event(5, Kind.WAIT))) == moments(context, 5)
    assert moments(context, 13)["onset 1"] is None
    # 64 sounds for 18 ticks, 67 for 24.
    for delta, kind, pitch in ((6, Kind.OFF, 64), (12, Kind.ON, 60), (6, Kind.ON, 62)):
        context = context.after(Event(delta, kind, pitch, 80))
    assert moments(context) == nothing | {"since": 0, "longest": 24, "onset 1": 6, "onset 2": 18, "onset 3": 12}
    context = context.after(Event(0, Kind.OFF, 67))
    assert moments(context) == nothing | {
        "since": 0, "longest": 6, "onset 1": 6, "onset 2": 18, "onset 3": 12, "end": 18,
    }  # fmt: skip
    # However long it is, it is no longer than the longest pause.
    assert moments(context, 5000)["since"] == SECONDS.vocabulary.max_delta


def test_loudness_is_that_of_the_notes_around() -> None:
    vocabulary = tiny_vocabulary(
        parts=(Part("Right"), Part("Left"), Part("Kit", 0, 9, percussive=True)), velocities=127
    )
    features, context = Features(vocabulary), Context.start(vocabulary)
    assert features.touch(context, 0, 0, 60 - 36) == (127,) * 5
    for pitch, velocity, part in ((55, 20, 1), (72, 90, 0), (57, 40, 1), (60, 70, 0), (60, 1, 2), (72, 80, 0)):
        context = context.after(Event(0, Kind.ON, pitch, velocity, part=part))
    # Of the pitch, of the part, below, above, the last but one (which the kit has not been).
    assert features.touch(context, 0, 1, 60 - 36) == (0, 39, 39, 79, 69)
    assert features.touch(context, 0, 0, 55 - 36) == (19, 79, 127, 39, 69)
    for _ in range(LOUDNESSES):
        context = context.after(Event(1, Kind.ON, 80, 5, part=0))
    assert features.touch(context, 0, 0, 60 - 36) == (0, 4, 127, 4, 4)
    assert len(features.touches) == 5 > len(FEATURES.touches)


def test_what_has_bars_is_told_those_alone() -> None:
    context = after([60, 62, 64])
    assert FEATURES.place(context, 5) == [41, 17, 0]
    assert FEATURES.awaited(FEATURES.place(context)) == []
    assert SECONDS.awaited(SECONDS.place(context)) == SECONDS.place(context)[-len(AWAITED) :]


def test_a_voice_has_no_moments_of_a_kit() -> None:
    parts = (Part("Voice"), Part("Kit", 0, 9, percussive=True))
    both = Features(tiny_vocabulary(TimeBase.SECONDS, parts=parts))
    context = Context.start(both.vocabulary).after(Event(0, Kind.ON, 60, 80, part=0))
    # What a kit strikes at the same pitch begins nothing in the voice.
    struck_too = context.after(Event(7, Kind.ON, 60, 80, part=1))
    assert both.place(struck_too)[len(BAR) + MOMENTS.index("longest")] == 7


KIT = Features(tiny_vocabulary(parts=(Part("Kit", 0, 9, percussive=True),), velocities=4))


def struck(*strokes: tuple[int, int]) -> Context:
    """Strokes at (tick, pitch); a bar has 96."""
    context = Context.start(KIT.vocabulary)
    for tick, pitch in strokes:
        context = context.after(Event(tick - context.tick, Kind.ON, pitch, 80))
    return context


def test_a_kit_expects_what_was_struck_a_bar_ago() -> None:
    bar = ((0, 36), (24, 42), (48, 38), (72, 42))
    # One is early, and two are struck that were not.
    context = struck(*bar, (96, 36), (100, 45), (119, 42), (130, 46))
    time, symbol, pitch, velocity, strength = KIT.echo(context)[1]
    assert (time, symbol, pitch) == (48 + 96 - 130, 1, 38 - 36)
    assert velocity == KIT.vocabulary.velocity_bin(80)
    assert strength == 0
    assert KIT.echo(struck(*bar, (96, 36), (119, 42)))[1][4] > KIT.echo(struck(*bar, (96, 36)))[1][4] > 0


def test_a_kit_does_not_expect_again_what_came_or_never_will() -> None:
    first = ((0, 36), (1, 42), (24, 42))
    # Both of the beginning, in another order.
    assert KIT.echo(struck(*first, (96, 42), (97, 36)))[1][:3] == (24 - 1, 1, 42 - 36)
    # One of them was left out.
    assert KIT.echo(struck(*first, (96, 36), (110, 50)))[1][:3] == (10, 1, 42 - 36)
    assert KIT.echo(struck((0, 36)))[1][0] == KIT.vocabulary.max_delta
    assert KIT.echo(Context.start(KIT.vocabulary))[1] == (*KIT.nothing, 0)


def known(rows: Sequence[int], groups: Sequence[str]) -> dict[str, int]:
    """Of what is known of each group: what there is."""
    return {group: row for group, row in zip(groups, rows, strict=True) if row != KIT.none(group)}


def test_a_kit_knows_when_what_was_struck_would_come_again() -> None:
    # A beat has 24 ticks, and people keep time to 2: one at 49, one at 72 that came again early, one at 90.
    context = struck((0, 36), (49, 38), (72, 42), (90, 45), (95, 42))
    due = [90 + 24, 49 + 48, 49 + 72, 0 + 96, 0 + 144]
    longest = KIT.vocabulary.max_delta
    assert KIT.awaited(KIT.place(context)) == [*(tick - 95 for tick in due), *[longest] * (len(LAGS) - len(due))]
    # What should have come by then, and has not, comes no more.
    assert known(KIT.awaited(KIT.place(context, 5)), DUE)["due in 2"] == 72 + 48 - 100
    assert known(KIT.awaited(KIT.place(Context.start(KIT.vocabulary))), DUE) == {}


def test_a_kit_knows_how_loudly_it_struck() -> None:
    context = Context.start(KIT.vocabulary)
    for tick, pitch, velocity in ((0, 36, 127), (46, 36, 1), (49, 36, 64), (50, 38, 100), (72, 42, 127)):
        context = context.after(Event(tick - context.tick, Kind.ON, pitch, velocity))
    # At tick 96: two beats ago it was the last of two; three beats ago nothing, for it knows two ticks to either side.
    touch = known(KIT.touch(context, 24, 0, 0), KIT.touches)
    assert touch == {"touch": 1, "part touch": 3, "touch of 2": 1, "touch of 4": 3}
    assert known(KIT.touch(context, 27, 0, 0), KIT.touches) == {"touch": 1, "part touch": 3, "touch of 2": 1}
    assert known(KIT.touch(context, 24, 0, 6), KIT.touches) == {"touch": 3, "part touch": 3, "touch of 1": 3}


def test_a_kit_sees_what_was_struck_and_what_loudly() -> None:
    context = Context.start(KIT.vocabulary)
    for tick, pitch, velocity in ((0, 36, 65), (2, 42, 64), (24, 42, 127)):
        context = context.after(Event(tick - context.tick, Kind.ON, pitch, velocity))
    past = context.past(96 - 24)
    assert past.shape == (2 * len(LAGS), KIT.vocabulary.pitches)
    struck, loud = past[0::2], past[1::2]
    assert [(LAGS[lag], pitch + 36) for lag, pitch in np.argwhere(struck)] == [(3, 42), (4, 36), (4, 42)]
    assert [(LAGS[lag], pitch + 36) for lag, pitch in np.argwhere(loud)] == [(3, 42), (4, 36)]
    assert not Context.start(KIT.vocabulary).past(96).any()


def test_a_kit_remembers_two_bars() -> None:
    context = struck((0, 36), (48, 38), (96, 36), (144, 45), (192, 36))
    assert [echo[2] for echo in KIT.echo(context)[1:]] == [45 - 36, 38 - 36]


def test_each_part_has_a_tune_of_its_own() -> None:
    context = Context.start(VOCABULARY)
    for high, low in ((72, 48), (74, 47), (72, 45), (77, 50), (79, 43)):
        context = context.after(Event(12, Kind.ON, high, 80, part=0))
        context = context.after(Event(6, Kind.ON, low, 80, part=3))
    echo = FEATURES.echo(context)
    soprano, bass = (FEATURES.of_part(echo, context, part)[-1] for part in (0, 3))
    # Up two semitones, after which it once went down as many.
    assert soprano[2] == 77 - VOCABULARY.low
    assert bass[4] == 0
    # Of the two it is the soprano that says what comes next.
    assert echo[-1] == soprano
    assert echo[0][4] == echo[1][4] == 0
