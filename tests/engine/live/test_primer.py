"""Files are read in a process of their own while the music plays, and the last command counts."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any, cast

import pytest

from musiclstm.engine.live import primer as primers
from musiclstm.engine.live.background import Background
from musiclstm.engine.live.command_router import CommandRouter
from musiclstm.engine.live.primer import Primer
from musiclstm.engine.live.takes import Takes
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.prime import read_piece
from musiclstm.model.session import Session
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk
from tests.engine.fakes import SATB
from tests.engine.stage import Stage
from tests.model.tiny import tiny_model
from tests.waiting import PATIENCE


class Bench:
    """A stage whose commands go the way that the engine's go; `settle` does what the engine's thread would do."""

    def __init__(self, model: ModelFile) -> None:
        self.stage = Stage(Session(model, 3))
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        problem = lambda text: self.stage.telemetry.append(telemetry.Notice(text, serious=True))  # noqa: E731
        self.opener = Background("opener", self.calls.put, problem)
        self.reader = Background("reader", self.calls.put, problem)
        models: Any = SimpleNamespace(performer=self.stage.performer, load=self._load)
        self.primer = Primer(models, self.opener, self.reader, self.stage.telemetry.append, self._carry_out)
        devices: Any = SimpleNamespace(connections=None, sync=None)
        self.router = CommandRouter(
            EngineOptions(),
            None,
            devices,
            models,
            self.opener,
            primer=self.primer,
            takes=Takes(),
            file_player=cast("Any", SimpleNamespace(stop=lambda: None)),
            rewriter=cast("Any", None),
            set_lists=cast("Any", None),
            on_changed=lambda: None,
            on_fault=self._fault,
            shut_down=lambda: None,
        )
        self.stage.play()
        self.stage.run(2.1)

    def _carry_out(self, command: commands.Command) -> None:
        self.router.carry_out(command)

    def _fault(self, error: Exception) -> None:
        raise error

    def _load(self, name: str) -> None:
        self.opener.run(lambda: Session(open_model(name), 4), self._loaded)

    def _loaded(self, session: Session) -> None:
        loaded = telemetry.Loaded("other", "Other", (), 36, 84, 2, 24, "beats", 4.0, ())
        self.stage.performer.load(session, loaded)

    def settle(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + 15
        while not done():
            assert time.monotonic() < deadline, self.notices()
            try:
                self.calls.get(timeout=0.05)()
            except Empty:
                continue

    def jumps(self) -> list[str]:
        return [x.reason for x in self.stage.telemetry if isinstance(x, telemetry.Jumped)]

    def notices(self) -> list[str]:
        return [x.text for x in self.stage.telemetry if isinstance(x, telemetry.Notice)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    return open_model(tiny_model(tmp_path_factory.mktemp("model")))


@pytest.fixture
def bench(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Says nothing of files that take long, however busy the machine is."""
    monkeypatch.setattr(primers, "_SLOW", 1000.0)
    bench = Bench(model)
    yield bench
    bench.primer.close()
    for background in (bench.opener, bench.reader):
        background.close(wait=True)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a busy machine takes, only the test of it hears that a file takes long."""
    monkeypatch.setattr(primers, "_SLOW", 1000.0)


def file_of(folder: Path, name: str, pitch: int, notes: int = 40) -> str:
    line = tuple(Note(step / 2, 0.5, pitch + step % 3, 80, 0) for step in range(notes))
    midifile.write(folder / name, Piece(line, parts=SATB[:1]))
    return str(folder / name)


def recent(stage: Stage) -> set[int]:
    """What the session has read last."""
    log = stage.session.context.echoes[0].log
    return {log.pitch(log.count - 1 - back) for back in range(6)}


def test_the_music_goes_on_from_the_end_of_the_file(bench: Bench, tmp_path: Path) -> None:
    file = file_of(tmp_path, "tune.mid", 70)
    fresh = bench.stage.session.snapshot()
    bench.router.carry_out(commands.Prime(file))
    bench.stage.run(0.5)  # it plays on
    assert not bench.jumps()
    bench.settle(lambda: bench.jumps() == ["prime"])
    primed = bench.stage.session.snapshot()
    expected = Session(bench.stage.session.model)
    expected.restore(fresh)
    expected.forget()
    read_piece(expected, midifile.read(file))
    wanted = expected.snapshot()
    assert (primed.state.hidden == wanted.state.hidden).all()
    assert (primed.timing, primed.expected, primed.context.held) == (
        wanted.timing,
        wanted.expected,
        wanted.context.held,
    )
    bench.stage.run(4)
    assert bench.stage.disagreement() == ""
    assert not bench.notices()


def test_the_last_of_several_files_counts(bench: Bench, tmp_path: Path) -> None:
    first, last = file_of(tmp_path, "first.mid", 62), file_of(tmp_path, "last.mid", 76)
    for file in (first, first, last):
        bench.router.carry_out(commands.Prime(file))
    bench.settle(lambda: bench.jumps() == ["prime"])
    assert recent(bench.stage) <= {76, 77, 78}
    assert bench.notices() == [f"{Path(first).name} is not read any further."] * 2
    bench.primer.close()
    assert bench.jumps() == ["prime"]


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("command", [commands.Forget(), commands.Back(1.0)])
def test_going_elsewhere_meanwhile_counts(
    bench: Bench, tmp_path: Path, command: commands.Command, *, started: bool
) -> None:
    file = file_of(tmp_path, "tune.mid", 70)
    bench.router.carry_out(commands.Prime(file))
    if started:
        bench.calls.get(timeout=PATIENCE)()
    bench.router.carry_out(command)
    bench.opener.run(lambda: None, lambda _: bench.reader.run(lambda: None, lambda _: bench.stage.sent.clear()))
    bench.settle(lambda: not bench.stage.sent)  # all that was under way is over
    assert len(bench.jumps()) == 1
    assert bench.jumps() != ["prime"]
    assert bench.notices() == [f"{Path(file).name} is not read any further."]


def test_stopping_meanwhile_leaves_it_stopped_and_primed(bench: Bench, tmp_path: Path) -> None:
    bench.router.carry_out(commands.Prime(file_of(tmp_path, "tune.mid", 70)))
    bench.router.carry_out(commands.Stop())
    bench.settle(lambda: bench.jumps() == ["prime"])
    assert not bench.stage.performer.playing
    assert recent(bench.stage) <= {70, 71, 72}
    assert not bench.stage.sounding()


def test_a_model_loaded_after_it_counts_and_one_before_it_reads_the_file(bench: Bench, tmp_path: Path) -> None:
    model = str(bench.stage.session.model.path)
    file = file_of(tmp_path, "tune.mid", 70)
    bench.router.carry_out(commands.LoadModel(model))
    bench.router.carry_out(commands.Prime(file))
    before = bench.stage.session
    bench.settle(lambda: bench.jumps()[-1:] == ["prime"])
    bench.stage.session = bench.stage.performer.state.session
    assert bench.stage.session is not before
    assert recent(bench.stage) <= {70, 71, 72}
    bench.router.carry_out(commands.Prime(file))
    bench.calls.get(timeout=PATIENCE)()  # it is being read
    bench.router.carry_out(commands.LoadModel(model))
    bench.settle(bench.notices)
    assert bench.notices() == [f"{Path(file).name} is not read any further: another model plays now."]
    assert bench.jumps().count("prime") == 1


def test_a_long_file_says_so_and_how_to_stop_it(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(primers, "_SLOW", 0.0)
    file = file_of(tmp_path, "tune.mid", 70)
    bench.router.carry_out(commands.Prime(file))
    bench.settle(lambda: bench.jumps()[-1:] == ["prime"])
    (notice,) = bench.notices()
    assert notice.startswith(f"{Path(file).name} is being read")
    assert "Forget" in notice


def test_what_was_guessed_in_a_file_is_said(bench: Bench, tmp_path: Path) -> None:
    file = Path(file_of(tmp_path, "tune.mid", 70))
    whole = file.read_bytes()
    file.write_bytes(whole[:11] + b"\x30" + whole[12:])  # more tracks than there are
    bench.router.carry_out(commands.Prime(str(file)))
    bench.settle(lambda: bench.jumps() == ["prime"])
    (notice,) = bench.notices()
    assert notice.startswith(f"{Path(file).name}: ")
    assert "tracks" in notice


@pytest.mark.parametrize(
    ("name", "line"), [("gone.mid", "There is no file"), ("low.mid", "has no notes in the range of this model's parts")]
)
def test_a_file_that_cannot_be_read_is_reported_and_the_music_plays_on(
    bench: Bench, tmp_path: Path, name: str, line: str
) -> None:
    file_of(tmp_path, "low.mid", 3)
    file = str(tmp_path / name)
    bench.router.carry_out(commands.Prime(file))
    bench.settle(bench.notices)
    (notice,) = bench.notices()
    assert file in notice
    assert line in notice
    assert not bench.jumps()
    # The next one is read.
    bench.router.carry_out(commands.Prime(file_of(tmp_path, "tune.mid", 70)))
    bench.settle(lambda: bench.jumps() == ["prime"])


def test_it_starts_playing_once_the_file_is_read(bench: Bench, tmp_path: Path) -> None:
    bench.stage.performer.handle(commands.Stop(), bench.stage.now)
    bench.router.carry_out(commands.Prime(file_of(tmp_path, "tune.mid", 70), play=True))
    before = bench.stage.performer.playing
    bench.settle(bench.jumps)
    assert (before, bench.stage.performer.playing) == (False, True)


def test_a_process_that_dies_is_reported(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(primers, "PROCESS", "musiclstm.no_such_module")
    file = file_of(tmp_path, "tune.mid", 70)
    bench.router.carry_out(commands.Prime(file))
    bench.settle(bench.notices)
    assert bench.notices()[0].startswith(f"{file} cannot be read")


def test_an_engine_reads_a_file_and_ends_while_it_reads_another(
    desks: Callable[..., Desk], options: EngineOptions, tmp_path: Path
) -> None:
    desk = desks(options)
    desk.host.send(commands.Prime(file_of(tmp_path, "tune.mid", 70)))
    desk.first(telemetry.Jumped, lambda jump: jump.reason == "prime")
    desk.host.send(commands.Prime(file_of(tmp_path, "long.mid", 70, 20_000)))
    desk.status()
