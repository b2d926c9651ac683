"""No hanging notes: random evenings, after which every note has ended, once, where it sounded."""

from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.pool import Pool
from random import Random

import pytest

from musiclstm.engine.performer.telemetry import CLICK
from musiclstm.model.band import open_session
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music import midi_message
from musiclstm.music.note import Part, TimeBase
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.modes import MODES
from tests.engine.scripts import LedClock, Script, fake
from tests.engine.stage import Stage
from tests.model.tiny import tiny_model

SCRIPTS = 5_000
BATCHES = 20


def check(stage: Stage) -> None:
    """`sounding` has asserted already that nothing ended that did not sound."""
    assert not stage.sounding()
    assert not stage.scheduler.sounding()
    assert not stage.scheduler.pending()
    # Then the input goes, and nothing that was moved stays where it was.
    stage.performer.release_keys(stage.now)
    assert not stage.performer.state.person.controllers
    for port in stage.ports:
        moved = {message[:-1]: message for _, message in port.sent if 0xB0 <= message[0] < 0xC0}
        assert not [message for message in moved.values() if midi_message.at_rest(message) not in (None, message)]


@pytest.fixture(scope="module")
def processes() -> Iterator[Pool]:
    """One for each core."""
    with get_context("spawn").Pool() as pool:
        yield pool


def evening(seed: int, faults: bool = True) -> None:
    script = Script(seed, faults=faults)
    try:
        check(script.run(25))
    except AssertionError as error:
        raise AssertionError(f"script {seed}: {error}\n{script.log}") from error


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_note_hangs_after_any_evening(batch: int, processes: Pool) -> None:
    processes.map(evening, range(batch, SCRIPTS, BATCHES), chunksize=25)


@pytest.mark.slow
def test_what_sounds_is_what_the_memory_holds() -> None:
    """At every moment of an evening; `Script` asserts it where no port fails."""
    for seed in range(300):
        evening(seed, faults=False)


def test_an_evening_is_reproducible() -> None:
    one, other = Script(11), Script(11)
    assert one.run().notes() == other.run().notes()
    assert [str(x) for x in one.stage.telemetry] == [str(x) for x in other.stage.telemetry]


@pytest.fixture(scope="module")
def bands(tmp_path_factory: pytest.TempPathFactory, models: list[ModelFile]) -> list[ModelFile]:
    folder = tmp_path_factory.mktemp("bands")
    kit = tiny_model(folder, TimeBase.BEATS, (Part("Kit", channel=9, percussive=True),), velocities=4, name="kit")
    voices, band = models[0].path, models[1].path
    return [open_model(f"{voices}+{kit}"), open_model(f"{kit}+{band}+{voices}"), models[0]]


def test_nor_with_the_real_network(models: list[ModelFile]) -> None:
    def session(rng: Random) -> Session:
        return Session(rng.choice(models), rng.randrange(1000))

    for seed in range(60):
        script = Script(seed, session)
        script.stage.do(commands.SetControl("density", 1.0))
        check(script.run(25))


def test_nor_with_a_band(bands: list[ModelFile]) -> None:
    def session(rng: Random) -> Session:
        return open_session(rng.choice(bands), rng.randrange(1000))

    for seed in range(40):
        script = Script(seed, session)
        script.stage.do(commands.SetControl("density", 1.0))
        check(script.run(25))


def test_the_scripts_reach_what_they_should() -> None:
    """A property test of silence proves nothing."""
    modes, reasons, notes, faults, loaded, led = set(), set(), 0, 0, 0, 0
    loops = meters = clicks = silent = pedals = written = pads = 0
    ends = dict.fromkeys(MODES, 0)  # that it has come to, by mode
    for seed in range(160):
        script = Script(seed, fake)
        stage = script.run(25)
        modes |= {x.value for x in stage.telemetry if isinstance(x, telemetry.ControlChanged) and x.name == "mode"}
        reasons |= {x.reason for x in stage.telemetry if isinstance(x, telemetry.Jumped)}
        played = sum(isinstance(x, telemetry.Played) for x in stage.telemetry)
        notes += played
        faults += len(stage.retired)
        loaded += len(stage.emitted(telemetry.Loaded))
        loops += any(x.start is not None for x in stage.telemetry if isinstance(x, telemetry.LoopChanged))
        ended_in(stage, ends)
        meters += len(stage.emitted(telemetry.MeterChanged)) > 0
        clicks += any(x.entry.id == CLICK for x in stage.sent)
        silent += any(x.silent for x in stage.telemetry if isinstance(x, telemetry.PartChanged))
        written += script.onlookers.written
        pads += script.onlookers.pressed
        pedals += any(x.by_pedal for x in stage.sent)
        led += played > 0 and isinstance(stage.clock, LedClock)
    assert len(modes) >= 4
    assert reasons >= {"back", "bookmark", "morph", "forget", "clock"}
    assert notes > 1_000
    assert faults > 20
    assert loaded > 5
    assert led > 10
    reached = loops, meters, clicks, silent, pedals, written, pads
    assert min(reached) > 2, reached
    assert min(ends.values()) > 0, ends
    assert sum(ends.values()) > 8, ends


def ended_in(stage: Stage, ends: dict[str, int]) -> None:
    """Counts the ends of an evening by the mode in which they came."""
    mode, end = "solo", None
    for each in stage.telemetry:
        if isinstance(each, telemetry.ControlChanged) and each.name == "mode":
            mode = str(each.value)
        elif isinstance(each, telemetry.EndChanged):
            end = each.end
        elif isinstance(each, telemetry.Played) and end is not None and each.velocity and each.beat > end - 2:
            ends[mode], end = ends[mode] + 1, None
