"""Fixtures for every test; the servers behind them are in `tests.servers`."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from musiclstm import compiled
from musiclstm.protocol.options import EngineOptions
from tests import servers, uncompiled
from tests.engine.dense import dense_model
from tests.engine.desk import Desk
from tests.engine.ears import Ears, ears
from tests.waiting import PATIENCE

# Before anything imports Qt. A test that wants a real screen asks for `display` and starts the
# window in a process of its own.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

# In CI Hypothesis chooses its own profile: no deadlines, the same examples each time.
if not os.environ.get("CI"):
    # How long an example takes says more about what else the machine is doing.
    hypothesis.settings.register_profile("here", deadline=None)
    hypothesis.settings.load_profile("here")


def pytest_configure() -> None:
    """Python runs an old extension as gladly as a new one; no result would mean anything."""
    if not uncompiled.installed() and (stale := compiled.stale()):
        names = ", ".join(path.name for path in stale)
        pytest.exit(f"not what its sources say any more: {names}; make core compiles it anew", returncode=4)


def pytest_report_header() -> str:
    return "core: compiled" if compiled.compiled() else "core: not compiled"


@pytest.fixture(scope="session", autouse=True)
def _runtime_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where there is no login session, Qt warns that it has no runtime folder."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("runtime")
        folder.chmod(0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test finds the settings and journals of a new user, and no test leaves any."""
    for kind in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / "home" / kind.lower()))


@pytest.fixture(autouse=True)
def _no_children_left() -> Iterator[None]:
    """No test may leave a process behind; those of wider fixtures were there before it.

    One that writes a take finishes it though its engine has ended, and gives way to all that the machine does besides.
    """
    before = _children()
    yield
    deadline = time.monotonic() + PATIENCE
    while left := {pid: name for pid, name in _children().items() if pid not in before}:
        if time.monotonic() > deadline:
            pytest.fail(f"left running: {left}")
        time.sleep(0.02)


@pytest.fixture(scope="session")
def core() -> None:
    """For tests of what is compiled."""
    if not compiled.compiled():
        servers.unavailable("the core is not compiled")


@pytest.fixture(scope="session")
def jack_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.JackServer]:
    """Run one JACK server for all tests; every client started meanwhile finds it."""
    log = tmp_path_factory.mktemp("jack") / "shared.log"
    with servers.jack(log, period=1024) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.env.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DISPLAY of a screen that nobody sees, for windows in processes of their own."""
    with servers.screen(tmp_path_factory.mktemp("screen") / "xvfb.log") as name:
        yield name


@pytest.fixture(scope="session")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a small model that has much to say."""
    return dense_model(tmp_path_factory.mktemp("dense"))


@pytest.fixture
def options(dense: Path, tmp_path: Path) -> EngineOptions:
    """Give options with which it plays at once, four beats a second, to nobody."""
    journal = str(tmp_path / "journal")
    return EngineOptions(model=str(dense), output="null", tempo=240, seed=1, journal=journal, play=True)


@pytest.fixture
def desks() -> Iterator[Callable[..., Desk]]:
    """Start hosts; they are closed at the end."""
    opened: list[Desk] = []

    def desk(options: EngineOptions, **settings: Any) -> Desk:
        opened.append(Desk(options, **settings))
        return opened[-1]

    yield desk
    for each in opened:
        each.host.close()


@pytest.fixture
def listener(jack_server: object) -> Iterator[Ears]:
    """Listen at a real port."""
    with ears() as listening:
        yield listening


def _children() -> dict[int, str]:
    """Name the living children of this process. Empty where there is no /proc."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            # "pid (name) state parent …", and the name may hold anything.
            pid, rest = status.read_text().split(" (", 1)
            name, fields = rest.rsplit(") ", 1)
            state, parent = fields.split()[:2]
            command = (status.parent / "cmdline").read_bytes()
        except OSError:  # ended meanwhile
            continue
        # multiprocessing keeps one such process until the interpreter ends.
        ours = b"multiprocessing.resource_tracker" in command
        if int(parent) == os.getpid() and state != "Z" and not ours:
            found[int(pid)] = name
    return found
