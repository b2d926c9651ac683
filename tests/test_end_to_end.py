"""From a folder of MIDI files to a model to new MIDI files, by commands alone."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import mido
import pytest

from musiclstm import compiled
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note, Part, Piece
from musiclstm.paths import journal
from tests import midi
from tests.waiting import wait_for

PARTS = (Part("Tune", 73, 0), Part("Bass", 33, 1))
STEPS = 60


def musiclstm(folder: Path, line: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, as a person would."""
    command = [sys.executable, "-m", "musiclstm", *line.split()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of broken chords over a held bass, and `tiny.onnx`, which was trained on it for a moment."""
    folder = tmp_path_factory.mktemp("person")
    (folder / "corpus" / "deeper").mkdir(parents=True)
    for number in range(30):
        midifile.write(folder / "corpus" / "deeper" / f"{number}.mid", tune(number))
    (folder / "corpus" / "broken.mid").write_bytes(midi.content("two_voices")[:60])
    (folder / "corpus" / "readme.txt").write_text("no music")
    done = musiclstm(folder, f"train corpus -o tiny.onnx --steps {STEPS} --units 48 --lanes 8 --window 32")
    # Files that cannot be read are named with the reason, and skipped.
    assert "broken.mid" in done.stderr
    assert "it is cut short" in done.stderr
    return folder


def tune(number: int) -> Piece:
    rng = random.Random(number)
    notes = []
    for bar in range(8):
        root = rng.choice((60, 65, 67))
        notes.append(Note(4 * bar, 4, root - 24, 80, 1))
        notes += [Note(4 * bar + beat, 1, root + step, 80, 0) for beat, step in enumerate((0, 4, 7, 12))]
    return Piece(tuple(sorted(notes)), meters=(Meter(),), tempo=96.0, parts=PARTS)


def test_training_has_an_effect(folder: Path) -> None:
    found = json.loads(musiclstm(folder, "evaluate --model tiny.onnx corpus --json").stdout)
    assert (found["pieces"], found["notes"]) == (30, 1200)
    assert [each["file"] for each in found["skipped"]] == ["corpus/broken.mid"]
    assert found["nats_per_note"] < found["card"]["order 0"]["nats_per_note"]
    table = musiclstm(folder, "evaluate --model tiny.onnx corpus").stdout
    assert "0-order" in table
    assert "1st-order" in table


def test_the_same_seed_gives_the_same_bytes_in_another_process(folder: Path) -> None:
    for name in ("a.mid", "b.mid"):
        musiclstm(folder, f"generate --model tiny.onnx --bars 8 --seed 7 -o {name}")
    assert (folder / "a.mid").read_bytes() == (folder / "b.mid").read_bytes()


def test_the_files_it_writes_are_complete(folder: Path) -> None:
    musiclstm(folder, "generate --model tiny.onnx --bars 16 --count 6 --seed 1 --tempo 96 -o out")
    written = sorted((folder / "out").iterdir())
    assert len(written) == 6
    for path in written:
        file = mido.MidiFile(path)
        assert [track.name for track in file.tracks][1:] == ["Tune", "Bass"]
        sounding: Counter[tuple[int, int]] = Counter()
        for message in file:
            if message.type in ("note_on", "note_off"):
                key = message.channel, message.note
                sounding[key] += 1 if message.type == "note_on" and message.velocity else -1
                assert sounding[key] in (0, 1)
        assert not +sounding
        # Sixteen bars at 96 BPM are forty seconds.
        assert 30 < file.length <= 40.01
    assert len({path.read_bytes() for path in written}) == 6
    found = json.loads(musiclstm(folder, "evaluate --model tiny.onnx out --json").stdout)
    assert found["pieces"] == 6


def test_it_continues_from_a_file(folder: Path) -> None:
    prime = folder / "corpus" / "deeper" / "0.mid"
    musiclstm(folder, f"generate --model tiny.onnx --prime {prime} --bars 4 --seed 2 -o longer.mid")
    first, longer = midifile.read(prime), midifile.read(folder / "longer.mid")
    assert [n for n in longer.notes if n.onset < 32 and n.part == 0] == [n for n in first.notes if n.part == 0]
    assert any(n.onset >= 32 for n in longer.notes)
    assert longer.tempo == first.tempo


def test_it_plays_and_records(folder: Path) -> None:
    done = musiclstm(folder, "play --model tiny.onnx --out null --seconds 3 --seed 3 --record take3.mid")
    assert "Saved take3.mid" in done.stdout
    assert done.stderr == ("" if compiled.compiled() else f"musiclstm: {compiled.NOTE}\n")
    take = midifile.read(folder / "take3.mid")
    assert {part.name for part in take.parts} <= {"Tune", "Bass"}
    assert 2 < take.length * 60 / take.tempo < 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_plays_until_a_signal(folder: Path, number: signal.Signals) -> None:
    take = folder / f"{number.name}.mid"
    with streaming(
        folder, "play", "--model", "tiny.onnx", "--out", "null", "--seed", "3", "--record", take.name
    ) as process:
        assert "Playing" in process.stdout.readline()
        until_it_has_played()
        process.send_signal(number)
        assert "Saved" in process.stdout.readline()
    assert midifile.read(take).notes


def test_without_a_display_it_streams_and_says_so_in_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    (folder / "take.mid").write_bytes(b"an earlier take")
    with streaming(folder) as process:
        first = process.stdout.readline()
        assert first.startswith("There is no display, so chorales plays")
        assert "take-2.mid" in first
        assert "Playing" in process.stdout.readline()
        until_it_has_played()
        process.send_signal(signal.SIGINT)
    assert midifile.read(folder / "take-2.mid").notes
    assert (folder / "take.mid").read_bytes() == b"an earlier take"


def until_it_has_played() -> None:
    """Notes are in the journal, and so will be in the take."""
    wait_for(lambda: any('["note"' in path.read_text() for path in journal().rglob("*.jsonl")))


class Streaming(subprocess.Popen[str]):
    stdout: IO[str]
    stderr: IO[str]


@contextmanager
def streaming(folder: Path, *arguments: str) -> Iterator[Streaming]:
    """A command that runs until a signal, and then ends without an error."""
    command = [sys.executable, "-m", "musiclstm", *arguments]
    with Streaming(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
            process.wait(30)
            assert (process.returncode, process.stderr.read()) == (0, "")
        finally:
            process.kill()
