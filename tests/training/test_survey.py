"""The first reading of a corpus is saved, and not done again as long as nothing changes."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from musiclstm.music import midifile
from musiclstm.music.columns import NoteColumns
from musiclstm.music.note import Piece, TimeBase
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training.kept import Kept
from training.packing import PackedPiece, packed_sources
from training.reading import Source, digest_of, each_of, read
from training.summary import Summary, summary_of
from training.survey import Surveyed, survey

BEATS = TimeBase.BEATS


def sources_of(folder: Path, count: int) -> list[Path | Piece]:
    """MIDI files, one that is none, one that is missing, and a piece in memory."""
    folder.mkdir()
    paths = [folder / f"{number}.mid" for number in range(count)]
    for number, path in enumerate(paths):
        midifile.write(path, random_piece(tiny_vocabulary(), 20, number))
    (folder / "caf\udce9.mid").write_text("no music")
    return [*paths, folder / "caf\udce9.mid", folder / "missing.mid", random_piece(tiny_vocabulary())]


def summaries(sources: list[Path | Piece], folder: Path | None = None, base: TimeBase = BEATS) -> list[Surveyed]:
    return [summary for summary, _ in survey(sources, base, folder)]


def test_it_tells_of_each_or_why_not(tmp_path: Path) -> None:
    sources = sources_of(tmp_path / "midi", 3)
    found = summaries(sources)
    assert found[0] == summary_of(midifile.read(tmp_path / "midi" / "0.mid"))
    assert [isinstance(each, Summary) for each in found] == [True, True, True, False, False, True]
    assert "not a MIDI file" in str(found[3])


def test_a_file_larger_than_the_memory_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.mid").open("wb") as file:
        file.truncate(1 << 40)
    (told,) = summaries([tmp_path / "huge.mid"], tmp_path / "run")
    assert "too large to be a MIDI file" in str(told)


def test_a_file_that_takes_too_long_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are read, and no alarm rings later."""
    sources = sources_of(tmp_path / "midi", 3)
    read_columns = midifile.read_columns

    def slow(path: Path, base: TimeBase) -> tuple[Piece, NoteColumns]:
        while path.name == "1.mid":
            pass
        return read_columns(path, base)

    monkeypatch.setattr(midifile, "read_columns", slow)
    monkeypatch.setattr("training.reading.LONGEST", 0.2)
    found = summaries(sources)
    assert found[1] == "it took longer than 0.2 s to read"
    assert [isinstance(each, Summary) for each in found] == [True, False, True, False, False, True]
    paths = [(path.name, path) for path in sources if isinstance(path, Path)]
    packed = dict(packed_sources(paths, tiny_vocabulary()))
    assert "took longer" in str(packed["1.mid"])
    assert isinstance(packed["2.mid"], PackedPiece)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.parametrize("processes", [1, 2])
def test_each_process_can_be_alarmed(processes: int) -> None:
    assert all(each_of(in_main_thread, range(20), processes))


def in_main_thread(_: int) -> bool:
    return threading.current_thread() is threading.main_thread()


def test_what_is_saved_is_what_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same from one process and from two; and nothing is read again, unless a file has changed."""
    sources = sources_of(tmp_path / "midi", 40)
    expected = summaries(sources)
    for processes in (1, 2):
        monkeypatch.setattr("training.reading.processes_for", lambda _, processes=processes: processes)
        assert summaries(sources, tmp_path / str(processes)) == expected
    (one,), (two,) = (tmp_path / "1").iterdir(), (tmp_path / "2").iterdir()
    assert (one.name, one.read_bytes()) == (two.name, two.read_bytes())
    opened = reads_of(monkeypatch)
    assert summaries(sources, tmp_path / "1") == expected
    assert opened == []
    midifile.write(tmp_path / "midi" / "7.mid", random_piece(tiny_vocabulary(), 20, 99))
    assert summaries(sources, tmp_path / "1") != expected
    assert len(opened) == len(sources) - 1
    assert summaries(sources, tmp_path / "1", TimeBase.SECONDS) == summaries(sources, base=TimeBase.SECONDS)


def reads_of(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that this process reads from now on."""
    found: list[Path] = []
    really = midifile.read_columns
    monkeypatch.setattr("training.reading.processes_for", lambda _: 1)

    def noted(path: Path, base: TimeBase) -> object:
        found.append(path)
        return really(path, base)

    monkeypatch.setattr(midifile, "read_columns", noted)
    return found


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("base", list(TimeBase))
def test_what_was_read_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int, base: TimeBase) -> None:
    """It is the same piece as read again, for a store too, and the file is not opened any more."""
    sources = sources_of(tmp_path / "midi", 20)
    pieces = [midifile.read(source, base) for source in sources[:20] if isinstance(source, Path)]
    vocabulary = replace(tiny_vocabulary(), base=base)
    expected = list(packed_sources([("a", piece) for piece in pieces], vocabulary))
    digests = [digest_of(source) for source in sources]
    monkeypatch.setattr("training.reading.processes_for", lambda _: processes)
    kept: list[Source] = [source for _, source in survey(sources, base, tmp_path / "run")]
    assert [digest_of(source) for source in kept] == digests
    assert [isinstance(source, Kept) for source in kept] == [True] * 20 + [False] * 3
    for source in sources[:20]:
        assert isinstance(source, Path)
        source.unlink()
    opened = reads_of(monkeypatch)
    assert [read(source, base) for source in kept[:20]] == pieces
    packed = list(packed_sources([("a", source) for source in kept[:20]], vocabulary))
    for (_, one), (_, other) in zip(packed, expected, strict=True):
        assert isinstance(one, PackedPiece)
        assert isinstance(other, PackedPiece)
        assert one.events.tobytes() == other.events.tobytes()
        assert (one.span, one.meters.tolist()) == (other.span, other.meters.tolist())
    assert opened == []


def test_what_could_not_be_read_for_a_moment_is_read_again(tmp_path: Path) -> None:
    """As the files of a disk that is taken out during the first reading, and put in again."""
    sources = sources_of(tmp_path / "midi", 3)[:4]
    expected = summaries(sources)

    def take_out(read: int, _: int) -> None:
        if read == 1:
            (tmp_path / "midi").rename(tmp_path / "out")

    interrupted = [summary for summary, _ in survey(sources, BEATS, tmp_path / "run", take_out)]
    assert interrupted[0] == expected[0]
    assert "There is no file" in str(interrupted[1])
    (tmp_path / "out").rename(tmp_path / "midi")
    assert summaries(sources, tmp_path / "run") == expected


def test_what_is_kept_goes_with_the_program(tmp_path: Path) -> None:
    """Beside the survey nothing is left in the folder that can be seen, however the program ends."""
    kept = list(survey(sources_of(tmp_path / "midi", 3), BEATS, tmp_path / "run"))
    assert isinstance(kept[0][1], Kept)
    assert [path.name[:7] for path in (tmp_path / "run").iterdir()] == ["survey-"]


@pytest.mark.parametrize("cut", [0, 30, 64, 200, -1])
def test_a_damaged_one_is_made_again(tmp_path: Path, cut: int) -> None:
    sources = sources_of(tmp_path / "midi", 2)
    expected = summaries(sources, tmp_path / "run")
    (path,) = (tmp_path / "run").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    assert summaries(sources, tmp_path / "run") == expected
    assert path.read_bytes() == whole
