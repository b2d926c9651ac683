"""What arrives at the input: our own messages, mapped knobs and keys."""

from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.protocol import commands, telemetry
from tests.engine.stage import Stage, stage_in_mode

SOPRANO = 72  # a pitch in its range


def test_a_looped_port_is_recognised() -> None:
    stage = stage_in_mode("accompany")
    stage.run(3)
    echoed = 0
    for _ in range(60):
        count = len(stage.messages())
        stage.run(0.05)
        for _, message in stage.messages()[count:]:
            stage.performer.received(message, stage.now)
            echoed += message[0] & 0xF0 == 0x90
    assert echoed > 5
    assert not stage.performer.person_plays
    assert not [x for x in stage.played() if x.by_person]
    assert len([x for x in stage.telemetry if isinstance(x, telemetry.Notice)]) == 1
    # And a key that goes through and comes back sounds once.
    stage.key(SOPRANO, 77)
    stage.midi(0x90, SOPRANO, 77)
    assert stage.sounding()[0, 0, SOPRANO] == 1
    stage.key(SOPRANO, 0)
    stage.key(SOPRANO, 0)
    assert stage.sounding()[0, 0, SOPRANO] == 0


def test_the_same_note_from_a_person_a_little_later_is_heard() -> None:
    stage = stage_in_mode("accompany")
    stage.key(SOPRANO, 64)
    stage.run(0.2)
    stage.key(SOPRANO, 0)
    stage.key(SOPRANO, 65)
    assert stage.sounding()[0, 0, SOPRANO] == 1


def test_a_knob_turns_a_control() -> None:
    stage = Stage(midi_map=MidiMap())
    stage.do(commands.Learn("time.temperature"))
    stage.midi(0xB0, 21, 5)
    assert telemetry.ControlChanged("time.temperature", 1.0, "CC 21 ch 1") in stage.telemetry
    sent = len(stage.messages())
    stage.midi(0xB0, 21, 127)
    assert stage.performer.steering.values["time.temperature"] == 2.0
    assert len(stage.messages()) == sent  # a mapped knob is not music
    stage.do(commands.Unlearn("time.temperature"))
    assert stage.telemetry[-1] == telemetry.ControlChanged("time.temperature", 2.0, None)
    stage.midi(0xB0, 21, 64)
    assert len(stage.messages()) == sent + 1


def test_what_was_passed_on_before_it_was_mapped_still_comes_to_rest() -> None:
    stage = Stage(midi_map=MidiMap())
    stage.midi(0xB0, 64, 127)
    stage.midi(0xB0, 1, 50)
    stage.do(commands.Learn("section.next"))
    stage.midi(0xB0, 64, 0)  # it is lifted: not what is to be mapped
    assert stage.messages()[-1][1] == bytes((0xB0, 64, 0))
    assert stage.performer.state.midi_map.text("section.next") is None
    stage.midi(0xB0, 1, 51)
    assert stage.performer.state.midi_map.text("section.next") == "CC 1 ch 1"
    assert stage.messages()[-1][1] == bytes((0xB0, 1, 0))
    stage.key(60)
    stage.do(commands.Learn("panic"))
    stage.key(60)
    assert stage.performer.state.midi_map.text("panic") == "note 60 ch 1"
    assert not stage.sounding()
    assert not stage.performer.person_plays
    count = len(stage.messages())
    stage.key(60, 0)
    stage.midi(0xB0, 1, 0)
    assert len(stage.messages()) == count


def test_keys_mean_commands() -> None:
    requested: list[commands.Command] = []
    stage = Stage(midi_map=MidiMap(), requested=requested)
    first = ("play", "panic", "hold", "forget", "undo", "reset", "save", "back", "bookmark.B", "return.B")
    targets = (*first, "mute.2", "scale", "thru")
    for number, target in enumerate(targets):
        stage.do(commands.Learn(target))
        stage.midi(0x9F, number, 100)
    for number in range(len(targets)):
        stage.midi(0x8F, number, 0)
        stage.midi(0x9F, number, 100)
    stage.do(commands.Learn("morph.AB"))
    stage.midi(0xB0, 20, 1)
    stage.midi(0xB0, 20, 127)
    assert requested == [
        commands.Play(),
        commands.Panic(),
        commands.Hold(True),
        commands.Forget(),
        commands.Undo(),
        commands.Reset(),
        commands.SaveTake(""),
        commands.Back(1.0),
        commands.SetBookmark("B"),
        commands.Return("B"),
        commands.SetPart(1, mute=True),
        commands.SetControl("scale", "major"),
        commands.SetControl("thru", False),
        commands.Morph("A", "B", 1.0),
    ]


def test_a_control_that_waits_for_a_knob_has_none_until_it_is_mapped_to_the_same_one_or_nobody_waits() -> None:
    stage = Stage()

    def reported() -> list[str | None]:
        return [each.learnt for each in stage.telemetry if isinstance(each, telemetry.ControlChanged)]

    stage.do(commands.Learn("density"))
    stage.midi(0xB0, 21, 64)
    count = len(reported())
    stage.do(commands.Learn("density"))
    stage.midi(0xB0, 21, 70)
    assert reported()[count:] == [None, "CC 21 ch 1"]
    stage.do(commands.Learn("density"), commands.Learn(None))
    assert reported()[count:] == [None, "CC 21 ch 1", None, "CC 21 ch 1"]
