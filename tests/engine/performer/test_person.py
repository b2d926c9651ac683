"""Which keys are down, and where they sound."""

from musiclstm.engine.performer.person import HeldKey, Person
from musiclstm.engine.performer.routing import Destination


def key(pitch: int, part: int | None = 0, time: float = 0.0, id_: int = -1) -> HeldKey:
    return HeldKey(id_, pitch, 80, Destination(0, 3, pitch), part, time)


def test_two_keys_that_hold_one_note_occupy_its_place_until_the_last_is_lifted() -> None:
    person = Person()
    note = key(60)
    person.press(0, note, 1.0)
    person.press(5, note, 2.0)
    person.press(5, key(61, id_=-2), 3.0)
    assert person.last == 3.0
    assert person.playing(None, 60, Destination(0, 3, 60)) == [(0, 60), (5, 60)]
    assert person.playing(0, 61, None) == [(5, 61)]
    assert person.playing(None, 61, None) == person.playing(1, 61, None) == []
    assert person.lift(0, 60) is None
    assert Destination(0, 3, 60) in person.occupied()
    assert person.lift(5, 60) is note
    assert person.occupied() == {Destination(0, 3, 61)}
    assert person.lift(5, 60) is None


def test_pitches_as_bits_of_each_part() -> None:
    person = Person()
    assert person.bits(2) is None
    person.press(0, key(60, part=1), 0.0)
    person.press(0, key(3, part=1, time=5.0), 0.0)
    person.press(0, key(64, part=None), 0.0)
    assert person.bits(2) == (0, 1 << 60 | 1 << 3)
    assert person.parts() == {1}
    assert person.parts(since=6.0) == set()
    assert sorted(person.pitches()) == [3, 60, 64]
