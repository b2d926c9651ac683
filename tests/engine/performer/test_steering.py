import pytest

from musiclstm.engine.performer.part_settings import PartSettings
from musiclstm.engine.performer.steering import Steering, phrase_of
from musiclstm.engine.performer.swing import straightened, swung
from musiclstm.errors import UsageError
from musiclstm.model.context import Context
from musiclstm.music.event import Kind
from musiclstm.music.note import Meter, TimeBase
from musiclstm.protocol.commands import SetPart
from tests.engine import fakes

ALL = frozenset(range(4))


def classes(steering: Steering, part: int = 0, keys: tuple[int, ...] = ()) -> set[int]:
    bits = steering.constraints(ALL, keys, None).pitch_bits(part, Kind.ON)
    return {pitch % 12 for pitch in range(128) if bits >> pitch & 1}


def test_a_scale_is_a_mask_and_turns_with_the_key() -> None:
    steering = Steering(fakes.vocabulary())
    assert len(classes(steering)) == 12
    steering.set("scale", "major")
    assert classes(steering) == {0, 2, 4, 5, 7, 9, 11}
    steering.set("key", "D")
    assert classes(steering) == {2, 4, 6, 7, 9, 11, 1}


def test_a_transposed_part_keeps_to_the_scale_as_heard() -> None:
    steering = Steering(fakes.vocabulary())
    steering.set("scale", "pentatonic")
    steering.parts[0] = steering.parts[0].changed(SetPart(0, transpose=-5, low=50, high=60))
    bits = steering.constraints(ALL, (), None).pitch_bits(0, Kind.ON)
    heard = [pitch - 5 for pitch in range(128) if bits >> pitch & 1]
    assert {pitch % 12 for pitch in heard} == {0, 2, 4, 7, 9}
    assert min(heard) >= 50
    assert max(heard) <= 60


def test_chord_lock_takes_the_chord_out_of_the_scale_or_alone() -> None:
    steering = Steering(fakes.vocabulary())
    steering.set("scale", "major")
    steering.set("chord_lock", True)
    assert classes(steering, keys=(72,)) == {0, 2, 4, 5, 7, 9, 11}  # no left hand
    assert classes(steering, keys=(48, 52, 72)) == {0, 4}
    assert classes(steering, keys=(49, 54)) == {1, 6}  # nothing of it is in the scale


def test_a_range_upside_down_is_turned_over() -> None:
    steering = Steering(fakes.vocabulary())
    steering.set("range.low", 75)
    steering.set("range.high", 62)
    bits = steering.constraints(ALL, (), None).pitch_bits(0, Kind.ON)
    assert [pitch for pitch in range(128) if bits >> pitch & 1] == list(range(62, 76))


def test_velocity_stays_in_midis_range() -> None:
    steering = Steering(fakes.vocabulary())
    for scale, velocity, sent in ((1.0, 64, 64), (0.0, 64, 1), (2.0, 100, 127), (0.5, 64, 32)):
        steering.set("velocity.scale", scale)
        assert steering.velocity(0, velocity) == sent


@pytest.mark.parametrize("swing", [0.0, 0.3, 1.0])
def test_swing_keeps_the_order_and_can_be_undone(swing: float) -> None:
    beats = [number / 48 - 2 for number in range(200)]
    later = [swung(beat, swing) for beat in beats]
    assert later == sorted(later)
    assert [straightened(beat, swing) for beat in later] == pytest.approx(beats)
    assert swung(3.0, swing) == 3.0
    assert swung(3.5, 1.0) == pytest.approx(3 + 2 / 3)


def test_a_parts_limits_can_be_taken_away() -> None:
    settings = PartSettings().changed(SetPart(0, polyphony=2, longest=1.5))
    assert (settings.polyphony, settings.longest) == (2, 1.5)
    assert settings.changed(SetPart(0, channel=3)).polyphony == 2
    cleared = settings.changed(SetPart(0, polyphony=0, longest=0.0))
    assert (cleared.polyphony, cleared.longest) == (None, None)
    with pytest.raises(UsageError, match="follow itself"):
        settings.changed(SetPart(1, source=1))


def test_a_models_own_defaults_replace_those_it_names() -> None:
    steering = Steering(fakes.vocabulary())
    steering.set("density", 0.7)
    changed = steering.load(fakes.vocabulary(fakes.PIANO), {"pitch.temperature": 0.9, "of.another.version": 3})
    assert changed == ["pitch.temperature"]
    assert (steering.number("pitch.temperature"), steering.number("density")) == (0.9, 0.7)
    assert len(steering.parts) == 1


def test_models_defaults_count_as_their_style() -> None:
    steering = Steering(fakes.vocabulary())
    assert steering.in_style()
    steering.load(steering.vocabulary, {"pitch.temperature": 1.9, "unknown": 1.0})
    assert steering.in_style()
    assert steering.default("pitch.temperature") == 1.9
    steering.set("pitch.temperature", 1.8)
    assert not steering.in_style()
    steering.set("pitch.temperature", 1.0)
    steering.set("velocity.scale", 0.0)  # heard, but not remembered
    assert steering.in_style()


def ranges(steering: Steering) -> list[tuple[int, int]]:
    found = steering.constraints(ALL, (), None).part_ranges
    assert found is not None
    return list(found)


def test_parts_keep_to_their_instruments_ranges_until_somebody_opens_them() -> None:
    steering = Steering(fakes.vocabulary())
    own = [(part.low, part.high) for part in fakes.SATB]
    assert ranges(steering) == own
    steering.parts[3] = steering.parts[3].changed(SetPart(3, transpose=-12))
    assert ranges(steering) == own
    assert steering.range_of(3) == (24, 52)  # as heard
    steering.parts[3] = steering.parts[3].changed(SetPart(3, high=127))
    assert ranges(steering) == [*own[:3], (36, 127)]


def test_a_part_has_as_many_voices_as_in_the_corpus_until_somebody_says_otherwise() -> None:
    steering = Steering(fakes.vocabulary(), (1, 1, 2, None))
    assert steering.constraints(ALL, (), None).part_polyphony == (1, 1, 2, None)
    steering.parts[0] = steering.parts[0].changed(SetPart(0, polyphony=3))
    steering.parts[1] = steering.parts[1].changed(SetPart(1, polyphony=0))
    assert steering.constraints(ALL, (), None).part_polyphony == (3, None, 2, None)
    steering.load(steering.vocabulary, {})
    assert steering.constraints(ALL, (), None).part_polyphony is None


@pytest.mark.parametrize(
    ("low", "high", "rest"),
    [
        (0, 127, ""),
        (55, 127, "B"),  # ten notes left
        (60, 127, "TB"),  # Tenor has ten notes, Bass has five
        (70, 127, "ATB"),  # Soprano has the octave
        (75, 127, "ATB"),  # nobody has an octave, Soprano has most
        (60, 67, "B"),  # eight, eight, eight, five
        (0, 47, "SAT"),
        (90, 127, "SATB"),
    ],
)
def test_a_part_to_which_the_range_leaves_too_little_rests(low: int, high: int, rest: str) -> None:
    steering = Steering(fakes.vocabulary())
    steering.set("range.low", low)
    steering.set("range.high", high)
    assert "".join("SATB"[part] for part in range(4) if steering.silent(part)) == rest
    for part, (own, found) in enumerate(zip(fakes.SATB, ranges(steering), strict=True)):
        # The model plays a part that rests as ever.
        expected = (own.low, own.high) if steering.rests(part) else (max(low, own.low), min(high, own.high))
        assert found == expected


def test_of_a_drum_kit_the_instruments_within_the_range_play() -> None:
    steering = Steering(fakes.vocabulary(fakes.BAND))
    steering.set("range.low", 55)
    assert [steering.rests(part) for part in range(3)] == [False, True, False]
    assert ranges(steering)[2] == (55, 59)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.7, 1.0])
def test_so_many_phrases_are_heard_wherever_one_begins_to_listen(share: float) -> None:
    steering = Steering(fakes.vocabulary())
    steering.set("often", share)
    heard = [steering.is_heard(0, 1.0, phrase) for phrase in range(-20, 300)]
    for begin in range(200):
        assert sum(heard[begin : begin + 40]) == pytest.approx(40 * share, abs=2)


def test_what_is_too_surprising_is_not_heard() -> None:
    steering = Steering(fakes.vocabulary())
    assert steering.is_heard(0, 99.0, 0)
    steering.set("sure", 2.0)
    assert [steering.is_heard(0, surprise, 0) for surprise in (0.0, 2.0, 2.1)] == [True, True, False]


def test_phrases_are_of_two_bars_from_the_bar_line_on() -> None:
    vocabulary = fakes.vocabulary()
    context = Context.start(vocabulary, Meter(3, 4)).with_meter(24, 72, 1)
    assert [phrase_of(context.moved(24 + bar * 72)) for bar in (-1, 0, 1, 2, 3, 4)] == [-1, 0, 0, 1, 1, 2]
    seconds = Context.start(fakes.vocabulary(fakes.PIANO, TimeBase.SECONDS))
    assert [phrase_of(seconds.moved(100 * second)) for second in (0, 3, 4, 8)] == [0, 0, 1, 2]
