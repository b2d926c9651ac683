"""Voices: each change can be undone, and on one channel a pitch sounds once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from musiclstm.engine.performer.routing import Destination, Routing
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.performer.voices import Effect, Voices
from musiclstm.protocol.commands import SetPart
from musiclstm.protocol.telemetry import PlanEnded, Planned, Telemetry
from tests.engine import fakes


class Fixture:
    def __init__(self) -> None:
        self.steering = Steering(fakes.vocabulary(fakes.BAND))
        self.occupied: set[Destination] = set()
        self.emitted: list[Telemetry] = []
        routing = Routing(self.steering, lambda _: 0)
        self.voices = Voices(self.steering, routing, lambda _: 1.0, lambda: self.occupied, self.emitted.append)


@pytest.fixture
def fixture() -> Fixture:
    return Fixture()


def test_every_change_is_undone_the_last_first(fixture: Fixture) -> None:
    voices = fixture.voices
    first, _ = voices.start((0, 60), 80, 0, 0.0)
    states, effects = [dict(voices.by_key)], []
    changes: list[Callable[[], Effect]] = [
        lambda: voices.start((1, 40), 70, 24, 1.0)[0],
        lambda: voices.end((0, 60), 2.0)[0],
        lambda: voices.start_person((0, 62), 90, 48, -1),
        lambda: voices.start((0, 60), 50, 72, 3.0)[0],
    ]
    for change in changes:
        effects.append(change())
        states.append(dict(voices.by_key))
    assert voices.before(reversed(effects)) == states[0]
    assert dict(voices.by_key) == states[-1]  # only a copy was undone
    for effect, state in zip(reversed(effects), reversed(states[:-1]), strict=True):
        voices.undo(effect)
        assert dict(voices.by_key) == state
    voices.undo(first)
    assert not voices.by_key


def test_a_note_ends_what_sounds_at_its_destination(fixture: Fixture) -> None:
    fixture.steering.set_part(1, fixture.steering.parts[1].changed(SetPart(1, channel=0, transpose=12)))
    fixture.voices.start((0, 60), 80, 0, 0.0)
    effect, note = fixture.voices.start((1, 48), 70, 24, 1.0)
    assert [entry.message for entry in effect.entries] == [bytes((0x80, 60, 0)), bytes((0x90, 60, 70))]
    assert fixture.voices.by_key[0, 60].destination is None  # held, and silent
    assert fixture.voices.by_key[1, 48].destination == Destination(0, 0, 60)
    assert [type(x) for x in fixture.emitted] == [Planned, PlanEnded, Planned]
    assert note == 2


def test_the_model_is_silent_where_a_key_sounds_and_in_muted_parts(fixture: Fixture) -> None:
    fixture.occupied.add(Destination(0, 0, 60))
    fixture.steering.set_part(1, replace(fixture.steering.parts[1], mute=True))
    for key in ((0, 60), (1, 40)):
        effect, _ = fixture.voices.start(key, 80, 0, 0.0)
        assert not effect.entries
        assert fixture.voices.by_key[key].destination is None


def test_drum_notes_have_no_voice_and_their_own_end(fixture: Fixture) -> None:
    effect, _ = fixture.voices.start((2, 36), 80, 0, 4.0)
    assert [entry.message[0] & 0xF0 for entry in effect.entries] == [0x90, 0x80]
    assert effect.entries[1].beat > 4.0
    assert not fixture.voices.by_key


def test_silent_voices_sound_again_with_new_ids_unless_another_sounds_there(fixture: Fixture) -> None:
    voices = fixture.voices
    voices.start((0, 60), 80, 0, 0.0, until=96)
    voices.start((1, 40), 80, 0, 0.0)
    assert len(voices.silence(1.0, lambda _: True)) == 2
    silent = list(voices.by_key.values())
    entries = voices.sound_again(silent, 2.0)
    assert [entry.message for entry in entries] == [bytes((0x90, 60, 80)), bytes((0x91, 40, 80))]
    assert voices.by_key[0, 60].until == 96
    assert {voice.id for voice in voices.by_key.values()} == {3, 4}
    assert not voices.sound_again(silent, 3.0)  # these are not held any more


def test_ids_of_another_process_are_not_given_again(fixture: Fixture) -> None:
    fixture.voices.skip_ids((7, -3), 100)
    assert fixture.voices.new_person_id() == -104
    assert fixture.voices.start((0, 60), 80, 0, 0.0)[1] == 108
