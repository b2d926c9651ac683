"""play: what its options ask of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.cli import stream
from musiclstm.cli.closing import Close
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from musiclstm.protocol.commands import Command, OpenInput, OpenOutput, Prime, SetSync
from musiclstm.protocol.options import EngineOptions
from tests.cli.commands import run


def test_the_options_of_play_reach_the_engine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def playing(
        options: EngineOptions,
        seconds: float | None,
        record: str | None,
        commands: tuple[Command, ...],
        close: Close,
    ) -> int:
        asked.extend((options, seconds, record, close, commands))
        return 0

    monkeypatch.setattr(stream, "play", playing)
    line = (
        "play --model folk --out Piano --in Keys --seconds 2.5 --tempo 90 --seed 4 --record a.mid --latency 12 "
        "--latency Organ=-3.5 --pedal Organ --pedal "
        "--osc 9000 --mode continue --sync midi:Clock --set density=0.5 --set scale=minor "
        "--set thru=off --set polyphony=none --set range.low=40 --set 1:density=all"
    )
    result = run(capsys, line)
    assert (result.code, result.out) == (0, "")
    controls = (
        ("density", 0.5),
        ("scale", "minor"),
        ("thru", False),
        ("polyphony", None),
        ("range.low", 40),
        ("1:density", "all"),
        ("mode", "continue"),
    )
    options = EngineOptions(
        model="folk",
        output="Piano",
        input="Keys",
        tempo=90,
        seed=4,
        latency=12,
        latencies=(("Organ", -3.5),),
        pedals=("Organ", ""),
        controls=controls,
        osc=9000,
        play=True,
    )
    assert asked == [options, 2.5, "a.mid", Close(), (SetSync("midi", "Clock"),)]
    run(capsys, "play --sync link --send-clock")
    assert asked[-1] == (SetSync("link", send=True),)
    run(capsys, "play --send-clock")
    assert asked[-1] == (SetSync("internal", send=True),)
    run(capsys, "play")
    assert asked[3 * 5 :] == [EngineOptions(play=True), None, None, Close(), ()]
    run(capsys, "play --bars 32 --end 2 --ritardando --fade")
    assert asked[-2] == Close(32, 2, ritardando=True, fade=True)


def test_it_continues_from_a_file_at_its_last_tempo(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[EngineOptions, tuple[Command, ...]]] = []

    def playing(options: EngineOptions, *_rest: object, commands: tuple[Command, ...], close: Close) -> int:
        asked.append((options, commands))
        return 0

    monkeypatch.setattr(stream, "play", playing)
    notes = tuple(Note(beat, 1, 60 + beat, 80, 0) for beat in range(8))
    midifile.write(tmp_path / "song.mid", Piece(notes, tempo=100, tempos=((0, 100), (4, 80))))
    command = Prime(str(tmp_path / "song.mid"), play=True)
    for option, tempo in (("", 80), (" --tempo 66", 66)):
        assert run(capsys, f"play --model folk --prime {tmp_path / 'song.mid'}{option}").code == 0
        options, commands = asked[-1]
        assert (options.play, round(options.tempo or 0, 1), commands) == (False, tempo, (command,))


def test_beside_a_daw_the_output_that_was_named_is_what_comes_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[EngineOptions] = []

    def playing(options: EngineOptions, *_: object, **__: object) -> int:
        asked.append(options)
        return 0

    monkeypatch.setattr(stream, "play", playing)
    assert run(capsys, "play --daw --out Piano --in Keys --latency 12").code == 0
    assert run(capsys, "play --out Piano").code == 0
    back = (OpenOutput("Piano", 12.0), OpenInput("Keys"), SetSync("internal"))
    assert [(each.output, each.before_daw) for each in asked] == [("null", back), ("Piano", ())]
