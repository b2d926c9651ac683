"""Positions in the bar, and times since and until something."""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.features.layout import BAR, DELAYS, REPEATS, UNTIL, Layout
from musiclstm.model.features.timing import timing_features
from musiclstm.model.sizes import LAGS
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Part, TimeBase
from tests.model.features.music import KIT, LAYOUT, SECONDS, hits, melody
from tests.model.tiny import tiny_vocabulary


def delays(context: Context, delta: int = 0) -> dict[str, int | None]:
    """The delays of music in seconds, None for "none"."""
    found = zip(DELAYS, timing_features(SECONDS, context, delta)[len(BAR) :], strict=True)
    return {name: None if index == SECONDS.none("since") else index for name, index in found}


def test_times_since_and_until() -> None:
    nothing = dict.fromkeys(DELAYS)
    context = Context.start(SECONDS.vocabulary)
    assert delays(context, 5) == nothing
    # Two notes at 0, of which one ends at 10, and one more at 12: 64 has sounded for longer than 60 had.
    for delta, kind, pitch in ((0, Kind.ON, 60), (0, Kind.ON, 64), (10, Kind.OFF, 60), (2, Kind.ON, 67)):
        context = context.after(Event(delta, kind, pitch, 80))
    assert delays(context) == nothing | {"since": 0, "longest": 12, "onset 1": 12}
    assert delays(context, 5) == nothing | {"since": 5, "longest": 17, "onset 1": 7}
    assert delays(context.after(Event(5, Kind.WAIT))) == delays(context, 5)
    assert delays(context, 13)["onset 1"] is None
    # 64 sounds for 18 ticks, 67 for 24.
    for delta, kind, pitch in ((6, Kind.OFF, 64), (12, Kind.ON, 60), (6, Kind.ON, 62)):
        context = context.after(Event(delta, kind, pitch, 80))
    assert delays(context) == nothing | {"since": 0, "longest": 24, "onset 1": 6, "onset 2": 18, "onset 3": 12}
    context = context.after(Event(0, Kind.OFF, 67))
    assert delays(context) == nothing | {
        "since": 0, "longest": 6, "onset 1": 6, "onset 2": 18, "onset 3": 12, "end": 18,
    }  # fmt: skip
    # However long it is, it counts as the longest pause.
    assert delays(context, 5000)["since"] == SECONDS.vocabulary.max_delta


def test_music_with_bars_has_only_positions() -> None:
    context = melody([60, 62, 64])
    assert timing_features(LAYOUT, context, 5) == [41, 17, 0]
    assert LAYOUT.expectation_groups["time"] == ()
    timing = timing_features(SECONDS, Context.start(SECONDS.vocabulary))
    assert len(timing) == len(BAR) + len(DELAYS)
    assert SECONDS.expectation_groups["time"] == UNTIL


def test_a_drum_hit_does_not_restart_a_voice() -> None:
    parts = (Part("Voice"), Part("Kit", 0, 9, percussive=True))
    both = Layout(tiny_vocabulary(TimeBase.SECONDS, parts=parts))
    context = Context.start(both.vocabulary).after(Event(0, Kind.ON, 60, 80, part=0))
    # A drum hit at the same pitch starts nothing in the voice.
    with_hit = context.after(Event(7, Kind.ON, 60, 80, part=1))
    assert timing_features(both, with_hit)[len(BAR) + DELAYS.index("longest")] == 7


def repeats(context: Context, delta: int = 0) -> list[int]:
    return timing_features(KIT, context, delta)[len(BAR) :]


def test_a_kit_knows_when_hits_would_be_repeated() -> None:
    # A beat has 24 ticks, and the tolerance is 2: one hit at 49, one at 72 that came again early, one at 90.
    context = hits((0, 36), (49, 38), (72, 42), (90, 45), (95, 42))
    due = [90 + 24, 49 + 48, 49 + 72, 0 + 96, 0 + 144]
    longest = KIT.vocabulary.max_delta
    assert repeats(context) == [*(tick - 95 for tick in due), *[longest] * (len(LAGS) - len(due))]
    # A hit that should have been repeated by then, and was not, is no longer expected.
    assert repeats(context, 5)[REPEATS.index("repeat in 2")] == 72 + 48 - 100
    assert set(repeats(Context.start(KIT.vocabulary))) == {KIT.none("time")}
