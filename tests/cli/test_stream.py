"""The stream without a window, in a process of its own, ended in every possible way."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

import pytest

from musiclstm.cli.closing import Close
from musiclstm.cli.stream import _Monitor, play
from musiclstm.engine.supervision.host import library
from musiclstm.errors import EngineError, UsageError
from musiclstm.music import midifile
from musiclstm.protocol.commands import LoadSetList
from musiclstm.protocol.options import EngineOptions
from musiclstm.protocol.telemetry import Loaded, Played, Status
from tests.engine.cut_off import cut_off
from tests.engine.ears import Ears, ears
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and JACK are of Linux and macOS")

PLAYER = """
import sys
from musiclstm.protocol.options import EngineOptions
from musiclstm.cli.stream import play
model, output, journal, record = sys.argv[1:]
options = EngineOptions(model=model, output=output, tempo=240, seed=1, journal=journal, play=True)
sys.exit(play(options, record=record or None))
"""


@dataclass
class Stream:
    """A playing process and the folder of its journal."""

    process: "subprocess.Popen[str]"
    journal: Path

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; the exit code, and the output from then on."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=10)
        return self.process.returncode, rest


@pytest.fixture
def stream(dense: Path, tmp_path: Path) -> Iterator[Callable[..., Stream]]:
    streams: list[Stream] = []

    def begin(output: str, record: str = "") -> Stream:
        journal = tmp_path / "journal"
        command = [sys.executable, "-c", PLAYER, str(dense), output, str(journal), record]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        streams.append(Stream(process, journal))
        return streams[-1]

    yield begin
    for each in streams:
        each.process.kill()
        each.process.communicate()


def descendants(pid: int) -> list[int]:
    """Living processes that a process started, the engine and the guard among them."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def alive(pids: list[int]) -> list[int]:
    return [
        pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text()
    ]


def test_it_plays_for_the_given_time_and_records(
    options: EngineOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines: list[str] = []
    begun = time.monotonic()
    assert play(options, 1.5, "take.mid", lines.append) == 0
    assert time.monotonic() - begun > 1.5
    assert lines[0].startswith("Playing Dense silently at 240")
    assert lines[-1] == "Saved take.mid"
    file = tmp_path / "take.mid"
    takes = library(options)
    takes.look(lambda _: None)
    assert [each.summary.saved for each in takes.entries() if each.summary] == [str(file)]  # wherever they are listed
    piece = midifile.read(file)
    assert len(piece.notes) > 5
    assert piece.tempo == 240
    assert not cut_off(options)


def test_it_says_that_it_waits_for_a_clock() -> None:
    lines: list[str] = []
    monitor = _Monitor(SimpleQueue(), lines.append, 1.0, Close(), lambda _: None, "Drums:clock")
    monitor._is_over(Loaded("dense", "Dense", (), 0, 127, 1, 1, "beats", 4.0, ()))
    status = Status(0.0, 0.0, 240.0, True, "solo", "midi", False, "null", True, None, False)
    for message in (status, status, Played(1, 0.0, 0, 60, 80, 0.0, 0.0, by_person=False), status):
        monitor._is_over(message)
    assert lines[0] == "Dense waits for MIDI clock from Drums:clock. Press Ctrl-C to stop."
    assert [line.split()[0] for line in lines] == ["Dense", "Playing"]


def test_a_set_list_is_introduced_once_it_is_loaded_and_a_song_that_ends_is_told(
    options: EngineOptions, tmp_path: Path
) -> None:
    """The tempo is the song's, and the stream stays for the next song, also after a close of its own."""
    file = tmp_path / "evening.toml"
    lines: list[str] = []
    song = '[[song]]\ntitle = "One"\ntempo = 600\nchain = "A"\nat_end = "end"\n[song.A]\nbars = 2\n'
    file.write_text(f"format = 1\n{song}", encoding="utf-8")

    songs = (LoadSetList(str(file), play=True),)
    play(replace(options, play=False), 4.0, report=lines.append, commands=songs)
    assert [line.split()[0] for line in lines] == ["Playing", "One"]
    assert "at 600 BPM" in lines[0]


def test_it_ends_with_the_bar_that_was_asked_for(options: EngineOptions, tmp_path: Path) -> None:
    lines: list[str] = []
    file = tmp_path / "take.mid"
    assert play(options, None, str(file), lines.append, close=Close(bars=3)) == 0
    assert "It ends with bar 3." in lines[0]
    assert midifile.read(file).length == pytest.approx(12, abs=0.05)


@pytest.mark.parametrize(
    ("changes", "arguments", "said"),
    [
        ({"model": "no such model"}, {}, "no such model"),
        ({"output": "no such port"}, {}, "no such port"),
        ({"input": "no such input"}, {}, "no such input"),
        ({}, {"seconds": -1.0}, "above 0"),
        ({}, {"record": "no/such/folder/a.mid"}, "no folder"),
    ],
)
def test_a_failure_gives_a_message_of_one_line(
    options: EngineOptions, changes: dict[str, str], arguments: dict[str, object], said: str
) -> None:
    with pytest.raises((EngineError, UsageError), match=said) as caught:
        play(replace(options, **changes), **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_the_first_error_is_shown_although_there_is_nothing_to_record(options: EngineOptions, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no such model"):
        play(replace(options, model="no such model"), record=str(tmp_path / "take.mid"))
    assert not (tmp_path / "take.mid").exists()


@pytest.mark.jack
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_note_and_records(
    stream: Callable[..., Stream], listener: Ears, tmp_path: Path, number: int
) -> None:
    file = tmp_path / "take.mid"
    playing = stream(listener.full_name, str(file))
    assert "Playing Dense" in playing.line()
    assert listener.wait(lambda: listener.ons() > 8 and sum(listener.sounding().values()) >= 2)
    code, said = playing.end(number)
    assert code == 0
    assert said.endswith(f"Saved {file}\n")
    assert not listener.sounding()
    # A JACK server without real-time rights may lose a note, or deliver one twice; the journal does not.
    taken = Counter(note.pitch for note in midifile.read(file).notes)
    assert sum(taken.values()) > 6
    assert not listener.begun() - taken


@pytest.mark.jack
def test_a_kill_ends_its_notes_and_its_processes(stream: Callable[..., Stream], listener: Ears) -> None:
    playing = stream(listener.full_name)
    playing.line()
    assert listener.wait(lambda: listener.ons() > 8 and sum(listener.sounding().values()) >= 2)
    children = descendants(playing.process.pid)
    assert len(children) == 2
    playing.end(signal.SIGKILL)
    assert listener.wait(lambda: not listener.sounding())
    wait_for(lambda: not alive(children))
    assert not listener.sounding()


@pytest.mark.jack
def test_when_host_and_engine_are_killed_the_guard_ends_the_notes(
    stream: Callable[..., Stream], listener: Ears, tmp_path: Path, options: EngineOptions
) -> None:
    playing = stream(listener.full_name)
    playing.line()
    assert listener.wait(lambda: listener.ons() > 8 and sum(listener.sounding().values()) >= 2)
    time.sleep(0.5)
    for pid in descendants(playing.process.pid):
        if b"engine.live.process" in Path(f"/proc/{pid}/cmdline").read_bytes():
            engine = pid
        else:
            guard = pid
    os.kill(playing.process.pid, signal.SIGSTOP)  # so that it restarts nothing
    os.kill(engine, signal.SIGKILL)
    playing.end(signal.SIGKILL)
    assert listener.wait(lambda: not listener.sounding())
    wait_for(lambda: not alive([guard]))
    (one,) = cut_off(options)
    library(options).save(one.session, str(tmp_path / "recovered.mid"))
    assert len(midifile.read(tmp_path / "recovered.mid").notes) > 8
    assert not cut_off(options)


@pytest.mark.jack
def test_a_port_that_disappears_is_reconnected(stream: Callable[..., Stream], jack_server: object) -> None:
    with ears("comes and goes") as listener:
        playing = stream(listener.full_name)
        playing.line()
        assert listener.wait(lambda: listener.ons() > 3)
    assert "disconnected" in playing.line()
    with ears("comes and goes") as listener:
        assert "reconnected." in playing.line()
        assert listener.wait(lambda: listener.ons() > 3)
        # Programs are sent again: it may be another instrument.
        assert any(message[0] & 0xF0 == 0xC0 for _, message in listener.messages)
        assert playing.end(signal.SIGINT)[0] == 0
        assert not listener.sounding()
