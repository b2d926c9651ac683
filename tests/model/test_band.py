"""Several models as one session."""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from musiclstm.engine.offline.render import Bars, Request, generate
from musiclstm.errors import ModelError
from musiclstm.model.band import Band, open_session
from musiclstm.model.band_constraints import suited
from musiclstm.model.band_snapshot import BandSnapshot
from musiclstm.model.chord_bias import Follows
from musiclstm.model.constraints import FREE, Constraints
from musiclstm.model.hearing import Hearing
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.prime import events_of
from musiclstm.model.sampling import FieldSampling
from musiclstm.model.session import Session
from musiclstm.model.snapshot import morph
from musiclstm.music.chord_symbol import ChordSymbol, Role
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Note, Piece


def drawn(session: Session, count: int, constraints: Constraints = FREE) -> list[Event]:
    return [session.draw(constraints)[0] for _ in range(count)]


def led_by(player: int, strength: float = 1.0) -> Follows:
    """Of three players with six parts."""
    return Follows(player, strength, (0, 0, 0, 0, 0, 0))


def steering(rng: Random) -> Constraints:
    """Of three players, each on its own, and now and then one of them leads."""
    heard = (Hearing(rng.random(), rng.uniform(-1, 1), rng.random(), rng.random()) for _ in range(3))
    leader = rng.choice((None, 0, 2))
    follows = [None if leader is None else led_by(leader, rng.random()) for _ in range(3)]
    each = tuple(
        Constraints(density=rng.uniform(-1, 1), hearing=hearing, follows=led)
        for hearing, led in zip(heard, follows, strict=True)
    )
    return rng.choice([FREE, each[0], Constraints(players=each, follows=follows[0])])


def wander(session: Session, rng: Random, steps: int) -> None:
    """A person plays, the model plays, time passes, the memory is emptied and the meter changes."""
    for _ in range(steps):
        what = rng.random()
        if what < 0.8:
            session.draw()
        elif what < 0.9:
            part = rng.randrange(len(session.vocabulary.parts))
            held = [pitch for own, pitch in session.context.sounding if own == part]
            kind, pitch = (Kind.OFF, held[0]) if held else (Kind.ON, rng.randrange(50, 70))
            session.read(Event(rng.randrange(200), kind, pitch, 80 * (kind is Kind.ON), part))
        elif what < 0.95:
            session.read(Event(rng.randrange(400), Kind.WAIT))
        elif what < 0.98:
            session.set_meter(rng.choice([Meter(4, 4), Meter(3, 4)]), session.tick)
        else:
            session.forget()


def test_all_parts_play_and_each_has_a_channel_of_its_own(band: ModelFile) -> None:
    session = open_session(band, 1)
    played = Counter(event.part for event in drawn(session, 600) if event.kind is Kind.ON)
    assert set(played) == set(range(6))
    assert [part.channel for part in band.vocabulary.parts] == [0, 1, 2, 3, 9, 4]


@pytest.mark.parametrize("seed", range(20))
def test_a_snapshot_holds_all_players(band: ModelFile, seed: int) -> None:
    """From any state the same music follows, also in another process, and also when what happened is read again."""
    session, steered = open_session(band, seed), steering(Random(seed))
    wander(session, Random(seed), 60)
    here = session.snapshot()
    events = drawn(session, 80, steered)
    end = session.snapshot()
    then = drawn(session, 40, steered)
    other = open_session(band)
    other.restore(pickle.loads(pickle.dumps(here)))  # noqa: S301 (our own bytes)
    other.check(here)
    assert drawn(other, 80, steered) == events
    other.restore(here)
    for event in events:
        other.read(event, given=False)
    other.restore(replace(other.snapshot(), rng=end.rng))
    assert drawn(other, 40, steered) == then


@pytest.mark.parametrize("seed", range(20))
def test_nothing_happens_in_the_past_and_only_what_sounds_ends(band: ModelFile, seed: int) -> None:
    session = open_session(band, seed)
    wander(session, Random(seed), 100)
    for _ in range(300):
        tick, sounding = session.tick, session.context.sounding
        event, _ = session.draw()
        assert event.delta >= 0
        assert session.tick == tick + event.delta
        if event.kind is Kind.OFF:
            assert (event.part, event.pitch) in sounding


@pytest.mark.parametrize("leader", [None, 0, 2])
def test_nobody_plays_twice_in_turn_at_one_tick(band: ModelFile, leader: int | None) -> None:
    """Within a tick players come in order, who leads first, so that none is asked again whether it plays now."""
    session, part_of = open_session(band, 4), [1, 1, 1, 1, 2, 0 if leader == 2 else 3]
    turn = 0
    for event in drawn(session, 1500, Constraints(follows=None if leader is None else led_by(leader))):
        if event.kind is Kind.WAIT or event.delta:
            turn = 0
        if event.kind is not Kind.WAIT:
            assert part_of[event.part] >= turn
            turn = part_of[event.part]


@pytest.mark.parametrize("transposed", [0, 5])
def test_others_play_the_chords_of_who_leads(band: ModelFile, transposed: int) -> None:
    """Strictly, from the very tick at which they are played; sounding higher, they are other ones."""
    session, rng, found = open_session(band, 3), Random(3), Counter[Role]()
    constraints = Constraints(follows=Follows(0, 1.0, (transposed,) * 4 + (0, 0)), parts=frozenset({5}))
    held: list[int] = []
    for _ in range(60):
        beat = session.vocabulary.resolution
        session.read(Event(-(session.tick - session.context.bar_origin) % beat, Kind.WAIT))
        for part, pitch in enumerate(held):
            session.read(Event(0, Kind.OFF, pitch, 0, part))
        root, tones = rng.randrange(48, 60), rng.choice(((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 7, 10)))
        held = [root + tone for tone in (*tones, 12)[:4]]
        for part, pitch in enumerate(held):
            session.read(Event(0, Kind.ON, pitch, 80, part))
        chord = ChordSymbol("", (root + transposed) % 12, tones)
        for event in drawn(session, 40, constraints):
            if event.kind is Kind.ON:
                found[chord.roles[event.pitch % 12]] += 1
    assert found[Role.TONE] + found[Role.TENSION] > 50
    assert not found[Role.AVOID] + found[Role.OUTSIDE]


def test_a_player_of_a_band_keeps_its_own_statistics(names: dict[str, Path]) -> None:
    """Being asked again while another plays must not make a player faster or slower."""
    alone = open_session(open_model(names["kit"]), 1)
    both = open_session(open_model(f"{names['kit']}+{names['voices']}"), 2)
    per_tick = []
    for session, kit in ((alone, {0}), (both, {0})):
        count = 0
        while session.tick < 24 * 1500:
            event, _ = session.draw()
            count += event.kind is Kind.ON and event.part in kit
        per_tick.append(count / session.tick)
    assert per_tick[1] == pytest.approx(per_tick[0], rel=0.06)


def test_each_player_keeps_the_settings_that_suit_its_model() -> None:
    """Folk tunes have one voice, whatever the band; the four voices of a chorale stay four."""
    piece = generate(open_model("folk+chorales"), Request(Bars(4), seed=7))
    assert {note.part for note in piece.notes} == set(range(5))
    wanted = suited(Constraints(time=FieldSampling(1.2, 0.9), polyphony=3), {"time.temperature": 0.5, "polyphony": 1})
    assert wanted.time == FieldSampling(0.6, 0.9)
    assert wanted.polyphony == 1
    assert suited(Constraints(polyphony=3), {}).polyphony == 3


def test_a_muted_player_leaves_the_others_playing(band: ModelFile) -> None:
    session = open_session(band, 3)
    only = Constraints(parts=frozenset({5}))
    played = {session.draw(only)[0].part for _ in range(200)}
    assert 5 in played
    assert not {part for part in played if part} - {5}


def test_memories_of_another_band_are_refused(band: ModelFile, names: dict[str, Path]) -> None:
    session = open_session(band)
    others = open_model(f"{names['kit']}+{names['voices']}+{names['fiddle']}"), open_model(names["voices"])
    for other in others:
        snapshot = open_session(other).snapshot()
        assert not session.fits(snapshot)
        with pytest.raises(ModelError, match="another model"):
            session.check(snapshot)
    good = session.snapshot()
    assert isinstance(good, BandSnapshot)
    for damage in ({"players": good.players[1:]}, {"tick_now": 1.5}, {"turn": 9}, {"heard": ((),) * 4}):
        with pytest.raises(ModelError, match="damaged"):
            session.check(replace(good, **damage))


def test_a_morph_lies_between_two_memories_of_a_band(band: ModelFile) -> None:
    session = open_session(band, 1)
    one = session.snapshot()
    drawn(session, 50)
    two = session.snapshot()
    between = morph(one, two, 0.4)
    players = [each.players for each in (one, two, between) if isinstance(each, BandSnapshot)]
    for a, b, each in zip(*players, strict=True):
        np.testing.assert_allclose(each.state.cell, 0.6 * a.state.cell + 0.4 * b.state.cell, atol=1e-6)
    session.restore(between)
    drawn(session, 50)


def test_a_file_of_a_band_is_the_same_for_the_same_seed(band: ModelFile) -> None:
    piece = generate(band, Request(Bars(8), seed=3))
    assert generate(band, Request(Bars(8), seed=3)) == piece
    assert {note.part for note in piece.notes} == set(range(6))


def test_a_band_goes_on_from_a_piece_in_which_all_players_play(band: ModelFile) -> None:
    piece = generate(band, Request(Bars(8), seed=3))
    longer = generate(band, Request(Bars(8), seed=4, prime=piece))
    begun = {(note.onset, note.part, note.pitch) for note in longer.notes if note.onset < piece.length - 4}
    assert begun == {(note.onset, note.part, note.pitch) for note in piece.notes if note.onset < piece.length - 4}
    assert {note.part for note in longer.notes if note.onset > 33} == set(range(6))


def test_each_player_reads_what_it_can_play_on_its_own_grid(band: ModelFile) -> None:
    """A fiddle of 40 to 90 with twelfths of a beat, beside voices of 36 to 84 with twenty-fourths."""
    notes = (Note(0, 1, 85, part=0), Note(1 / 24, 1, 36, part=0), Note(1.04, 0.02, 90, part=5), Note(2, 1, 91, part=5))
    events = events_of(band, Piece(notes, parts=band.vocabulary.parts))
    assert [(each.delta, each.kind, each.pitch, each.part) for each in events] == [
        (1, Kind.ON, 36, 0),
        (23, Kind.ON, 90, 5),
        (1, Kind.OFF, 36, 0),
        (1, Kind.OFF, 90, 5),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_skipped_past_is_what_a_band_would_have_read(band: ModelFile, seed: int) -> None:
    events = drawn(open_session(band, seed), 400)
    read, skipped = open_session(band), open_session(band)
    for event in events:
        read.read(event)
    skipped.skip(events)
    assert skipped.tick == read.tick
    assert skipped.context.sounding == read.context.sounding
    assert skipped.context.pitch_classes == pytest.approx(read.context.pitch_classes)
    for one, two in zip(skipped.snapshot().players, read.snapshot().players, strict=True):  # type: ignore[attr-defined]
        assert one.context == two.context
    drawn(skipped, 50)


def test_the_surprise_of_a_band_is_that_of_each_player_alone(band: ModelFile) -> None:
    whole, alone = open_session(band), [Session(each) for each in band.members]
    owner, first, scale = [0, 0, 0, 0, 1, 2], [0, 4, 5], [1, 1, 2]
    ticks = [0, 0, 0]
    for event in drawn(open_session(band, 5), 200):
        surprise = whole.feed(event)
        if event.kind is Kind.WAIT:
            assert surprise == 0
            continue
        player = owner[event.part]
        at = whole.tick // scale[player]
        own = replace(event, delta=at - ticks[player], part=event.part - first[player])
        assert surprise == pytest.approx(alone[player].feed(own), rel=1e-4)
        ticks[player] = at


def test_who_cannot_play_together(names: dict[str, Path]) -> None:
    with pytest.raises(ModelError, match="seconds"):
        open_model(f"{names['voices']}+{names['piano']}")
    with pytest.raises(ModelError, match="2 to 4"):
        open_model("+".join([str(names["kit"])] * 5))
    with pytest.raises(ModelError, match="channels"):
        open_model("+".join([str(names["voices"])] * 4))
    with pytest.raises(ModelError, match="is a band"):
        Session(open_model(f"{names['voices']}+{names['kit']}"))
    assert isinstance(open_session(open_model(f"{names['voices']}+{names['kit']}")), Band)
