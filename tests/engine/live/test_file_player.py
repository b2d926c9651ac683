"""A file is heard as it is: nothing of it is recorded, and nothing of it hangs, however it ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.engine.clock.base import InternalClock
from musiclstm.engine.live.background import Background
from musiclstm.engine.live.file_player import FilePlayer, messages_of
from musiclstm.engine.recording import journal_files
from musiclstm.engine.scheduler.scheduler import Scheduler, Sent
from musiclstm.errors import UsageError
from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk
from tests.engine.ears import Ears

PARTS = (Part("lead", 40, 2), Part("bass", 33, 3))


def song(path: Path, notes: int = 6, beats: float = 0.2) -> Path:
    """At 120 BPM: a note in each part, again and again."""
    each = (
        Note(index * beats, beats * 0.9, 60 + index % 12 - 24 * part, 90, part)
        for index in range(notes)
        for part in (0, 1)
    )
    midifile.write(path, Piece(tuple(sorted(each)), parts=PARTS, tempo=120.0))
    return path


class Bench:
    """`until` does what the engine's thread would do."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.sent: list[Sent] = []
        self.told: list[telemetry.Telemetry] = []
        self.stopped = 0
        self.scheduler = Scheduler(InternalClock(120.0), on_sent=self.sent.append)
        self.reader = Background("reader", self.calls.put, lambda text: self.told.append(telemetry.Notice(text)))
        self.file_player = FilePlayer(
            self.scheduler, self.reader, self.told.append, call_later=self.calls.put, on_stopped=self._count
        )

    def _count(self) -> None:
        self.stopped += 1

    def until(self, ready: Callable[[], object]) -> None:
        deadline = time.monotonic() + 15
        while not ready():
            assert time.monotonic() < deadline, self.told
            try:
                self.calls.get(timeout=0.01)()
            except Empty:
                continue

    def ons(self) -> list[bytes]:
        return [each.entry.message for each in self.sent if each.entry.message[0] & 0xF0 == 0x90]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.file_player.close()
    made.scheduler.close()
    made.reader.close()


def test_it_is_heard_to_its_end(bench: Bench, tmp_path: Path) -> None:
    file = str(song(tmp_path / "a.mid"))
    bench.file_player.hear(file)
    bench.until(lambda: telemetry.Heard(None) in bench.told)
    assert len(bench.ons()) == 12
    assert [each.entry.message for each in bench.sent[:2]] == [bytes((0xC2, 40)), bytes((0xC3, 33))]
    assert not bench.scheduler.sounding()
    assert bench.stopped == 1
    first = bench.told[0]
    assert isinstance(first, telemetry.Heard)
    assert first.file == file
    assert first.length == pytest.approx(0.6, abs=0.1)


@pytest.mark.parametrize("how", ["stop", "close", "another"])
def test_it_leaves_no_note_wherever_it_is_stopped(bench: Bench, tmp_path: Path, how: str) -> None:
    bench.file_player.hear(str(song(tmp_path / "a.mid", 200)))
    bench.until(lambda: len(bench.ons()) > 3 and bench.scheduler.sounding())
    if how == "another":
        bench.file_player.hear(str(song(tmp_path / "b.mid", 1)))
    else:
        getattr(bench.file_player, how)()
    assert not bench.scheduler.sounding()
    heard = len(bench.ons())
    bench.until(lambda: how != "another" or len(bench.ons()) == heard + 2)


def test_another_takes_its_place_without_a_word_of_an_end(bench: Bench, tmp_path: Path) -> None:
    """Whoever asked for the other would take it for the end of that."""
    bench.file_player.hear(str(song(tmp_path / "a.mid", 200)))
    bench.until(lambda: len(bench.ons()) > 3)
    other = str(song(tmp_path / "b.mid", 1))
    bench.file_player.hear(other)
    bench.until(lambda: telemetry.Heard(None) in bench.told)
    first = next(index for index, each in enumerate(bench.told) if getattr(each, "file", "") == other)
    assert first < bench.told.index(telemetry.Heard(None))
    bench.file_player.hear(str(song(tmp_path / "a.mid", 200)))
    bench.until(lambda: bench.ons()[14:])
    with pytest.raises(UsageError):
        bench.file_player.hear(str(tmp_path / "none.mid"))
    assert bench.told[-1] == telemetry.Heard(None)


def test_what_is_no_music_is_one_line(bench: Bench, tmp_path: Path) -> None:
    for name in ("none.mid", f"{300 * 'n'}.mid"):
        with pytest.raises(UsageError, match="no MIDI file"):
            bench.file_player.hear(str(tmp_path / name))
    (tmp_path / "bad.mid").write_bytes(b"no music")
    bench.file_player.hear(str(tmp_path / "bad.mid"))
    bench.until(lambda: len(bench.told) == 2)
    assert {type(each) for each in bench.told} == {telemetry.Notice, telemetry.Heard}


NOTES = st.builds(Note, st.floats(0, 50), st.floats(0, 5), st.integers(0, 127), st.integers(0, 127), st.integers(0, 1))


@given(st.lists(NOTES, max_size=30))
def test_each_note_ends_after_it_began(notes: list[Note]) -> None:
    messages = messages_of(Piece(tuple(sorted(notes)), TimeBase.SECONDS, parts=PARTS))
    assert [seconds for seconds, _ in messages] == sorted(seconds for seconds, _ in messages)
    sounding: Counter[tuple[int, int]] = Counter()
    for _, message in messages[2:]:
        sounding[message[0] & 0x0F, message[1]] += 1 if message[0] & 0xF0 == 0x90 else -1
        assert min(sounding.values()) >= 0
    assert not +sounding


@pytest.mark.jack
def test_the_engine_stops_to_let_it_be_heard_and_forgets_it(
    desks: Callable[..., Desk], options: EngineOptions, listener: Ears, tmp_path: Path
) -> None:
    file = str(song(tmp_path / "a.mid", 300))
    desk = desks(replace(options, output=listener.full_name))
    desk.until(lambda: len(desk.notes()) > 3)
    desk.host.send(commands.Hear(file))
    desk.first(telemetry.Heard, lambda heard: heard.file == file)
    played = len(desk.notes())
    assert not desk.status().playing
    assert listener.wait(lambda: {(0x92, 63), (0x93, 39)} <= {(m[0], m[1]) for _, m in listener.messages})
    assert len(desk.notes()) == played
    desk.host.send(commands.Play())
    desk.first(telemetry.Heard, lambda heard: heard.file is None)
    desk.until(lambda: len(desk.notes()) > played + 3)
    desk.host.send(commands.Stop())
    assert listener.wait(lambda: not listener.sounding())
    desk.host.send(commands.Hear(file))
    desk.until(lambda: [heard for heard in desk.all(telemetry.Heard) if heard.file][-1].seconds < 1)
    assert listener.wait(lambda: len(listener.sounding()) == 2)
    desk.kill()
    assert listener.wait(lambda: not listener.sounding())
    lines = [line for path in Path(options.journal or "").glob("*.jsonl") for line in journal_files.read(path)]
    assert sum(line[0] == "note" and line[5] > 0 for line in lines) == len(desk.notes())
