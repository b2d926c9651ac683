"""A corpus that the workers of a real Dask cluster read is, byte for byte, the one that is read here."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from musiclstm.engine.system.threads import ONE_THREAD
from musiclstm.errors import CorpusError, MidiFileError, UsageError
from musiclstm.music import midifile
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training import cluster, reader, reading, train
from training.cluster import each_by
from training.reader import RELEASE, files_of, read_there

ROOT = Path(__file__).parents[2]
SECONDS = 60  # before a process that does nothing is a failure


class Started:
    """A scheduler and two workers, processes of their own, at ports that were free."""

    def __init__(self, folder: Path) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        known = folder / "scheduler.json"
        self._start("scheduler", "--port", "0", "--scheduler-file", str(known))
        until = time.monotonic() + SECONDS
        while not known.is_file() and time.monotonic() < until:
            time.sleep(0.05)
        # One as most are; and one in which nothing is in a main thread, and nobody starts a lost one again.
        for nanny in ("--nanny", "--no-nanny"):
            self._start("worker", "--nthreads", "1", nanny, "--scheduler-file", str(known))
        from distributed import Client

        with Client(scheduler_file=str(known), set_as_default=False) as client:
            self.address = client.scheduler.address
            client.wait_for_workers(2, timeout=SECONDS)

    def _start(self, what: str, *options: str) -> None:
        command = [sys.executable, "-m", "dask", what, "--host", "127.0.0.1", "--no-dashboard", *options]
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
        # They are not where the files are.
        self.processes.append(subprocess.Popen(command, env=environment, cwd="/", stderr=subprocess.DEVNULL))

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(SECONDS)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    pytest.importorskip("distributed")
    found = Started(tmp_path_factory.mktemp("cluster"))
    yield found
    found.stop()


def test_it_is_prepared_as_without_a_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    vocabulary = tiny_vocabulary()
    (tmp_path / "midi").mkdir()
    for number in range(60):
        midifile.write(tmp_path / f"midi/{number}.mid", random_piece(vocabulary, 30, number))
    (tmp_path / "midi/bad.mid").write_text("text")
    (tmp_path / "midi/empty.mid").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cluster, "CHUNK", 4)
    arguments = ["midi", "-o", "mine.onnx", "--prepare", "--device", "cpu", "--run"]
    assert train.main([*arguments, "here"]) == 0
    told = capsys.readouterr()
    monkeypatch.setattr(reading, "results", failing)  # nothing is read here
    assert train.main([*arguments, "there", "--scheduler", started.address]) == 0
    assert capsys.readouterr() == told
    contents = [{path.name: path.read_bytes() for path in Path(run).iterdir()} for run in ("here", "there")]
    assert contents[0] == contents[1]
    assert sum(name.endswith(".events") for name in contents[0]) == 2


def failing(*_: object) -> None:
    raise AssertionError


@pytest.mark.parametrize("killed", [0, 1])
def test_what_a_killed_worker_had_to_do_is_done_by_another(started: Started, killed: int) -> None:
    from tests.training import test_cluster as there  # by the name that workers know

    with each_by(started.address) as each:
        results = each(there.slow, range(4 * cluster.CHUNK), 0)
        found = [next(results)]
        if killed:
            started.processes[2].kill()  # in the middle of its second task
        assert [*found, *results] == list(range(4 * cluster.CHUNK))


def slow(number: int) -> int:
    time.sleep(0.002)
    return number


def test_what_is_no_cluster_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    for address in ("tcp://127.0.0.1:1", "nonsense", "nonsense://127.0.0.1:1"):
        with pytest.raises(CorpusError, match=f"There is no Dask scheduler at {address}") as caught, each_by(address):
            raise AssertionError
        assert "\n" not in str(caught.value)


def test_a_program_that_is_no_scheduler_is_told_in_one_line(
    started: Started, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Such as one that never answers, a web server, or a worker of the cluster."""
    from distributed import Client

    with Client(started.address, set_as_default=False) as client:
        worker = next(iter(client.nthreads()))
    with pytest.raises(CorpusError, match=f"There is no Dask scheduler at {worker}, but a worker"), each_by(worker):
        raise AssertionError
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    for answer in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"):
        with closing(socket.create_server(("127.0.0.1", 0))) as server:
            threading.Thread(target=answer_once, args=(server, answer), daemon=True).start()
            address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
            with (
                pytest.raises(CorpusError, match=f"There is no Dask scheduler at {address}") as caught,
                each_by(address),
            ):
                raise AssertionError
            assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def answer_once(server: socket.socket, answer: bytes) -> None:
    """To whoever connects; until the server is closed, nothing else."""
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.sendall(answer)
        server.accept()


def test_without_dask_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with each_by(None) as each:
        assert each is reading.here
    with pytest.raises(UsageError, match="pip install"), each_by("tcp://127.0.0.1:1"):
        raise AssertionError


def test_without_a_cluster_dask_is_not_loaded() -> None:
    code = "import sys, training.train; assert not {'dask', 'distributed'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


# ---- a worker's reader -----------------------------------------------------------------------------------------------


def by_reader(function: Callable[[Any], object], items: list[Any], *, folder: Path, larger: int = 0) -> object:
    sizes = [(str(file), (folder / file).stat().st_size + larger) for file in files_of(items)]
    return pickle.loads(read_there(RELEASE, str(folder), sizes, pickle.dumps((function, items))))  # noqa: S301


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reader of this thread, which finds the tests."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield
    left = vars(reader._own).pop("reader", None)
    if left:
        left.communicate(timeout=SECONDS)


def test_names_of_files_mean_what_they_mean_to_the_program_that_asks(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.mid").write_text(name)
    from tests.training import test_cluster as there

    for name in ("a", "b"):
        assert by_reader(there.text_of, [("key", Path("x.mid"))], folder=tmp_path / name) == [name]


def text_of(item: tuple[str, Path]) -> str:
    print("what is printed is no answer")  # noqa: T201
    return item[1].read_text()


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    from tests.training import test_cluster as there

    (tmp_path / "x.mid").touch()
    assert by_reader(there.endless, [Path("x.mid")], folder=tmp_path) == ["x.mid took longer than 0.05 s to read"]


def endless(path: Path) -> str:
    reading.LONGEST = 0.05
    try:
        with reading.in_time(path):
            time.sleep(SECONDS)
    except MidiFileError as error:
        return str(error)
    return ""


def test_a_worker_that_does_not_see_a_file_as_it_is_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.mid").touch()
    with pytest.raises(CorpusError, match="does not see"):
        by_reader(str, [Path("x.mid")], folder=tmp_path, larger=1)
    with pytest.raises(CorpusError, match="does not see"):
        read_there(RELEASE, str(tmp_path), [("y.mid", 0)], b"")
    with pytest.raises(CorpusError, match="does not see"):
        read_there(RELEASE, str(tmp_path / "nowhere"), [("x.mid", 0)], b"")


def test_another_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="must be release 0"):
        read_there("release 0", str(tmp_path), [], b"")


def test_a_reader_that_ends_is_told_and_the_next_is_another(tmp_path: Path) -> None:
    from tests.training import test_cluster as there

    with pytest.raises(CorpusError, match="has ended"):
        by_reader(os._exit, [1], folder=tmp_path)
    with pytest.raises(ZeroDivisionError):
        by_reader(there.divmod_by_itself, [0], folder=tmp_path)
    assert by_reader(str, [1, 2], folder=tmp_path) == ["1", "2"]


def divmod_by_itself(number: int) -> object:
    return divmod(number, number)
