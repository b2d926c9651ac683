"""Live in this process: no command and no fault of ours ends the music or leaves a note."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar, get_args

import pytest

from musiclstm.engine.live import faults, models
from musiclstm.engine.live import live as live_module
from musiclstm.engine.live.live import Live
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.recording import excerpt
from musiclstm.engine.recording.transcript import transcription
from musiclstm.engine.supervision.pipe import Start
from musiclstm.engine.supervision.shared_memory import SharedMemory
from musiclstm.model.session import Session
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions

T = TypeVar("T")
HOSTILE: tuple[Any, ...] = (
    None, "", "x", "A", "auto", "a\0b", "a\nb", "x" * 10_000, -1, 0, 1, 3, 200, 10**6, 2**40, -(2**70), 10**400,
    0.5, -0.0, 1e-300, 1e18, 1e300, -1e300, float("nan"), float("inf"), float("-inf"), True, False, [], {}, b"x", (1,),
)  # fmt: skip


class Engine:
    """Runs in a thread of its own."""

    def __init__(self, options: EngineOptions) -> None:
        self.shared = SharedMemory.create()
        self.heard: list[telemetry.Telemetry] = []
        self.live = Live(Start(options, str(self.shared.path), "test"), self.shared, self.heard.append)
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.until(lambda: self.performer is not None)

    def _run(self) -> None:
        try:
            self.live.run()
        except BaseException as error:  # noqa: BLE001 - for the test
            self.error = error

    @property
    def performer(self) -> Performer:
        performer: Any = self.live._models.performer
        return performer  # type: ignore[no-any-return]

    def until(self, found: Callable[[], T], timeout: float = 15) -> T:
        deadline = time.monotonic() + timeout
        while not (result := found()):
            assert time.monotonic() < deadline, self.heard[-5:]
            time.sleep(0.01)
        return result

    def settle(self) -> None:
        """Wait until everything sent has been carried out."""
        done = threading.Event()
        self.live._inbox.put(done.set)
        assert done.wait(30)

    def all(self, kind: type[T]) -> list[T]:
        return [each for each in list(self.heard) if isinstance(each, kind)]

    def plays(self) -> None:
        """Asserts that more is heard."""
        self.live.command(commands.Hold(False))
        self.live.command(commands.SetControl("mode", "solo"))
        self.live.command(commands.Play())
        before = len(self.all(telemetry.Played))
        self.until(lambda: len(self.all(telemetry.Played)) > before + 4)

    def end(self) -> None:
        self.live.end()
        self._thread.join(15)
        self.shared.close()
        self.shared.delete()

    def hanging(self) -> set[int]:
        on: set[int] = set()
        for message in self.all(telemetry.Played):
            (on.add if message.velocity else on.discard)(message.id)
        return on


@pytest.fixture
def engine(options: EngineOptions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(models, "prepare_process", lambda: None)
    engine = Engine(options)
    engine.plays()
    yield engine
    engine.end()


def samples(kind: Any, chance: Random) -> Any:
    """A command with hostile values, or sound ones where it must get further."""
    sound: dict[str, Any] = {"str": "A", "int": 1, "float": 1.0, "bool": True, "Value": 0.5}
    values = {}
    for each in fields(kind):
        if each.default is not MISSING and chance.random() < 0.5:
            continue
        name = str(each.type).removesuffix(" | None")
        values[each.name] = sound[name] if chance.random() < 0.4 else chance.choice(HOSTILE)
    return kind(**values)


KINDS = [kind for kind in get_args(commands.Command) if kind is not commands.Shutdown]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_value_of_a_command_is_a_fault(
    engine: Engine, kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chance = Random(kind.__name__)
    for slot in "AB":
        engine.live.command(commands.SetBookmark(slot))
    count = 12 if kind in (commands.SaveTake, commands.LoadModel, commands.Prime) else 150
    for _ in range(count if fields(kind) else 2):
        engine.live.command(samples(kind, chance))
    engine.settle()
    said = [notice.text for notice in engine.all(telemetry.Notice)]
    assert not [text for text in said if "fault" in text.lower() or "went wrong" in text or "\n" in text]
    engine.plays()
    assert engine.error is None


@pytest.mark.parametrize(
    "command",
    [
        commands.GoTo(float("nan")),
        commands.Back(float("inf")),
        commands.SetBookmark("A", float("nan")),
        commands.Morph("A", "B", float("nan")),
        commands.SetTempo(1e12),
        commands.SetTempo(float("nan")),
        commands.Seed(-1),
        commands.SetControl("density", float("nan")),
        commands.SetControl("thru", "maybe"),
        commands.SetPart(0, longest=float("inf")),
        commands.SetPart(0, source=99),
        commands.OpenOutput("null", 1e9),
        commands.OpenOutput("null", float("nan")),
        commands.SetLatency("organ", 1e9),
        commands.SetLatency("organ", float("nan")),
        commands.PlayerNote(60, True),
        commands.SaveTake("a\0.mid"),
    ],
    ids=str,
)
def test_it_is_refused_with_one_line(engine: Engine, command: commands.Command) -> None:
    for slot in "AB":
        engine.live.command(commands.SetBookmark(slot))
    engine.settle()
    before = len(engine.all(telemetry.Notice))
    engine.live.command(command)
    engine.settle()
    (notice,) = engine.all(telemetry.Notice)[before:]
    assert "\n" not in notice.text


def test_options_out_of_range_do_not_end_it(options: EngineOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "prepare_process", lambda: None)
    bad = replace(options, latency=float("nan"), tempo=float("nan"), seed=-1, controls=(("density", float("nan")),))
    engine = Engine(bad)
    engine.plays()
    engine.end()
    assert len(engine.all(telemetry.Notice)) == 4
    assert engine.error is None


# ---- faults --------------------------------------------------------------------------------------------------------


class BrokenError(Exception):
    pass


def breaking(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, at: int) -> threading.Event:
    """From now on the call number `at` of a method raises, once."""
    real, count, happened = getattr(owner, name), 0, threading.Event()

    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            happened.set()
            raise BrokenError(name)
        return real(*arguments, **named)

    monkeypatch.setattr(owner, name, call)
    return happened


@pytest.mark.parametrize("name", ["generate", "read", "restore", "snapshot", "_advance"])
@pytest.mark.parametrize("at", [1, 2, 7])
def test_a_fault_of_the_model_is_said_and_survived(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str, at: int
) -> None:
    before = len(engine.all(telemetry.Played))
    engine.live.command(commands.SetPart(0, mode="input"))
    engine.settle()
    happened = breaking(monkeypatch, Session, name, at)
    for pitch in range(48, 78, 2):
        if not happened.is_set():
            engine.live.command(commands.PlayerNote(pitch, 90))
            engine.live.command(commands.PlayerNote(pitch - 2, 0))
            engine.live.command(commands.SetControl("range.low", pitch - 12))
            engine.live.command(commands.Back(1.0))
            engine.settle()
    assert happened.is_set()
    engine.until(lambda: len(engine.all(telemetry.Played)) > before + 10)
    faults_said = [notice for notice in engine.all(telemetry.Notice) if "BrokenError" in notice.text]
    assert len(faults_said) == 1
    engine.plays()
    engine.live.command(commands.Stop())
    engine.settle()
    assert not list(engine.shared.ledger.sounding())
    assert not engine.hanging()
    assert engine.performer.state.history.steps is not None
    engine.plays()


@pytest.mark.parametrize("what", ["release_keys", "received", "tick", "handle", "send_programs"])
def test_a_fault_of_the_performer_is_said_and_survived(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    happened = breaking(monkeypatch, Performer, what, 1)
    engine.live._inbox.put(engine.live._release_keys)
    engine.live._inbox.put(lambda: engine.live._receive(bytes((0x90, 60, 90)), time.perf_counter()))
    engine.live._inbox.put(engine.live._models.send_programs)
    engine.live.command(commands.SetTempo(200))
    engine.until(happened.is_set)
    engine.until(lambda: [notice for notice in engine.all(telemetry.Notice) if "BrokenError" in notice.text])
    engine.plays()
    assert engine.error is None


def test_a_leader_that_starts_is_followed_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only when the engine would look again by itself."""
    ticks: list[float] = []

    def tick(now: float) -> float:
        ticks.append(now)
        return now + 1000.0

    monkeypatch.setattr(live_module, "_STATUS_INTERVAL", 1000.0)
    monkeypatch.setattr(engine.performer, "tick", tick)
    engine.settle()
    engine.settle()
    before = len(ticks)
    engine.live._clock.leader.start(8.0)
    engine.until(lambda: len(ticks) > before)


def test_a_fault_of_a_job_and_of_what_follows_it_is_survived(engine: Engine) -> None:
    def broken(*_: Any) -> None:
        raise BrokenError

    engine.live._background[0].run(lambda: 1, broken)
    engine.live._background[0].run(broken, lambda _: None, broken)
    engine.plays()
    assert engine.error is None


def test_faults_that_do_not_end_end_the_engine_cleanly(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host starts another then."""

    def broken(*_: Any, **__: Any) -> Any:
        raise BrokenError

    monkeypatch.setattr(Session, "generate", broken)
    assert engine.live.ended.wait(15)
    engine.until(lambda: engine.error)
    said = [notice for notice in engine.all(telemetry.Notice) if "BrokenError" in notice.text]
    assert len(said) == 1
    assert not engine.hanging()
    assert not list(engine.shared.ledger.sounding())
    assert faults.MOST > 2


@pytest.mark.parametrize(("content", "size"), [(b"\x08\x09" * 1000, 2000), (b"", 1 << 40)], ids=["damaged", "huge"])
def test_a_bad_model_leaves_the_one_that_plays(engine: Engine, tmp_path: Path, content: bytes, size: int) -> None:
    """As the window, OSC and a knob load it."""
    with (tmp_path / "bad.onnx").open("wb") as file:
        file.write(content)
        file.truncate(size)
    engine.live.command(commands.LoadModel(str(tmp_path / "bad.onnx")))
    engine.until(lambda: [notice for notice in engine.all(telemetry.Notice) if "bad.onnx" in notice.text])
    engine.plays()
    assert len(engine.all(telemetry.Loaded)) == 1


def test_a_model_that_loads_slowly_does_not_replace_one_that_came_since(engine: Engine) -> None:
    """As with a bookmark, or a section of another model; several that are loaded come one after another."""

    def loaded() -> list[str]:
        return [each.model for each in engine.all(telemetry.Loaded)]

    (first,) = loaded()
    engine.live.command(commands.SetBookmark("A"))
    engine.live.command(commands.LoadModel("folk"))
    engine.live.command(commands.LoadModel("drums"))
    engine.until(lambda: loaded() == [first, "folk", "drums"])
    engine.plays()
    free = threading.Event()
    engine.live._background[0].run(lambda: free.wait(30), lambda _: None)
    engine.live.command(commands.LoadModel("folk"))
    engine.live.command(commands.Return("A"))
    engine.until(lambda: loaded()[3:] == [first])
    engine.live.command(commands.LoadModel("drums"))
    engine.settle()
    free.set()
    engine.until(lambda: loaded()[4:] == ["drums"])
    assert [each.text for each in engine.all(telemetry.Notice) if "come since" in each.text] == [
        "Folk tunes does not play: another model has come since."
    ]
    engine.plays()


# ---- takes ---------------------------------------------------------------------------------------------------------


def by_osc(engine: Engine, command: commands.Command) -> None:
    engine.live._inbox.put(lambda: engine.live._carry_out(command))
    engine.settle()


def test_a_take_by_osc_spares_what_is_not_ours(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "chosen"
    song = tmp_path / "song.mid"
    song.write_bytes(b"months of work")
    engine.live.command(commands.SetTakesFolder(str(folder)))
    for name in (str(song), str(tmp_path / "notes.txt"), "../x.mid"):
        before = len(engine.all(telemetry.Notice))
        by_osc(engine, commands.SaveTake(name))
        assert len(engine.all(telemetry.Notice)) == before + 1
    assert song.read_bytes() == b"months of work"
    for _ in range(2):  # the second time it is ours
        saved = len(engine.all(telemetry.Saved))
        by_osc(engine, commands.SaveTake("mine.mid"))
        engine.until(lambda: len(engine.all(telemetry.Saved)) > saved)  # noqa: B023 - called at once
    assert engine.all(telemetry.Saved)[-1].file == str(folder / "mine.mid")
    # As a pad that is mapped to it does.
    by_osc(engine, commands.SaveTake(""))
    engine.until(lambda: len(engine.all(telemetry.Saved)) == 3)
    assert Path(engine.all(telemetry.Saved)[-1].file).parent == folder
    # A person who chose it in the window has been asked.
    engine.live.command(commands.SaveTake(str(song)))
    engine.until(lambda: len(engine.all(telemetry.Saved)) == 4)
    assert song.read_bytes().startswith(b"MThd")


# ---- parts ---------------------------------------------------------------------------------------------------------


def test_parts_are_reported_whoever_changes_them(engine: Engine) -> None:
    parts = engine.all(telemetry.PartChanged)
    assert [part.part for part in parts[:4]] == [0, 1, 2, 3]
    by_osc(engine, commands.SetPart(2, transpose=-12, polyphony=3))
    last = engine.all(telemetry.PartChanged)[-1]
    assert (last.part, last.transpose, last.polyphony, last.mode) == (2, -12, 3, "auto")
    by_osc(engine, commands.SetPart(2, transpose=999))
    assert engine.all(telemetry.PartChanged)[-1] == last
    assert len(engine.all(telemetry.PartChanged)) > len(parts) + 1


def test_what_the_person_moves_is_in_the_take(engine: Engine) -> None:
    for message in (b"\xb0\x40\x7f", b"\x90\x3c\x50", b"\x80\x3c\0", b"\xb0\x40\0"):
        engine.live._input_arrived(message, time.perf_counter())
    engine.settle()
    journal = engine.live._reporter.journal
    assert journal is not None
    assert journal.flush()
    made = transcription(excerpt.lines_of(journal.folder, journal.session))
    assert [message for _, message in made.moves] == [b"\xb0\x40\x7f", b"\xb0\x40\0"]


def test_a_flood_of_midi_lets_commands_through(engine: Engine) -> None:
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        free.wait(15)

    engine.live._inbox.put(hold)
    assert held.wait(15)
    for number in range(5_000):
        engine.live._input_arrived(bytes((0xB0, 1, number % 128)), time.perf_counter())
    waiting = engine.live._inbox.qsize()
    free.set()
    assert waiting < 100


def test_a_note_that_waited_too_long_is_not_played_but_a_mapped_key_still_counts(engine: Engine) -> None:
    now = time.perf_counter()
    for message in (b"\x90\x28\x40", b"\x80\x28\x00"):
        engine.live._input_arrived(message, now - 1)
    for message in (b"\x90\x29\x40", b"\x80\x29\x00"):
        engine.live._input_arrived(message, now)
    engine.settle()
    assert {note.pitch for note in engine.all(telemetry.Played) if note.by_person} == {0x29}

    engine.live.command(commands.Learn("play"))
    engine.live._input_arrived(b"\x90\x2a\x40", now - 1)  # mapped
    engine.live._input_arrived(b"\x90\x2a\x40", now - 1)  # pressed
    engine.settle()
    assert not engine.performer.playing
