"""What the engine wrote can be read after its death."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from musiclstm.engine.supervision import shared_memory
from musiclstm.engine.supervision.shared_memory import STATE_SIZE, SharedMemory
from musiclstm.errors import EngineError


@pytest.fixture
def shared() -> Iterator[SharedMemory]:
    shared = SharedMemory.create()
    yield shared
    shared.close()
    shared.delete()


WRITER = """
import sys
from pathlib import Path
from musiclstm.engine.supervision.shared_memory import SharedMemory
shared = SharedMemory.open(Path(sys.argv[1]))
shared.ledger.set_port(0, "Synth:in")
shared.ledger.begin(0, 3, 60)
shared.ledger.begin(0, 3, 64)
shared.ledger.end(0, 3, 60)
print("ready", flush=True)
number = 0
while True:
    number += 1
    shared.write_state(b"%d " % number * 20_000)
    shared.write_counters(number, 7)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing there ends a process without asking it")
def test_it_outlives_a_writer_killed_while_it_writes(shared: SharedMemory) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(shared.path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        while shared.heartbeats < 100:
            pass
        os.kill(process.pid, signal.SIGKILL)
    assert list(shared.ledger.sounding()) == [(0, 3, 64, 1)]
    assert shared.ledger.port(0) == "Synth:in"
    assert shared.acknowledged == 7
    state = shared.read_state()
    assert state is not None
    words = state.split()
    assert len(words) == 20_000
    assert len(set(words)) == 1
    assert int(words[0]) >= shared.heartbeats


def test_a_half_written_state_leaves_the_previous_one(shared: SharedMemory) -> None:
    assert shared.read_state() is None
    assert shared.write_state(b"one")
    assert shared.write_state(b"two")
    content = bytearray(shared.path.read_bytes())
    content[content.rindex(b"two")] = 0
    shared.path.write_bytes(content)
    assert shared.read_state() == b"one"
    other = SharedMemory.open(shared.path)
    other.write_state(b"three")
    other.close()
    assert shared.read_state() == b"three"
    assert not shared.write_state(bytes(STATE_SIZE + 1))


def test_a_missing_file_gives_a_message_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="is gone"):
        SharedMemory.open(tmp_path / "none")
    (tmp_path / "short").write_bytes(b"x")
    with pytest.raises(EngineError, match="is gone"):
        SharedMemory.open(tmp_path / "short")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory that is too small."""
    folder = tmp_path / "full"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    mounted = None
    with suppress(OSError):
        mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted is None or mounted.returncode:
        pytest.skip("needs leave to mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(shared: SharedMemory) -> None:
    for _ in range(2):
        assert shared.write_state(bytes(STATE_SIZE))


def test_where_there_is_no_room_the_next_folder_is_taken(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_memory, "FOLDERS", (str(tmp_path / "none"), str(full), str(tmp_path)))
    shared = SharedMemory.create()
    assert shared.path.parent == tmp_path
    assert list(full.iterdir()) == []
    fill(shared)
    shared.close()
    shared.delete()
    monkeypatch.setattr(shared_memory, "FOLDERS", (str(full),))
    with pytest.raises(EngineError, match=r"There is no room .*full: No space left"):
        SharedMemory.create()
    assert list(full.iterdir()) == []


def test_all_of_it_is_reserved(shared: SharedMemory) -> None:
    about = shared.path.stat()
    assert about.st_blocks * 512 >= about.st_size > 2 * STATE_SIZE


def test_no_room_anywhere_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shared_memory, "_reserve", no_room)
    monkeypatch.setattr(shared_memory, "FOLDERS", (str(tmp_path),))
    with pytest.raises(EngineError) as error:
        SharedMemory.create()
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
