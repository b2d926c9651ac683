"""What controls, part settings and commands change, and what they leave alone."""

import pytest

from musiclstm.engine.performer.swing import swung
from musiclstm.protocol import commands, telemetry
from tests.engine.stage import Stage

EDGE = 0.002  # seconds: the scheduler's commit point


def test_a_control_changes_what_is_not_committed_yet_and_nothing_else() -> None:
    stage = Stage()
    stage.play()
    stage.run(3.21)
    before, now, count = stage.notes(), stage.now, len(stage.telemetry)
    stage.do(commands.SetControl("scale", "major"))
    stage.run(20)
    assert stage.notes()[: len(before)] == before
    changed = stage.starts(now + EDGE + 1e-6)
    assert len(changed) > 15
    assert all(pitch % 12 in (0, 2, 4, 5, 7, 9, 11) for _, _, pitch in changed)
    # The past is not contradicted: nothing is placed where nothing was heard.
    withdrawn = next(x for x in stage.telemetry[count:] if isinstance(x, telemetry.Withdrawn))
    planned = [x for x in stage.telemetry[count:] if isinstance(x, telemetry.Planned)]
    commit = stage.clock.timeline.beat_at(now + EDGE)
    assert withdrawn.beat > commit
    assert all(x.beat >= commit - 1e-9 for x in planned)
    assert stage.disagreement() == ""


def test_a_change_is_heard_at_the_next_musical_event() -> None:
    stage = Stage()
    stage.play()
    stage.run(4.4)
    due = [e.beat for e in stage.scheduler.pending() if e.beat > stage.performer.edge()]
    stage.do(commands.SetControl("range.high", 70))
    planned = [e.beat for e in stage.scheduler.pending()]
    # Sampled again under the new control, the plan begins where there was music to come anyway, or earlier.
    assert min(planned) <= max(due)


def test_turning_a_control_back_plays_what_would_have_been_played() -> None:
    def play(*, turn: bool) -> list[tuple[float, bytes]]:
        stage = Stage()
        stage.play()
        stage.run(3.02)
        if turn:
            stage.do(commands.SetControl("scale", "blues"), commands.SetControl("scale", "off"))
        stage.run(4)
        return stage.notes()

    assert play(turn=True) == play(turn=False)


def test_velocity_and_swing_change_the_sound_and_not_the_music() -> None:
    def play(*commands: commands.Command) -> list[tuple[float, bytes]]:
        stage = Stage()
        stage.play()
        stage.run(1.0)
        stage.do(*commands)
        stage.run(4)
        return stage.notes()

    plain = play()
    soft = play(commands.SetControl("velocity.scale", 0.5))
    assert [(t, x[:2]) for t, x in soft] == [(t, x[:2]) for t, x in plain]
    assert [x[2] for _, x in soft] != [x[2] for _, x in plain]
    swings = play(commands.SetControl("swing", 1.0))
    after = [(t, x) for t, x in plain if t > 1.1]
    assert [(round(swung(t * 2, 1.0) / 2, 4), x) for t, x in after if swung(t * 2, 1.0) / 2 <= 5] == [
        (round(t, 4), x) for t, x in swings if t > swung(2.2, 1.0) / 2
    ]


def test_ranges_polyphony_and_transposition_hold_as_heard() -> None:
    stage = Stage()
    stage.do(
        commands.SetControl("polyphony", 2),
        commands.SetPart(0, low=70, high=80, transpose=12),
        commands.SetPart(1, transpose=-7),
        commands.SetControl("scale", "pentatonic"),
    )
    stage.play()
    highest = 0
    for _ in range(100):
        stage.run(0.1)
        highest = max(highest, sum(stage.sounding().values()))
    assert highest == 2
    notes = stage.starts()
    assert all(70 <= pitch <= 80 for _, channel, pitch in notes if channel == 0)
    assert {pitch % 12 for _, _, pitch in notes} <= {0, 2, 4, 7, 9}
    assert {channel for _, channel, _ in notes} == {0, 1, 2, 3}


def test_less_polyphony_ends_what_is_too_much() -> None:
    stage = Stage()
    stage.play()
    while sum(stage.sounding().values()) < 3:
        stage.run(0.1)
    stage.do(commands.SetControl("polyphony", 1))
    stage.run(0.01)
    assert sum(stage.sounding().values()) == 1
    assert stage.disagreement() == ""


def test_the_longest_note_ends_in_time() -> None:
    stage = Stage()
    for part in range(4):
        stage.do(commands.SetPart(part, longest=0.5))
    stage.play()
    stage.run(10)
    starts: dict[tuple[int, int], float] = {}
    lengths = []
    for time, message in stage.notes():
        key = (message[0] & 15, message[1])
        if message[0] & 0xF0 == 0x90:
            starts[key] = time
        else:
            lengths.append(time - starts.pop(key))
    assert max(lengths) == pytest.approx(0.25, abs=1e-6)
    assert len(lengths) > 20


def test_a_muted_part_is_silent_and_the_others_play_on_as_they_would() -> None:
    def play(*, mute: bool) -> Stage:
        stage = Stage()
        stage.play()
        stage.run(2)
        if mute:
            stage.do(commands.SetPart(2, mode="muted"))
        stage.run(4)
        return stage

    plain, muted = play(mute=False), play(mute=True)
    assert not [note for note in muted.starts(2.01) if note[1] == 2]
    assert [n for n in muted.starts(2.01) if n[1] != 2] == [n for n in plain.starts(2.01) if n[1] != 2]
    assert not [key for key in muted.sounding() if key[1] == 2]
    muted.do(commands.SetPart(2, mode="auto"))
    muted.run(6)
    assert [note for note in muted.starts(6.1) if note[1] == 2]


def test_hold_plans_nothing_and_keeps_what_sounds() -> None:
    stage = Stage()
    stage.play()
    stage.run(4)
    stage.do(commands.Hold(True))
    stage.run(0.01)
    sounding, count = stage.sounding(), len(stage.notes())
    assert sounding
    stage.run(10)
    assert stage.sounding() == sounding
    assert len(stage.notes()) == count
    stage.do(commands.Hold(False))
    stage.run(2)
    assert len(stage.notes()) > count
    assert stage.disagreement() == ""


def test_panic_ends_everything_everywhere_and_it_plays_on() -> None:
    stage = Stage()
    stage.play()
    stage.run(3)
    stage.key(60)
    stage.do(commands.Panic())
    assert not stage.sounding()
    for port in stage.ports:
        sent = {message for _, message in port.sent if message[0] & 0xF0 == 0xB0}
        assert {bytes((0xB0 | c, 123, 0)) for c in range(16)} <= sent
    assert stage.performer.state.person.keys == {}
    stage.run(2)
    assert stage.starts(3.0)
    stage.key(60, 0)
    assert stage.disagreement() == ""


def test_forget_ends_the_notes_and_begins_a_bar() -> None:
    stage = Stage()
    stage.play()
    stage.run(3.3)
    stage.do(commands.Forget())
    stage.run(EDGE)
    assert stage.performer.state.session.context.tick >= 0
    assert any(isinstance(x, telemetry.Jumped) and x.reason == "forget" for x in stage.telemetry)
    place = stage.performer.state.beat_map
    # Its bar lines are the clock's.
    assert place.offset % place.bar == 0
    context = stage.session.context
    beat = place.beat_of(stage.session.tick)
    assert context.position() / 24 == pytest.approx(beat % 4, abs=1e-6)


def test_parts_play_on_their_ports_and_channels() -> None:
    stage = Stage()
    stage.do(commands.SetPart(0, port="second", channel=7, program=40))
    assert (0.0, bytes((0xC7, 40))) in stage.ports[1].sent
    stage.play()
    stage.run(4)
    assert {x[0] & 15 for _, x in stage.notes(1)} == {7}
    assert {x[0] & 15 for _, x in stage.notes(0)} == {1, 2, 3}
    stage.do(commands.SetPart(0, port=""))  # as the window's
    assert stage.performer.steering.parts[0].port is None
    before = len(stage.notes(1))
    stage.run(4)
    assert {x[0] & 15 for _, x in stage.notes(0)} == {1, 2, 3, 7}
    assert {x[0] & 0xF0 for _, x in stage.notes(1)[before:]} <= {0x80}
    stage.do(commands.SetPart(0, port="main"), commands.Stop())
    assert not stage.sounding()


def test_a_wrong_command_is_a_notice() -> None:
    stage = Stage()
    wrong: tuple[commands.Command, ...] = (
        commands.SetControl("coffee", 1.0),
        commands.SetControl("mode", "dance"),
        commands.SetPart(9),
        commands.SetPart(0, mode="loud"),
        commands.SetPart(0, channel=16),
        commands.Back(-1.0),
        commands.Return("A"),
        commands.SetBookmark("Z"),
        commands.PlayerNote(200, 1),
        commands.Learn("coffee"),
        *(commands.SetTempo(tempo) for tempo in (-5.0, 0.0, 3.9, 1001.0, 1e12, float("nan"), float("inf"))),
        commands.Seed(-1),
        commands.Seed(2**63),
    )
    for command in wrong:
        count = len(stage.telemetry)
        stage.do(command)
        assert any(isinstance(x, telemetry.Notice) for x in stage.telemetry[count:]), command
    assert not stage.performer.handle(commands.Shutdown(), 0.0)


def test_a_part_that_no_longer_rests_because_of_anothers_range_is_reported() -> None:
    stage = Stage()
    stage.do(commands.SetControl("range.low", 76))  # leaves six semitones to Soprano, one to Alto
    stage.do(commands.SetPart(0, low=54, high=63))  # now nobody has more than Alto
    parts = {each.part: each.silent for each in stage.telemetry if isinstance(each, telemetry.PartChanged)}
    assert parts == {part: stage.performer.state.steering.silent(part) for part in range(4)}
    assert not parts[1]


def test_a_part_comes_to_rest_with_the_range_and_is_played_on_unheard() -> None:
    stage = Stage()
    stage.play()
    stage.run(8)
    assert {channel for _, channel, _ in stage.starts()} == {0, 1, 2, 3}
    stage.do(commands.SetControl("range.low", 60))
    now = stage.now
    parts = {each.part: each.silent for each in stage.telemetry if isinstance(each, telemetry.PartChanged)}
    assert parts == {2: True, 3: True}  # Soprano has all of its range left, Alto enough
    stage.run(8)
    heard = stage.starts(now + 0.3)
    assert {channel for _, channel, _ in heard} == {0, 1}
    assert min(pitch for _, _, pitch in heard) >= 60
    assert not [key for key in stage.sounding() if key[1] > 1]
    played = {step.event.part for step in stage.performer.state.history.steps}
    assert played & {2, 3}
    stage.do(commands.SetControl("range.low", 0))
    now = stage.now
    stage.run(8)
    assert {channel for _, channel, _ in stage.starts(now)} == {0, 1, 2, 3}
