"""What the model plays by itself: ahead, steered, stopped and taken back."""

import pickle

import pytest

from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.performer.steering import swung
from musiclstm.music.note import TimeBase
from musiclstm.protocol import messages as m
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage

EDGE = 0.002  # seconds: the scheduler's commit point


def begun(stage: Stage, since: float = -1.0) -> list[tuple[float, int, int]]:
    """(time, channel, pitch) of the notes that began after `since`."""
    return [(t, x[0] & 15, x[1]) for t, x in stage.notes() if x[0] & 0xF0 == 0x90 and t > since]


def test_it_plays_ahead_and_never_runs_dry() -> None:
    stage = Stage()
    stage.play()
    for _ in range(200):
        stage.run(0.05)
        assert stage.performer.state.beat_map.end >= stage.beat + 1.0
    assert len(begun(stage)) > 20
    assert all(s.time == pytest.approx(s.due, abs=1e-9) for s in stage.sent)  # nothing late
    assert stage.disagreement() == ""


def test_the_same_seed_plays_the_same() -> None:
    def notes(seed: int) -> list[tuple[float, bytes]]:
        stage = Stage(FakeSession(seed=seed))
        stage.play()
        stage.run(5)
        return stage.notes()

    assert notes(3) == notes(3)
    assert notes(3) != notes(4)


def test_stop_ends_every_note_and_play_goes_on_where_it_stopped() -> None:
    straight = Stage()
    straight.play()
    straight.run(8)

    stage = Stage()
    stage.play()
    stage.run(4)
    sounding = stage.sounding()
    assert sounding
    stage.do(m.Stop())
    assert not stage.sounding()
    stage.run(3)
    resumed = stage.now
    stage.play()
    stage.run(4 - EDGE)
    # What sounded is struck again, and from there on it is the same music.
    assert begun(stage, resumed)[0][0] == pytest.approx(resumed, abs=2 * EDGE)
    later = begun(stage, resumed + 2 * EDGE)
    expected = [(t + 3 - EDGE, *rest) for t, *rest in begun(straight, 4 + EDGE)]
    assert [(round(t, 4), *rest) for t, *rest in later] == [
        (round(t, 4), *rest) for t, *rest in expected if t <= stage.now
    ]


def test_what_ends_at_once_is_not_struck_again() -> None:
    struck, silent = 0, 0
    for number in range(40):
        stage = Stage(FakeSession(seed=number))
        stage.play()
        stage.run(2 + number * 0.0317)
        sounded = len(stage.sounding())
        stage.do(m.Stop())
        resumed = stage.now
        stage.play()
        stage.run(0.5)
        first = [(t, x) for t, x in stage.notes() if resumed < t < resumed + 2 * EDGE and x[0] & 0xF0 == 0x90]
        for began, note in first:
            off = bytes((note[0] & 0x8F, note[1], 0))
            ends = [t for t, x in stage.notes() if x == off and t >= began]
            # An eighth of a beat at 120 a minute; 24 ticks a beat.
            assert not ends or ends[0] - began > 0.0625 - 0.5 / 24
        struck += len(first)
        silent += sounded - len(first)
        assert stage.disagreement() == ""
    assert struck > 40
    assert silent > 3


def test_a_control_changes_what_is_not_committed_yet_and_nothing_else() -> None:
    stage = Stage()
    stage.play()
    stage.run(3.21)
    before, now, told = stage.notes(), stage.now, len(stage.told)
    stage.do(m.SetControl("scale", "major"))
    stage.run(20)
    assert stage.notes()[: len(before)] == before
    changed = begun(stage, now + EDGE + 1e-6)
    assert len(changed) > 15
    assert all(pitch % 12 in (0, 2, 4, 5, 7, 9, 11) for _, _, pitch in changed)
    # The past is not contradicted: nothing is placed where nothing was heard.
    withdrawn = next(x for x in stage.told[told:] if isinstance(x, m.Withdrawn))
    planned = [x for x in stage.told[told:] if isinstance(x, m.Planned)]
    commit = stage.clock.timeline.beat_at(now + EDGE)
    assert withdrawn.beat > commit
    assert all(x.beat >= commit - 1e-9 for x in planned)
    assert stage.disagreement() == ""


def test_a_change_is_heard_at_the_next_musical_event() -> None:
    stage = Stage()
    stage.play()
    stage.run(4.4)
    due = [e.beat for e in stage.scheduler.pending() if e.beat > stage.performer.edge()]
    stage.do(m.SetControl("range.high", 70))
    planned = [e.beat for e in stage.scheduler.pending()]
    # Redrawn under the new control, the plan begins where there was music to come anyway, or earlier.
    assert min(planned) <= max(due)


def test_turning_a_control_back_plays_what_would_have_been_played() -> None:
    def play(*, turn: bool) -> list[tuple[float, bytes]]:
        stage = Stage()
        stage.play()
        stage.run(3.02)
        if turn:
            stage.do(m.SetControl("scale", "blues"), m.SetControl("scale", "off"))
        stage.run(4)
        return stage.notes()

    assert play(turn=True) == play(turn=False)


def test_loudness_and_swing_change_the_sound_and_not_the_music() -> None:
    def play(*commands: m.Command) -> list[tuple[float, bytes]]:
        stage = Stage()
        stage.play()
        stage.run(1.0)
        stage.do(*commands)
        stage.run(4)
        return stage.notes()

    plain = play()
    soft = play(m.SetControl("velocity.scale", 0.5))
    assert [(t, x[:2]) for t, x in soft] == [(t, x[:2]) for t, x in plain]
    assert [x[2] for _, x in soft] != [x[2] for _, x in plain]
    swings = play(m.SetControl("swing", 1.0))
    after = [(t, x) for t, x in plain if t > 1.1]
    assert [(round(swung(t * 2, 1.0) / 2, 4), x) for t, x in after if swung(t * 2, 1.0) / 2 <= 5] == [
        (round(t, 4), x) for t, x in swings if t > swung(2.2, 1.0) / 2
    ]


def test_ranges_polyphony_and_transposition_hold_as_heard() -> None:
    stage = Stage()
    stage.do(
        m.SetControl("polyphony", 2),
        m.SetPart(0, low=70, high=80, transpose=12),
        m.SetPart(1, transpose=-7),
        m.SetControl("scale", "pentatonic"),
    )
    stage.play()
    highest = 0
    for _ in range(100):
        stage.run(0.1)
        highest = max(highest, sum(stage.sounding().values()))
    assert highest == 2
    notes = begun(stage)
    assert all(70 <= pitch <= 80 for _, channel, pitch in notes if channel == 0)
    assert {pitch % 12 for _, _, pitch in notes} <= {0, 2, 4, 7, 9}
    assert {channel for _, channel, _ in notes} == {0, 1, 2, 3}


def test_less_polyphony_ends_what_is_too_much() -> None:
    stage = Stage()
    stage.play()
    while sum(stage.sounding().values()) < 3:
        stage.run(0.1)
    stage.do(m.SetControl("polyphony", 1))
    stage.run(0.01)
    assert sum(stage.sounding().values()) == 1
    assert stage.disagreement() == ""


def test_the_longest_note_ends_in_time() -> None:
    stage = Stage()
    for part in range(4):
        stage.do(m.SetPart(part, longest=0.5))
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
            stage.do(m.SetPart(2, mode="muted"))
        stage.run(4)
        return stage

    plain, muted = play(mute=False), play(mute=True)
    assert not [note for note in begun(muted, 2.01) if note[1] == 2]
    assert [n for n in begun(muted, 2.01) if n[1] != 2] == [n for n in begun(plain, 2.01) if n[1] != 2]
    assert not [key for key in muted.sounding() if key[1] == 2]
    muted.do(m.SetPart(2, mode="auto"))
    muted.run(6)
    assert [note for note in begun(muted, 6.1) if note[1] == 2]


def test_hold_decides_nothing_and_keeps_what_sounds() -> None:
    stage = Stage()
    stage.play()
    stage.run(4)
    stage.do(m.Hold(True))
    stage.run(0.01)
    sounding, count = stage.sounding(), len(stage.notes())
    assert sounding
    stage.run(10)
    assert stage.sounding() == sounding
    assert len(stage.notes()) == count
    stage.do(m.Hold(False))
    stage.run(2)
    assert len(stage.notes()) > count
    assert stage.disagreement() == ""


def test_panic_ends_everything_everywhere_and_it_plays_on() -> None:
    stage = Stage()
    stage.play()
    stage.run(3)
    stage.key(60)
    stage.do(m.Panic())
    assert not stage.sounding()
    for port in stage.ports:
        told = {message for _, message in port.sent if message[0] & 0xF0 == 0xB0}
        assert {bytes((0xB0 | c, 123, 0)) for c in range(16)} <= told
    assert stage.performer.state.person.keys == {}
    stage.run(2)
    assert begun(stage, 3.0)
    stage.key(60, 0)
    assert stage.disagreement() == ""


def test_forget_ends_the_notes_and_begins_a_bar() -> None:
    stage = Stage()
    stage.play()
    stage.run(3.3)
    stage.do(m.Forget())
    stage.run(EDGE)
    assert stage.performer.state.session.context.tick >= 0
    assert any(isinstance(x, m.Jumped) and x.reason == "forget" for x in stage.told)
    place = stage.performer.state.beat_map
    # Its bar lines are the clock's.
    assert place.offset % place.bar == 0
    context = stage.session.context
    beat = place.beat_of(stage.session.tick)
    assert context.position() / 24 == pytest.approx(beat % 4, abs=1e-6)


def test_tempo_moves_everything() -> None:
    stage = Stage()
    stage.play()
    stage.run(1)
    stage.do(m.SetTempo(60.0))
    stage.run(2)
    assert stage.beat == pytest.approx(4.0)
    plain = Stage()
    plain.play()
    plain.run(2)
    assert [x for _, x in stage.notes()] == [x for _, x in plain.notes()]
    stage.do(m.SetTempo(-3))
    assert isinstance(stage.told[-1], m.Notice)


def test_models_in_seconds_play_at_any_tempo() -> None:
    vocabulary = fakes.vocabulary(fakes.PIANO, TimeBase.SECONDS)

    def times(tempo: float) -> list[float]:
        stage = Stage(FakeSession(vocabulary), tempo=tempo)
        stage.play()
        stage.run(4 * 120 / tempo)
        return [time * tempo / 120 for time, _, _ in begun(stage)]

    assert times(120.0) == pytest.approx(times(90.0), abs=1e-5)
    # A tick of such a model is a hundredth of a second at the nominal tempo.
    assert all(abs(time * 100 - round(time * 100)) < 1e-4 for time in times(120.0))


def test_drum_notes_end_by_themselves() -> None:
    stage = Stage(FakeSession(fakes.vocabulary(fakes.BAND)))
    stage.play()
    for step in range(100):
        stage.run(0.07)
        if step % 3 == 0:
            stage.do(m.SetControl("density", step / 100))
    assert [n for n in begun(stage) if n[1] == 9]
    stage.do(m.SetPart(2, mode="muted"), m.Hold(True))
    stage.run(1)
    assert not [key for key in stage.sounding() if key[1] == 9]


def test_parts_play_on_their_ports_and_channels() -> None:
    stage = Stage()
    stage.do(m.SetPart(0, port="second", channel=7, program=40))
    assert (0.0, bytes((0xC7, 40))) in stage.ports[1].sent
    stage.play()
    stage.run(4)
    assert {x[0] & 15 for _, x in stage.notes(1)} == {7}
    assert {x[0] & 15 for _, x in stage.notes(0)} == {1, 2, 3}
    stage.do(m.SetPart(0, port="main"), m.Stop())
    assert not stage.sounding()


def test_a_wrong_command_is_a_notice() -> None:
    stage = Stage()
    for command in (
        m.SetControl("coffee", 1.0),
        m.SetControl("mode", "dance"),
        m.SetPart(9),
        m.SetPart(0, mode="loud"),
        m.SetPart(0, channel=16),
        m.Back(-1.0),
        m.Return("A"),
        m.SetBookmark("Z"),
        m.Prime("/nowhere.mid"),
        m.PlayerNote(200, 1),
        m.Learn("coffee"),
    ):
        told = len(stage.told)
        stage.do(command)
        assert any(isinstance(x, m.Notice) for x in stage.told[told:]), command
    assert not stage.performer.handle(m.Shutdown(), 0.0)


def test_the_window_can_follow_every_note() -> None:
    """Planned, withdrawn and played: what remains planned is always just what is to come."""
    stage = Stage()
    stage.play()
    for step in range(60):
        stage.run(0.13)
        if step % 7 == 3:
            stage.do(m.SetControl("pitch.temperature", 0.5 + step / 60))
        if step % 11 == 5:
            stage.do(m.Back(1.0))
    planned: dict[int, m.Planned] = {}
    sounding: set[int] = set()
    for each in stage.told:
        if isinstance(each, m.Planned):
            planned[each.id] = each
        elif isinstance(each, m.Withdrawn):
            planned = {i: p for i, p in planned.items() if p.beat < each.beat}
        elif isinstance(each, m.Played) and each.velocity:
            ghost = planned.pop(each.id)
            assert (ghost.part, ghost.pitch, ghost.velocity) == (each.part, each.pitch, each.velocity)
            assert each.beat == pytest.approx(ghost.beat)
            sounding.add(each.id)
        elif isinstance(each, m.Played):
            sounding.remove(each.id)
    assert all(ghost.beat > stage.beat - 1e-9 for ghost in planned.values())
    assert len(sounding) == sum(stage.sounding().values())


def test_what_is_watched_is_told() -> None:
    stage = Stage()
    stage.play()
    stage.run(1)
    assert not stage.heard(m.StateFrame)
    stage.do(m.Watch(memory=True, expectation=True))
    stage.run(2)
    assert stage.heard(m.StateFrame)
    assert 10 <= len(stage.heard(m.Expectation)) <= 25


def test_another_process_goes_on_from_a_checkpoint() -> None:
    stage = Stage()
    stage.do(m.SetControl("scale", "major"), m.SetPart(1, mode="muted", channel=6))
    stage.play()
    stage.run(3.03)
    stage.do(m.SetBookmark("C"))
    stage.run(1)
    kept = pickle.loads(pickle.dumps(stage.performer.checkpoint()))  # noqa: S301 - our own
    assert kept.playing
    now = stage.now
    stage.run(4)
    after = [(round(t - now, 3), *rest) for t, *rest in begun(stage, now + 0.05)]

    other = Stage()
    other.performer.resume(kept)
    other.play()
    other.run(4)
    got = [(round(t + EDGE, 3), *rest) for t, *rest in begun(other, 0.05 - EDGE)]
    count = len(after) - 2
    assert count > 5
    assert [x[1:] for x in got[:count]] == [x[1:] for x in after[:count]]
    assert other.performer.steering.parts[1].mode == "muted"
    other.do(m.Return("C"))
    assert other.told[-1] is not None
    assert any(isinstance(x, m.Jumped) for x in other.told)
    assert other.disagreement() == ""


def test_another_model_while_it_plays() -> None:
    stage = Stage()
    stage.play()
    stage.run(2.3)
    stage.key(64)
    session = FakeSession(fakes.vocabulary(fakes.PIANO), seed=5)
    loaded = m.Loaded("piano", "Piano", (("Piano", 0, 0),), 28, 96, 1, 1, "beats", 4.0, (("density", 0.5), ("new", 1)))
    stage.performer.load(session, loaded)
    stage.session = session
    stage.run(0.01)
    assert stage.performer.steering.values["density"] == 0.5
    stage.run(3)
    assert {channel for _, channel, _ in begun(stage, 2.32)} == {0}
    assert stage.performer.state.beat_map.offset % 4 == 0
    assert stage.disagreement() == ""
    stage.key(64, 0)
    stage.do(m.Stop())
    assert not stage.sounding()


def test_a_long_silence_is_not_learnt_by_heart() -> None:
    stage = Stage()
    stage.do(m.SetControl("mode", "harmonise"))
    stage.play()
    stage.run(2)
    stage.run(600)
    steps = stage.session.steps  # type: ignore[attr-defined]
    stage.do(m.SetControl("mode", "solo"))
    stage.run(1)
    assert stage.session.steps - steps < 40  # type: ignore[attr-defined]
    assert stage.performer.state.beat_map.offset % 4 == 0


def test_the_performer_needs_no_stage() -> None:
    stage = Stage()
    performer = Performer(FakeSession(), stage.clock, stage.scheduler, lambda _message: None)
    assert performer.tick(0.0) > 0.0
    assert performer.part_modes == ("auto",) * 4
