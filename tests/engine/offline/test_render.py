"""Generating pieces without a clock."""

import multiprocessing
import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.offline.render import Bars, Events, Request, Seconds, generate, generate_all
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.errors import MidiFileError, UsageError
from musiclstm.model.mixture import mixture
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol.commands import Play, SetControl
from tests.engine.fakes import RecordingPort
from tests.model.tiny import SATB, child, exported, tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def choir(folder: Path) -> ModelFile:
    return open_model(tiny_model(folder))


@pytest.fixture(scope="module")
def student(folder: Path, choir: ModelFile) -> ModelFile:
    return mixture(choir, child(folder, choir))


def test_pieces_of_several_mixes_come_out_as_alone(student: ModelFile) -> None:
    requests = [Request(Bars(2), 5, controls={"learnt": learnt}) for learnt in (0, 35, 100)]
    pieces = [piece.notes for piece in generate_all(student, requests)]
    assert pieces == [generate(student, request).notes for request in reversed(requests)][::-1]
    assert len({str(notes) for notes in pieces}) == 3


@pytest.fixture(scope="module")
def pianist(folder: Path) -> ModelFile:
    parts = (Part("piano"), Part("kit", 0, 9, percussive=True))
    return open_model(tiny_model(folder, TimeBase.SECONDS, parts, 32, name="pianist"))


def test_the_same_request_gives_the_same_piece(choir: ModelFile) -> None:
    request = Request(Bars(4), seed=7)
    piece = generate(choir, request)
    assert generate(choir, request) == piece
    assert generate(choir, replace(request, seed=8)).notes != piece.notes
    assert generate(choir, replace(request, controls={"pitch.temperature": 0.5})).notes != piece.notes


def test_a_longer_piece_begins_with_the_shorter(choir: ModelFile) -> None:
    short, long = (generate(choir, Request(Bars(n), seed=1)) for n in (2, 4))
    before = [note for note in long.notes if note.end < 8]
    assert before == [note for note in short.notes if note.end < 8]


def test_bars_are_full(choir: ModelFile) -> None:
    piece = generate(choir, Request(Bars(8)))
    assert 28 < piece.length <= 32
    assert max(note.onset for note in piece.notes) < 32
    assert piece.parts == SATB
    assert (piece.base, piece.meters, piece.tempo) == (TimeBase.BEATS, (Meter(),), 120.0)


def test_no_note_sounds_twice_at_once(choir: ModelFile) -> None:
    ends: dict[tuple[int, int], float] = {}
    for note in generate(choir, Request(Bars(8))).notes:
        assert note.onset >= ends.get((note.part, note.pitch), 0.0)
        assert note.duration > 0
        ends[note.part, note.pitch] = note.end


def test_seconds_are_of_the_tempo(choir: ModelFile) -> None:
    assert generate(choir, Request(Seconds(6), tempo=120)).length == pytest.approx(12, abs=1)
    slow = generate(choir, Request(Seconds(6), tempo=60))
    assert slow.tempo == 60
    assert slow.length == pytest.approx(6, abs=1)


def test_events_are_counted(choir: ModelFile) -> None:
    piece = generate(choir, Request(Events(50)))
    assert 12 <= len(piece.notes) <= 50
    # Notes still sounding end with the beat.
    assert piece.length == pytest.approx(round(piece.length))
    assert all(note.duration > 0 for note in piece.notes)


def test_a_performance_becomes_beats_at_its_tempo(pianist: ModelFile) -> None:
    nominal = generate(pianist, Request(Seconds(10)))
    assert (nominal.base, nominal.tempo) == (TimeBase.BEATS, 120.0)
    assert nominal.length == pytest.approx(20, abs=2)
    # At another tempo the same seconds hold more beats, and the same beats the same notes.
    fast = generate(pianist, Request(Seconds(5), tempo=240))
    assert fast.notes == nominal.notes
    assert generate(pianist, Request(Bars(5))).notes == nominal.notes


def test_a_prime_is_continued(choir: ModelFile) -> None:
    prime = Piece(
        tuple(Note(beat, 1, 60 + beat, 80, 0) for beat in range(5)),
        meters=(Meter(3, 4),),
        tempo=72,
        parts=(Part("tune"),),
        title="A tune",
    )
    piece = generate(choir, Request(Bars(4), seed=3, prime=prime))
    assert [note.pitch for note in piece.notes if note.onset < 5] == [60, 61, 62, 63, 64]
    # The bar it ends in, then four of three beats.
    assert max(note.onset for note in piece.notes) < 18
    assert piece.length > 15
    assert (piece.meters, piece.tempo) == (prime.meters, 72)
    assert generate(choir, Request(Bars(4), seed=3)).notes != piece.notes


def test_a_prime_changes_its_meter_where_it_does(choir: ModelFile) -> None:
    notes = tuple(Note(beat, 1, 60, 80, 0) for beat in range(9))
    prime = Piece(notes, meters=(Meter(), Meter(3, 4, 4.0)), parts=(Part("tune"),))
    piece = generate(choir, Request(Bars(2), prime=prime))
    # One bar of four beats, two of three, then two more.
    assert 13 < piece.length <= 16


def test_a_prime_in_seconds(pianist: ModelFile) -> None:
    prime = Piece((Note(0, 1.5, 60), Note(2.0, 0.5, 64)), TimeBase.SECONDS, tempo=90.0)
    piece = generate(pianist, Request(Seconds(5), prime=prime))
    assert (piece.notes[0].pitch, piece.notes[0].end) == (60, 3.0)
    assert piece.length == pytest.approx(15, abs=1)
    assert piece.tempo == 120.0


def test_a_prime_without_a_note_for_the_model_is_rejected(choir: ModelFile) -> None:
    drums = Piece((Note(0, 1, 36),), parts=(Part("kit", 0, 9, percussive=True),), title="Beat")
    with pytest.raises(MidiFileError, match="Beat has no notes that Tiny can play"):
        generate(choir, Request(prime=drums))


def test_controls_bound_the_music(choir: ModelFile) -> None:
    controls = {"range.low": 60, "range.high": 67, "polyphony": 2, "density": 0.5}
    piece = generate(choir, Request(Bars(8), controls=controls))
    assert {note.pitch for note in piece.notes} <= set(range(60, 68))
    for at in {note.onset for note in piece.notes}:
        assert sum(note.onset <= at < note.end for note in piece.notes) <= 2


def test_a_part_that_rests_is_played_on_unheard(choir: ModelFile) -> None:
    prime = Piece((Note(0, 1, 50, 80, 3), Note(0, 1, 62, 80, 0)), parts=choir.vocabulary.parts)
    piece = generate(choir, Request(Bars(8), prime=prime))
    high = generate(choir, Request(Bars(8), prime=prime, controls={"range.low": 62}))
    rest = {part for part, own in enumerate(choir.vocabulary.parts) if own.high - 62 < 11}
    assert rest
    assert {note.part for note in piece.notes} & rest
    begin = piece.notes[0].end
    assert not {note.part for note in high.notes if note.onset >= begin} & rest
    assert high.notes[:2] == piece.notes[:2]  # what it continues is there


def test_of_the_same_music_only_some_is_heard(choir: ModelFile) -> None:
    whole = generate(choir, Request(Bars(16), seed=2))
    half = generate(choir, Request(Bars(16), seed=2, controls={"often": 0.5}))
    assert set(half.notes) < set(whole.notes)
    bars = {int(note.onset // 8) for note in half.notes}
    assert 4 <= len(bars) <= 5  # of eight phrases of two bars
    assert {note for note in whole.notes if note.onset // 8 in bars} == set(half.notes)
    sure = generate(choir, Request(Bars(16), seed=2, controls={"sure": 10.0}))
    assert set() < set(sure.notes) < set(whole.notes)


@pytest.mark.parametrize("controls", [{"range.low": 62}, {"often": 0.0}, {"often": 0.5}, {"sure": 1.0}])
def test_the_close_too_plays_nothing_that_nobody_should_hear(choir: ModelFile, controls: dict[str, float]) -> None:
    """The last four bars are those that are chosen to lead to the close."""
    found = [generate(choir, Request(Bars(8), seed, ends=True, controls=controls)).notes for seed in range(3)]
    last = [note for notes in found for note in notes if note.onset >= 16]
    if "range.low" in controls:
        assert last
        assert min(note.pitch for note in last) >= 62
    if "often" in controls:
        phrases = {0, 2} if controls["often"] else set()  # of two bars each
        assert {int(note.onset // 8) for notes in found for note in notes} <= phrases
    if "sure" in controls:
        assert not last  # every note of random weights is more surprising


@pytest.mark.parametrize("name", ["choir", "pianist"])
def test_a_prime_sounds_as_it_was_given(name: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(name)
    metrical = model.vocabulary.base is TimeBase.BEATS
    base, scale = model.vocabulary.base, 1.0 if metrical else 2.0
    given = tuple(Note(beat / 2, 0.5, 60 + beat, 80, 0) for beat in range(7))
    prime = Piece(given, base, parts=model.vocabulary.parts, tempo=100.0, tempos=((0.0, 100.0),) if metrical else ())
    controls = {"swing": 1.0, "velocity.scale": 0.5, "often": 1.0}
    asked = Request(Bars(2), prime=prime, controls=controls, ends=True, ritardando=True, fade=True)
    piece = generate(model, asked)
    before = [note for note in piece.notes if note.onset < 3.5 * scale]
    assert [(n.onset, n.end, n.pitch, n.velocity) for n in before] == [
        (n.onset * scale, n.end * scale, n.pitch, n.velocity) for n in given
    ]
    assert all(note.velocity <= 40 for note in piece.notes if note.onset >= 3.5 * scale)
    slower = [(beat, tempo) for beat, tempo in piece.tempos if beat < 3.5 * scale]
    assert slower == [(0.0, 100.0 if metrical else 120.0)]
    assert piece.tempos[-1][1] < slower[0][1]


def test_where_nothing_is_heard_nothing_slows_down(choir: ModelFile) -> None:
    piece = generate(choir, Request(Bars(2), controls={"often": 0.0}, ends=True, ritardando=True, fade=True))
    assert (piece.notes, piece.tempo) == ((), 120.0)


@pytest.mark.parametrize(("seconds", "beats"), [(0.1, 4), (5.2, 12), (7.3, 16), (12, 24)])
def test_music_of_seconds_closes_on_the_nearest_bar_line(
    folder: Path, choir: ModelFile, seconds: float, beats: int
) -> None:
    asked = Request(Seconds(seconds), seed=3, tempo=120, ends=True)
    assert generate(choir, asked) == generate(choir, Request(Bars(beats // 4), seed=3, tempo=120, ends=True))
    kit = Vocabulary(TimeBase.BEATS, 12, 60, (Part("kit", 0, 9, percussive=True),), 35, 60, 1, meters=((4, 4),))
    drums = generate(open_model(exported(folder, kit, name="kit")), asked)
    assert max(note.onset for note in drums.notes) == beats


def test_swing_and_velocity_scale_are_applied(choir: ModelFile) -> None:
    straight = generate(choir, Request(Bars(8)))
    swung = generate(choir, Request(Bars(8), controls={"swing": 1.0, "velocity.scale": 0.5}))
    assert len(swung.notes) == len(straight.notes)
    for a, b in zip(straight.notes, swung.notes, strict=True):
        assert (a.pitch, a.part, b.velocity) == (b.pitch, b.part, 40)
        if a.onset % 1 == 0.5:
            assert b.onset - a.onset == pytest.approx(1 / 6)


def test_an_unknown_control_is_rejected(choir: ModelFile) -> None:
    with pytest.raises(UsageError, match="loudness"):
        generate(choir, Request(controls={"loudness": 3}))


def test_many_pieces_are_those_of_their_requests(choir: ModelFile) -> None:
    requests = [Request(Bars(2), seed) for seed in range(5)]
    assert list(generate_all(choir, requests)) == [generate(choir, request) for request in requests]


def test_processes_that_share_the_work_have_a_thread_each(choir: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two, 20 pieces took ten minutes beside other work, and now take ten seconds."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    found: list[str | None] = []

    class Pool(nullcontext[None]):
        def imap(self, *arguments: Any) -> SimpleNamespace:
            results = map(*arguments)
            return SimpleNamespace(next=lambda _: next(results))

        def __init__(self, *_: object) -> None:
            super().__init__()
            found.extend(os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"))

    monkeypatch.setattr(multiprocessing, "get_context", lambda _: SimpleNamespace(Pool=Pool))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert len(list(generate_all(choir, [Request(Bars(1), seed) for seed in range(4)]))) == 4
    assert found == ["1", "1"]
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


@pytest.mark.parametrize("name", ["choir", "pianist", "student"])
def test_it_equals_what_the_performer_plays(name: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(name)
    for seed in range(5):
        learnt = (100, 0, 35)[seed % 3] if model.parent is not None else 100
        piece = generate(model, Request(Bars(8), seed, tempo=120, controls={"learnt": learnt}))
        model.mix(1.0)
        rendered = [
            (round(time, 6), 0x80 | kind | piece.parts[note.part].channel, note.pitch, note.velocity * (kind > 0))
            for note in piece.notes
            for time, kind in ((note.onset, 0x10), (note.end, 0))
        ]
        # Notes that sound at the end of the piece end there, and later in a performance.
        assert [m for m in performed(model, seed, 32, learnt) if m[0] < 32] == sorted(m for m in rendered if m[0] < 32)


def performed(model: ModelFile, seed: int, beats: float, learnt: int) -> list[tuple[float, int, int, int]]:
    """(beat, status, pitch, velocity) of each note-on and note-off that a performer sent, with a manual clock."""
    clock, port = ManualClock(120.0), RecordingPort()
    # Time stands while it samples, so nothing must be decided ahead of time.
    scheduler = Scheduler(clock, (port,), commit=0.0)
    performer = Performer(Session(model, seed), clock, scheduler, emit=lambda _: None)
    for control, value in {**model.defaults, "learnt": learnt}.items():
        performer.handle(SetControl(control, value), 0.0)
    performer.handle(Play(), 0.0)
    while clock.now() * 2 < beats:
        then = performer.tick(clock.now())
        if then > clock.now():
            scheduler.run_until(then)
    notes = [(round(2 * time, 6), *message) for time, message in port.sent if message[0] < 0xA0]
    return sorted((beat, status, pitch, velocity) for beat, status, pitch, velocity in notes)
