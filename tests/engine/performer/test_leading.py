"""Chords that lead: typed, set from now on, and played with the left hand."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from musiclstm.engine.offline import render
from musiclstm.engine.performer.chord_guide import ChordGuide, ChordLine
from musiclstm.errors import UsageError
from musiclstm.model.chord_bias import bias_of
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.pitch_bias import FORBIDDEN
from musiclstm.model.session import Session
from musiclstm.music import chord_track
from musiclstm.music.chord_symbol import ChordSymbol, Role, parse
from musiclstm.music.chord_track import ChordTrack
from musiclstm.protocol import commands, telemetry
from tests.engine.stage import Stage
from tests.model.tiny import exported, tiny_vocabulary

FORCED = commands.SetControl("chords", 1.0)
TRACK = "Dm7 | G7 Db7 | Cmaj7 | %"


@pytest.fixture(scope="module", params=[False, True], ids=["by bias", "told"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """One that chords only bias, and one whose network knows them, too."""
    vocabulary, folder = tiny_vocabulary(velocities=4), tmp_path_factory.mktemp("models")
    return open_model(exported(folder, vocabulary, tied=8, chords=request.param))


def stage_of(model: ModelFile, *before: commands.Command) -> Stage:
    stage = Stage(Session(model, 7))
    stage.do(commands.SetControl("density", 1.0), *before)
    stage.play()
    return stage


def onsets(stage: Stage, since: float = -1.0) -> list[telemetry.Played]:
    return [x for x in stage.telemetry if isinstance(x, telemetry.Played) and x.velocity and x.beat > since]


def heard(stage: Stage, since: float, until: float) -> list[tuple[float, int, int]]:
    return [(round(x.beat - since, 4), x.part, x.pitch) for x in onsets(stage) if since + 0.01 < x.beat <= until]


def changes(stage: Stage) -> list[telemetry.ChordsChanged]:
    return [x for x in stage.telemetry if isinstance(x, telemetry.ChordsChanged)]


def told(stage: Stage) -> list[str]:
    return [x.text for x in changes(stage)]


def symbol(text: str) -> ChordSymbol:
    chord = parse(text)
    assert chord is not None
    return chord


def symbol_at(track: ChordTrack, beat: float) -> ChordSymbol:
    chord = track.at(beat).chord
    assert chord is not None
    return chord


# ---- the bias ----------------------------------------------------------------------------------------------------


def test_weights_by_role() -> None:
    chord = symbol("Cmaj7")
    weights = bias_of(chord, None, 0.5, on_beat=True).weights
    by_role = {role: {weights[each] for each in range(12) if chord.roles[each] is role} for role in Role}
    assert by_role[Role.TONE] == {0.0}
    assert 0 > max(by_role[Role.TENSION]) > max(by_role[Role.OUTSIDE]) > max(by_role[Role.AVOID])
    assert min(bias_of(chord, None, 0.5, on_beat=False).weights) > min(weights)


def test_the_coming_chord_costs_nothing_but_where_forced() -> None:
    chord, coming = symbol("C"), symbol("F#")
    assert bias_of(chord, coming, 0.75, on_beat=True).weights[6] == 0.0
    assert bias_of(chord, None, 0.75, on_beat=True).weights[6] < 0.0
    assert bias_of(chord, coming, 1.0, on_beat=True).weights[1] == FORBIDDEN


def test_a_transposed_part_is_heard_in_the_chord() -> None:
    chord = symbol("D/A")
    plain, turned = bias_of(chord, None, 1.0, on_beat=True), bias_of(chord, None, 1.0, on_beat=True, transposed=2)
    assert [turned.weights[(each - 2) % 12] for each in range(12)] == list(plain.weights)
    assert turned.bass == 7


def test_what_clashes_with_the_new_chord_ends_when_it_begins() -> None:
    line = ChordLine(chord_track.read("F | C | Am"), 0.0)
    guide = ChordGuide(line, 0.75, lambda tick: tick / 12, [0])
    assert guide.clash(0, 60, 0, 65) == 48  # F over C
    assert guide.clash(0, 47, 0, 65) is None
    assert guide.clash(0, 60, 0, 67) is None
    assert guide.clash(48, 90, 0, 65) is None  # it began with the chord: somebody wanted it
    assert ChordGuide(line, 0.5, lambda tick: tick / 12, [0]).clash(0, 60, 0, 65) is None


def test_a_network_that_is_told_the_chord_is_biased_only_where_they_lead_strongly() -> None:
    line = ChordLine(chord_track.read("C | F"), 0.0)

    def guide(strength: float) -> ChordGuide:
        return ChordGuide(line, strength, lambda tick: tick / 12, [0])

    for strength, scale in ((0.1, 0.2), (0.5, 1.0), (0.8, 1.0), (1.0, 1.0)):
        told = guide(strength).told(6, 0)
        assert told is not None
        assert told[1].tolist() == pytest.approx([scale, *[0.0] * 11])
    assert guide(0.5).bias(6, 0, told=True) is None
    assert guide(0.5).bias(6, 0, told=False) is not None
    assert guide(0.75).bias(6, 0, told=True) == guide(0.5).bias(6, 0, told=False)
    assert guide(1.0).bias(6, 0, told=True) == guide(1.0).bias(6, 0, told=False)


# ---- live --------------------------------------------------------------------------------------------------------


def test_forced_chords_hold_from_the_next_note_on(model: ModelFile) -> None:
    stage = stage_of(model, commands.Chords(TRACK), FORCED)
    stage.run(30)
    track = chord_track.read(TRACK)
    roles = [symbol_at(track, x.beat).roles[x.pitch % 12] for x in onsets(stage)]
    assert len(roles) > 30
    assert not {Role.OUTSIDE, Role.AVOID} & set(roles)
    edge = stage.performer.edge()
    stage.do(commands.Chord("F#"))
    stage.run(10)
    later = [symbol("F#").roles[x.pitch % 12] for x in onsets(stage, edge)]
    assert len(later) > 10
    assert not {Role.OUTSIDE, Role.AVOID} & set(later)
    assert told(stage)[-2:] == [TRACK, "F#"]


def test_at_strength_0_nothing_is_changed(model: ModelFile) -> None:
    plain, ignored = stage_of(model), stage_of(model, commands.Chords(TRACK), commands.SetControl("chords", 0.0))
    for stage in (plain, ignored):
        stage.run(20)
    assert len(plain.notes()) > 30
    assert plain.notes() == ignored.notes()


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_going_back_brings_the_same_chords_and_the_same_notes(model: ModelFile, strength: float) -> None:
    # Three bars do not go into the two that it goes back.
    setting = commands.Chords("Dm7 | G7 Db7 | Cmaj7"), commands.SetControl("chords", strength)
    stage = stage_of(model, *setting)
    stage.run(8)
    stage.do(commands.SetBookmark("A"))
    since = stage.performer.edge()
    stage.run(8)
    stage.do(commands.Return("A"))
    again = stage.performer.edge()
    source = next(x.source for x in reversed(stage.telemetry) if isinstance(x, telemetry.Jumped))
    assert source is not None
    stage.run(7)
    other = stage_of(model, *setting)
    other.run(23)
    first = heard(other, source + 0.5, since + 12)
    assert len(first) > 5
    assert heard(stage, again + 0.5, again + 12)[: len(first)] == first[: len(heard(stage, again + 0.5, again + 12))]


@pytest.mark.parametrize("sections", [False, True])
def test_chords_lie_where_they_did_wherever_the_music_goes_on(sections: bool) -> None:
    """After one jump, too, to what was before it: each place of the past has its chord."""
    stage = Stage()
    stage.do(commands.Chords("Dm7 | G7 | C"))
    if sections:
        stage.do(commands.StoreSection("A"), commands.Chords("Am | E7"), commands.StoreSection("B"))
        stage.do(commands.Section("A"))
    stage.play()
    chords: list[tuple[float, ChordSymbol | None]] = []

    def now() -> tuple[float, ChordSymbol | None]:
        line, edge = stage.performer.steering.chords, stage.performer.edge()
        return edge, None if line is None else line.at(edge).chord

    for jump in (None, 6.0, 13.0, 2.0, None, 9.0, 20.0, 1.0):
        for _ in range(9):
            stage.run_beats(1)
            chords.append(now())
        if sections and len(chords) in (18, 54):
            stage.do(commands.NextSection())
        if jump is None:
            continue
        stage.do(commands.GoTo(jump))
        source = next(x.source for x in reversed(stage.telemetry) if isinstance(x, telemetry.Jumped))
        then = next(chord for beat, chord in chords if source is not None and beat > source - 0.01)
        assert now()[1] == then is not None


def test_a_wrong_chord_changes_nothing_and_is_told(model: ModelFile) -> None:
    stage = stage_of(model, commands.Chords(TRACK))
    stage.do(commands.Chords("C | Xy"))
    (notice,) = (x.text for x in stage.telemetry if isinstance(x, telemetry.Notice))
    assert "Bar 2" in notice
    assert "Xy" in notice
    assert told(stage) == [TRACK]
    stage.do(commands.Chords(""))
    assert told(stage) == [TRACK, ""]


def test_edited_chords_stay_where_they_lie(model: ModelFile) -> None:
    stage = stage_of(model)
    stage.run(5.2)
    stage.do(commands.Chords("C | F"))
    begin = changes(stage)[-1].beat
    assert begin % 4 == 0
    assert begin <= stage.performer.edge() < begin + 4
    stage.run(5)
    stage.do(commands.Chords("C | G"))
    assert changes(stage)[-1].beat == begin


def test_a_checkpoint_keeps_the_chords(model: ModelFile) -> None:
    stage = stage_of(model, commands.Chords(TRACK), FORCED)
    stage.run(5)
    checkpoint = pickle.loads(pickle.dumps(stage.performer.checkpoint()))  # noqa: S301
    other = Stage(Session(model, 1))
    other.performer.resume(checkpoint)
    assert told(other) == [TRACK]
    assert other.performer.steering.chords == stage.performer.steering.chords


# ---- the left hand -----------------------------------------------------------------------------------------------


def chord(stage: Stage, *pitches: int, velocity: int = 80) -> None:
    for pitch in pitches:
        stage.do(commands.PlayerNote(pitch, velocity))


def test_the_left_hand_leads_as_long_as_it_is_held(model: ModelFile) -> None:
    stage = stage_of(model, commands.Chords("C"), commands.SetControl("chords.hand", "held"), FORCED)
    stage.run(3)
    chord(stage, 42, 46, 49)
    assert told(stage)[-1] == "F#"
    edge = stage.performer.edge()
    stage.run(5)
    model_notes = [x for x in onsets(stage, edge) if not x.by_person]
    assert model_notes
    assert all(symbol("F#").roles[x.pitch % 12] <= Role.TENSION for x in model_notes)
    chord(stage, 42, 46, velocity=0)
    assert told(stage)[-1] == "F#"
    chord(stage, 49, velocity=0)
    assert told(stage)[-1] == "C"


def test_a_latched_chord_stays_until_the_next(model: ModelFile) -> None:
    stage = stage_of(model, commands.SetControl("chords.hand", "latched"))
    chord(stage, 50, 53, 57)
    chord(stage, 50, 53, 57, velocity=0)
    assert told(stage)[-1] == "Dm"
    chord(stage, 47, 55, 50)
    assert told(stage)[-1] == "G/B"
    stage.do(commands.SetControl("chords.hand", "off"))
    assert told(stage)[-1] == ""


@pytest.mark.parametrize("hand", ["latched", "held"])
def test_a_restart_keeps_typed_and_latched_chords_apart(model: ModelFile, hand: str) -> None:
    stage = stage_of(model, commands.Chords(TRACK), commands.SetControl("chords.hand", hand))
    chord(stage, 50, 53, 57)
    stage.run(5)
    checkpoint = pickle.loads(pickle.dumps(stage.performer.checkpoint()))  # noqa: S301
    other = Stage(Session(model, 1))
    other.performer.resume(checkpoint)
    assert told(other)[-1] == ("Dm" if hand == "latched" else TRACK)  # the keys are up
    other.do(commands.SetControl("chords.hand", "off"))
    assert told(other)[-1] == TRACK


def test_the_left_hand_is_no_music_for_the_model_but_sounds(model: ModelFile) -> None:
    stage = stage_of(model, commands.SetControl("mode", "accompany"), commands.SetControl("chords.hand", "held"))
    chord(stage, 48, 52, 55)
    keys = stage.performer.state.person.keys.values()
    assert [key.part for key in keys] == [None] * 3
    assert all(key.destination is not None for key in keys)
    stage.do(commands.PlayerNote(72, 80))
    assert [key.part is None for key in stage.performer.state.person.keys.values()] == [True] * 3 + [False]


# ---- offline -----------------------------------------------------------------------------------------------------


def test_offline_it_is_the_same_music(model: ModelFile) -> None:
    stage = Stage(Session(model, 7))
    controls = {**model.defaults, "chords": 0.75, "density": 1.0}
    stage.do(commands.Chords(TRACK), *(commands.SetControl(*control) for control in controls.items()))
    stage.play()
    stage.run(16.1)
    request = render.Request(render.Bars(8), 7, chords=TRACK, controls=controls)
    piece = render.generate(model, request)
    live = sorted((round(x.beat, 3), x.part, x.pitch) for x in onsets(stage) if x.beat < 32)
    assert len(live) > 20
    assert live == sorted((round(note.onset, 3), note.part, note.pitch) for note in piece.notes)


def test_no_chord_is_refused_before_anything_is_generated(model: ModelFile, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Bar 1"):
        render.generate(model, render.Request(chords="nonsense"))


def test_chords_go_on_bar_for_bar_in_another_time_signature() -> None:
    stage = Stage()
    stage.play()
    stage.run_beats(5)
    stage.do(commands.Chords("C | F | G | Am"))  # C lies at 4
    stage.run_beats(4)
    stage.do(commands.SetMeter(3, 4), commands.SetBookmark("A"))

    def led(beat: float) -> str:
        line = stage.performer.steering.leading
        assert line is not None
        chord = line.at(beat).chord
        return "" if chord is None else chord.text

    stage.run_beats(3.5)
    assert [led(beat) for beat in (12.0, 14.9, 15.0, 18.0, 21.0, 23.9)] == ["G", "G", "Am", "C", "F", "F"]
    assert (changes(stage)[-1].beat, changes(stage)[-1].bar) == (6.0, 3.0)
    # Back in the bars of four, and back in those of three, each bar has its chord.
    for source, bar, chord in ((9.0, 4.0, "F"), (16.0, 3.0, "Am")):
        stage.run_beats(8)
        since = len(stage.telemetry)
        stage.do(commands.GoTo(source))
        jumped = next(each for each in stage.telemetry[since:] if isinstance(each, telemetry.Jumped))
        assert jumped.source is not None
        assert stage.performer.bar == bar
        begin = stage.performer.state.beat_map.bar_line(jumped.beat)
        first = 8.0 if bar == 4.0 else 15.0
        bars = round((begin - jumped.beat + jumped.source - first) / bar)
        names = ("C", "F", "G", "Am")
        assert led(begin) == led(begin + bar - 0.1) == names[(names.index(chord) + bars) % 4]


def test_chords_typed_while_another_time_signature_comes_have_its_bars() -> None:
    stage = Stage()
    stage.play()
    stage.run_beats(5)
    stage.do(commands.SetMeter(3, 4), commands.Chords("Dm7 | G7"))
    stage.run_beats(4)
    line = stage.performer.steering.leading
    assert line is not None
    assert [line.at(beat).begin for beat in (8.5, 11.5, 14.5)] == [8.0, 11.0, 14.0]
    assert changes(stage)[-1].bar == 3.0


def test_undo_of_a_reset_brings_the_chords_back_too() -> None:
    """Reset keeps the memory at the very beat at which it jumps, before the chords move."""
    stage = Stage()
    stage.do(commands.Chords("C | F | G"))
    stage.play()
    stage.run_beats(5)
    stage.do(commands.SetControl("time.temperature", 2.0))
    stage.run_beats(12.3)
    stage.do(commands.Reset())
    line = stage.performer.steering.chords
    assert line is not None
    assert line.origin == pytest.approx(12.0)
    stage.run_beats(0.7)
    stage.do(commands.Undo())
    assert line.origin == pytest.approx(0.0, abs=1e-6)
