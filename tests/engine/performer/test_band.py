"""A band under a performer: going back, going on after a crash, and files bring all players back."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from musiclstm import set_list
from musiclstm.bands import bands
from musiclstm.engine.offline.render import Bars, Request, generate
from musiclstm.engine.performer.horizon import BATCH
from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.engine.performer.players import own
from musiclstm.engine.performer.steering import Steering
from musiclstm.errors import ModelError, UsageError
from musiclstm.model.band import open_session
from musiclstm.model.chord_bias import Follows
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.form import Section, SetList, Song
from musiclstm.music.note import Part
from musiclstm.protocol import commands
from musiclstm.protocol.controls import Value
from musiclstm.protocol.harmony import SCALES
from musiclstm.protocol.telemetry import ControlChanged, Loaded, Notice
from tests.engine.stage import Stage
from tests.model.tiny import tiny_model

KIT = (Part("Kit", channel=9, percussive=True),)


@pytest.fixture(scope="module")
def band(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    folder = tmp_path_factory.mktemp("band")
    voices, kit = tiny_model(folder, name="voices"), tiny_model(folder, parts=KIT, velocities=4, name="kit", seed=2)
    return open_model(f"{voices}+{kit}")


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """Two tuned players and drums."""
    folder = tmp_path_factory.mktemp("trio")
    voices, kit = tiny_model(folder, name="voices"), tiny_model(folder, parts=KIT, velocities=4, name="kit", seed=2)
    fiddle = tiny_model(folder, parts=(Part("Fiddle"),), name="fiddle", seed=3)
    return open_model(f"{voices}+{kit}+{fiddle}")


def playing(band: ModelFile, seed: int = 1) -> Stage:
    session = open_session(band, seed)
    stage = Stage(session)
    stage.load(session, "band", tuple(band.defaults.items()))
    stage.play()
    return stage


def starts(stage: Stage, since: float, beats: float) -> list[tuple[float, int, int]]:
    """Onsets in beats after `since`, without the first tick, where held notes sound again."""
    found = [(round(2 * time - since, 3), channel, pitch) for time, channel, pitch in stage.starts()]
    return [each for each in found if 0.05 < each[0] < beats]


def set_to(stage: Stage, name: str) -> Value:
    """The value of a control that was reported last."""
    return [each.value for each in stage.telemetry if isinstance(each, ControlChanged) and each.name == name][-1]


@pytest.mark.parametrize("leader", ["off", "voices"])
def test_the_way_back_is_exact(band: ModelFile, leader: str) -> None:
    """Of all players: the same notes follow as the first time."""
    stage = playing(band)
    stage.do(commands.SetControl("chords.player", leader))
    stage.run(8)
    stage.do(commands.SetBookmark("A"))
    since = 2 * stage.now
    stage.run(8)
    first = starts(stage, since, 14)
    assert {9} < {channel for _, channel, _ in first}
    stage.do(commands.Return("A"))
    again = 2 * stage.now
    stage.run(8)
    assert starts(stage, again, 14) == first


@pytest.mark.parametrize("leader", ["off", "0"])
def test_live_is_offline(trio: ModelFile, leader: str) -> None:
    band = trio
    stage = Stage(session := open_session(band, 5))
    stage.load(session, "band", tuple(band.defaults.items()))
    stage.do(commands.SetControl("chords.player", leader))
    stage.play()
    stage.run(8.5)
    piece = generate(band, Request(Bars(8), 5, 120.0, controls={"chords.player": leader}))
    offline = sorted(
        (round(note.onset, 3), band.vocabulary.parts[note.part].channel, note.pitch)
        for note in piece.notes
        if note.onset < 16
    )
    live = sorted((round(2 * time, 3), channel, pitch) for time, channel, pitch in stage.starts())
    assert [each for each in live if each[0] < 15.9] == [each for each in offline if each[0] < 15.9]


def test_another_process_goes_on_with_the_whole_band(band: ModelFile) -> None:
    stage = playing(band)
    stage.run(6)
    kept = pickle.loads(pickle.dumps(stage.performer.checkpoint()))  # noqa: S301 - our own
    since = 2 * stage.now
    stage.run(6)
    other = Stage(open_session(band, 99))
    other.performer.resume(kept)
    other.play()
    other.run(6)
    wanted, found = starts(stage, since, 8), starts(other, 0, 8)
    assert [each[1:] for each in found][:20] == [each[1:] for each in wanted][:20]
    assert {9} < {channel for _, channel, _ in found}


# ---- chords that a player plays ----------------------------------------------------------------------------------


def test_a_players_chords_lead_until_somebody_types_some(trio: ModelFile) -> None:
    stage = playing(trio)
    steering = stage.performer.steering
    stage.do(commands.Chords("C | F"), commands.SetControl("chords.player", "fiddle"))
    assert (set_to(stage, "chords.player"), steering.leading) == ("2", None)
    everyone = frozenset(range(6))
    constraints = steering.constraints(everyone, (), None)
    assert constraints.follows == Follows(2, 0.75, (0,) * 6)
    assert constraints.guide is None
    kept = pickle.loads(pickle.dumps(stage.performer.checkpoint()))  # noqa: S301 - our own
    assert (kept.values["chords.player"], kept.chords.track.text) == ("2", "C | F")
    stage.do(commands.Chords("Dm"))
    assert set_to(stage, "chords.player") == "off"
    assert steering.constraints(everyone, (), None).follows is None


@pytest.mark.parametrize("player", ["1", "kit", "3", "other"])
def test_who_has_no_chords_cannot_lead(trio: ModelFile, player: str) -> None:
    stage = playing(trio)
    stage.do(commands.SetControl("chords.player", player))
    assert stage.performer.steering.leader is None
    notice = [each.text for each in stage.telemetry if isinstance(each, Notice)][-1]
    assert ("drums" if player in ("1", "kit") else "no such player") in notice


def test_no_player_leads_where_there_are_none(trio: ModelFile) -> None:
    """Another model ends it, and says so."""
    stage = playing(trio)
    stage.do(commands.SetControl("chords.player", "2"))
    stage.load(open_session(trio.members[0]), "alone")
    assert set_to(stage, "chords.player") == "off"
    with pytest.raises(UsageError, match="only in a band"):
        stage.performer.steering.set("chords.player", "0")


def test_who_leads_comes_back_with_the_band(trio: ModelFile) -> None:
    stage = playing(trio)
    stage.do(commands.SetControl("chords.player", "2"))
    stage.run(4)
    stage.do(commands.SetBookmark("A"))
    since = 2 * stage.now
    stage.run(4)
    first = starts(stage, since, 6)
    stage.load(open_session(trio.members[0]), "alone")
    stage.run(2)
    stage.do(commands.Return("A"))
    assert set_to(stage, "chords.player") == "2"
    again = 2 * stage.now
    stage.run(4)
    assert starts(stage, again, 6) == first


# ---- what is set for one player alone ----------------------------------------------------------------------------


def test_a_control_of_one_player_is_obeyed_by_it_alone(band: ModelFile) -> None:
    """From the next note on, and given back as it was."""
    stage = playing(band)
    stage.run(4)
    stage.do(commands.SetControl("voices:range.low", 72))
    stage.do(commands.SetControl("1:range.high", 50))
    since = stage.now
    stage.run(8)
    notes = [(channel == 9, pitch) for time, channel, pitch in stage.starts() if time > since + 0.05]
    assert {pitch < 72 for kit, pitch in notes if not kit} == {False}
    assert {pitch > 50 for kit, pitch in notes if kit} == {False}
    assert set_to(stage, "0:range.low") == 72
    stage.do(commands.SetControl("0:range.low", "all"))
    assert set_to(stage, "0:range.low") == "all"
    since = stage.now
    stage.run(8)
    assert any(pitch < 72 for time, channel, pitch in stage.starts() if time > since and channel != 9)


def test_a_player_follows_all_but_what_is_its_own(band: ModelFile) -> None:
    steering = playing(band).performer.steering
    everyone = frozenset(range(len(steering.parts)))
    assert steering.constraints(everyone, (), None).players is None
    steering.set("density", 0.5)
    steering.set("1:density", -0.5)
    steering.set("1:scale", "major")
    steering.set("1:velocity.scale", 0.5)
    constraints = steering.constraints(everyone, (), None)
    assert constraints.players is not None
    assert [each.density for each in constraints.players] == [0.5, -0.5]
    assert [steering.velocity(part, 80) for part in (0, 4)] == [80, 40]
    for name in ("2:density", "other:density", "1:swing", "1:nothing"):
        with pytest.raises(UsageError):
            steering.set(name, 0.0)
    with pytest.raises(UsageError):
        Steering(band.vocabulary).set("0:density", 0.0)


def test_a_narrow_range_of_a_player_is_no_reason_to_rest(band: ModelFile) -> None:
    """Its notes have nowhere else to go."""
    both = open_session(open_model(f"{band.members[1].path}+{band.members[0].path}"))
    steering = Steering(both.vocabulary, both.voices, [("kit", 1), ("bass", 3), ("solo", 1)])
    steering.set("2:range.low", 60)
    steering.set("2:range.high", 64)
    assert not steering.rests(4)
    steering.set("1:range.low", 60)
    steering.set("1:range.high", 64)
    assert not steering.resting()


def test_reset_and_another_model_end_what_was_ones_own(band: ModelFile) -> None:
    stage = playing(band)
    stage.do(commands.SetControl("1:density", 0.5))
    stage.do(commands.Reset())
    assert set_to(stage, "1:density") == "all"
    stage.do(commands.SetControl("1:density", 0.5))
    stage.do(commands.SetBookmark("A"))
    stage.run(2)
    alone = band.members[0]
    stage.load(open_session(alone), "alone")
    stage.run(2)
    assert "1:density" not in stage.performer.steering.values
    stage.do(commands.Return("A"))
    assert stage.performer.steering.values["1:density"] == 0.5
    kept = pickle.loads(pickle.dumps(stage.performer.checkpoint()))  # noqa: S301 - our own
    other = Stage(open_session(band, 99))
    other.performer.resume(kept)
    assert other.performer.steering.values["1:density"] == 0.5


def test_a_section_keeps_what_is_a_players_own(band: ModelFile) -> None:
    """Also in the file, and the way back brings it back."""
    stage = Stage(open_session(band, 1))
    stage.load(stage.session, "band")
    steering = stage.performer.steering
    stage.do(commands.SetControl("1:density", 0.5), commands.StoreSection("A"))
    stage.do(commands.SetControl("1:density", "all"), commands.StoreSection("B"), commands.Section("A"))
    assert own(steering.values) == {"1:density": 0.5}
    form = stage.performer.state.form.set_list
    assert form is not None
    assert set_list.of_text(set_list.to_text(form)) == form
    stage.do(commands.SetChain("A B"))
    stage.play()
    stage.run_beats(36)
    assert not own(steering.values)
    stage.do(commands.Back(3.0))
    assert own(steering.values) == {"1:density": 0.5}


def test_each_player_has_an_output_of_its_own(band: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the file of bands says; what is set later counts, also after the model played another time."""
    monkeypatch.setattr("musiclstm.paths.user_settings", lambda: tmp_path)
    voices, kit = (str(each.path) for each in band.members)

    def write(channels: object) -> None:
        (tmp_path / "bands.toml").write_text(
            f'[duo]\nplayers = ["{voices}", "{kit}"]\n'
            f'[duo."{voices}"]\nchannel = {channels}\n[duo."{kit}"]\nport = "second"\nchannel = 3\n'
        )

    count = len(band.members[0].vocabulary.parts)
    write(list(range(5, 5 + count)))
    stage = playing(open_model("duo"))
    stage.run(8)
    heard = [{message[0] & 15 for _, message in port.sent if message[0] & 0xF0 == 0x90} for port in stage.ports]
    assert heard[0] <= set(range(4, 4 + count))
    assert heard[1] == {2}
    assert all(heard[:2])
    stage.do(commands.SetPart(count, port=""))
    stage.load(open_session(open_model(voices), 1), "other")
    stage.do(commands.GoTo(1.0))  # back to the band that has them
    assert stage.performer.steering.parts[count].port is None
    assert stage.performer.steering.parts[count].channel == 2
    write(7)
    assert {each.channel for each in open_model("duo").outputs[:count]} == {6}
    write([1, 2, 3, 4, 5, 6, 7])
    with pytest.raises(ModelError, match="7 channels"):
        open_model("duo")


def test_a_knob_is_mapped_to_a_player(band: ModelFile, tmp_path: Path) -> None:
    """By its name, so that it stays with the player in other bands, in other evenings; elsewhere it does nothing."""
    kit, alone = open_session(band, 1), open_session(band.members[0], 1)
    other = open_session(open_model(f"{band.members[1].path}+{band.members[0].path}"), 1)  # the other way round
    stage = Stage(kit, midi_map=MidiMap(tmp_path / "learnt.toml"))
    stage.load(kit, "band")
    stage.do(commands.Learn("1:density"))
    stage.midi(0xB0, 21, 64)
    assert ControlChanged("1:density", "all", "CC 21 ch 1") in stage.telemetry
    stage.midi(0xB0, 21, 127)
    assert own(stage.performer.steering.values) == {"1:density": 1.0}
    assert "kit:density" in (tmp_path / "learnt.toml").read_text()

    stage = Stage(alone, midi_map=MidiMap(tmp_path / "learnt.toml"))
    stage.load(alone, "alone")
    sent = len(stage.messages())
    stage.midi(0xB0, 21, 3)
    assert not own(stage.performer.steering.values)
    assert len(stage.messages()) == sent
    stage.load(other, "other")
    heard = [each for each in stage.telemetry if isinstance(each, (Loaded, ControlChanged))]
    last = max(index for index, each in enumerate(heard) if isinstance(each, Loaded))
    assert ControlChanged("0:density", "all", "CC 21 ch 1") in heard[last:]
    stage.midi(0xB0, 21, 127)
    assert own(stage.performer.steering.values) == {"0:density": 1.0}
    stage.load(alone, "alone")
    stage.do(commands.Unlearn("kit:density"))
    assert not MidiMap(tmp_path / "learnt.toml").targets()


def test_a_key_mapped_to_a_player_goes_on_from_what_holds(band: ModelFile) -> None:
    session = open_session(band, 1)
    stage = Stage(session, midi_map=MidiMap())
    stage.load(session, "band")
    stage.do(commands.SetControl("scale", "major"), commands.Learn("voices:scale"))
    stage.key(30, 100)
    stage.key(30, 0)
    stage.key(30, 100)
    names = tuple(SCALES)
    assert own(stage.performer.steering.values) == {"0:scale": names[names.index("major") + 1]}


def test_the_main_output_plays_on_for_a_port_that_is_missing(band: ModelFile) -> None:
    stage = playing(band)
    kit = len(band.vocabulary.parts) - 1
    stage.do(commands.SetPart(kit, port="second"))
    stage.run(2)

    def drums(number: int, since: float) -> int:
        return sum(time > since + 0.05 and message[0] == 0x99 for time, message in stage.ports[number].sent)

    for missing, there in (({"second"}, 0), (set(), 1)):
        stage.missing = missing
        stage.performer.reroute(stage.now)
        stage.plan()
        since = stage.now
        stage.run(4)
        assert drums(there, since) > 0
        assert drums(1 - there, since) == 0
    stage.do(commands.Stop())
    assert not stage.scheduler.sounding()


def test_a_band_says_what_is_set_when_it_is_opened(
    band: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musiclstm.paths.user_settings", lambda: tmp_path)
    voices, kit = (str(each.path) for each in band.members)

    def write(own: str) -> None:
        (tmp_path / "bands.toml").write_text(
            f'duo = ["{voices}", "{kit}"]\n[trio]\nplayers = ["{voices}", "{kit}"]\nset = {{ density = 0.25 }}\n{own}'
        )

    write(f'[trio."{kit}"]\nset = {{ density = -0.5, "hear.onsets" = 0.5 }}\n')
    assert not bands()["duo"].controls
    model = open_model("trio")
    assert model.defaults == {"density": 0.25, "1:density": -0.5, "1:hear.onsets": 0.5}
    piece = generate(model, Request(Bars(4), 2))
    plain = open_model("duo")
    assert piece != generate(plain, Request(Bars(4), 2))
    assert piece.notes == generate(plain, Request(Bars(4), 2, controls=dict(model.defaults))).notes
    for wrong in (
        "[trio.nobody]\nset = { density = 0.5 }\n",
        f'[trio."{kit}"]\nset = {{ swing = 0.5 }}\n',
        f'[trio."{kit}"]\nset = {{ density = 5 }}\n',
        f'[trio."{kit}"]\nset = {{ density = "much" }}\n',
        f'[trio."{kit}"]\nset = 3\n',
        f"deep = {'[' * 5000}{']' * 5000}\n",
        f'[trio."{kit}"]\nvolume = 3\n',
        f'[trio."{kit}"]\nport = 3\n',
        f'[trio."{kit}"]\nport = ""\n',
        f'[trio."{kit}"]\nchannel = 0\n',
        f'[trio."{kit}"]\nchannel = [1, 17]\n',
        f'[trio."{kit}"]\nchannel = true\n',
    ):
        write(wrong)
        with pytest.raises(ModelError, match=r"trio|cannot be read"):
            bands()


def test_a_band_listens_as_often_as_one_model(band: ModelFile) -> None:
    """An event of a band asks all players, so fewer are planned before the next command is looked for."""
    planned = {}
    for model in (band, band.members[0]):
        session = open_session(model, 1)
        stage = Stage(session)
        stage.load(session, "model")
        stage.do(commands.SetControl("horizon", 8.0), commands.Play())
        stage.performer.handle(commands.SetControl("density", 1.0), stage.now)  # all is planned anew
        before = stage.performer.events
        assert stage.performer.tick(stage.now) == stage.now  # there is more to plan
        planned[len(model.players)] = stage.performer.events - before
    assert planned == {0: BATCH, 2: BATCH // 2}


def leading(stage: Stage) -> tuple[Value, str]:
    """The player whose chords lead, and the chords that do."""
    line = stage.performer.steering.leading
    return set_to(stage, "chords.player"), "" if line is None else line.track.text


def test_chords_of_a_section_lead_instead_of_a_player_s_and_those_come_back(trio: ModelFile) -> None:
    stage = playing(trio)
    stage.do(commands.SetControl("chords.player", "fiddle"))
    sections = {"A": Section(bars=2), "B": Section(chords="Em | C", bars=2)}
    stage.performer.form.take(SetList((Song("", sections, ("A", "B", "A")),)))
    stage.run_beats(6)
    assert leading(stage) == ("2", "")
    stage.run_beats(8)
    assert stage.performer.state.form.place.letter == "B"
    assert leading(stage) == ("off", "Em | C")
    stage.do(commands.Back(2.0))
    assert leading(stage) == ("2", "")
