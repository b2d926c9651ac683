"""Which keys are down, and where they sound."""

from musiclstm.engine.performer.person import HeldKey, Person
from musiclstm.engine.performer.routing import Destination


def key(channel: int, pitch: int, part: int | None = 0, time: float = 0.0) -> HeldKey:
    return HeldKey(-1, channel, pitch, 80, Destination(0, 3, pitch), part, time)


def test_two_keys_that_sound_at_one_place_occupy_it_until_the_last_is_lifted() -> None:
    person = Person()
    person.press(key(0, 60), 1.0)
    person.press(key(5, 60), 2.0)
    assert person.last == 2.0
    assert person.lift(0, 60)
    assert person.occupied() == {Destination(0, 3, 60)}
    assert person.lift(5, 60)
    assert not person.occupied()
    assert person.lift(5, 60) is None


def test_pitches_as_bits_of_each_part() -> None:
    person = Person()
    assert person.bits(2) is None
    person.press(key(0, 60, part=1), 0.0)
    person.press(key(0, 3, part=1, time=5.0), 0.0)
    person.press(key(0, 64, part=None), 0.0)
    assert person.bits(2) == (0, 1 << 60 | 1 << 3)
    assert person.parts() == {1}
    assert person.parts(since=6.0) == set()
    assert sorted(person.pitches()) == [3, 60, 64]
