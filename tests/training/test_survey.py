"""The first reading of a corpus is saved, and not done again as long as nothing changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.music import midifile
from musiclstm.music.note import TimeBase
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training.reading import Source
from training.summary import Summary, summary_of
from training.survey import Told, survey, told

BEATS = TimeBase.BEATS


def sources_of(folder: Path, count: int) -> list[Source]:
    """MIDI files, one that is none, one that is missing, and a piece in memory."""
    folder.mkdir()
    paths = [folder / f"{number}.mid" for number in range(count)]
    for number, path in enumerate(paths):
        midifile.write(path, random_piece(tiny_vocabulary(), 20, number))
    (folder / "caf\udce9.mid").write_text("no music")
    return [*paths, folder / "caf\udce9.mid", folder / "missing.mid", random_piece(tiny_vocabulary())]


def test_it_tells_of_each_or_why_not(tmp_path: Path) -> None:
    sources = sources_of(tmp_path / "midi", 3)
    found = list(survey(sources, BEATS))
    assert found[0] == summary_of(midifile.read(tmp_path / "midi" / "0.mid"))
    assert [isinstance(each, Summary) for each in found] == [True, True, True, False, False, True]
    assert "not a MIDI file" in str(found[3])


def test_what_is_saved_is_what_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same from one process and from two; and nothing is read again, unless a file has changed."""
    sources = sources_of(tmp_path / "midi", 40)
    for processes in (1, 2):
        monkeypatch.setattr("training.survey.processes_for", lambda _, processes=processes: processes)
        assert list(survey(sources, BEATS, tmp_path / str(processes))) == [told(each, BEATS) for each in sources]
    (one,), (two,) = (tmp_path / "1").iterdir(), (tmp_path / "2").iterdir()
    assert (one.name, one.read_bytes()) == (two.name, two.read_bytes())
    expected = list(survey(sources, BEATS))
    read: list[Source] = []
    monkeypatch.setattr("training.survey.processes_for", lambda _: 1)

    def noted(source: Source, base: TimeBase) -> Told:
        read.append(source)
        return told(source, base)

    monkeypatch.setattr("training.survey.told", noted)
    assert list(survey(sources, BEATS, tmp_path / "1")) == expected
    assert read == []
    midifile.write(tmp_path / "midi" / "7.mid", random_piece(tiny_vocabulary(), 20, 99))
    assert list(survey(sources, BEATS, tmp_path / "1")) != expected
    assert len(read) == len(sources)
    assert next(iter(survey(sources, TimeBase.SECONDS, tmp_path / "1"))) == told(sources[0], TimeBase.SECONDS)


@pytest.mark.parametrize("cut", [0, 30, 64, 200, -1])
def test_a_damaged_one_is_made_again(tmp_path: Path, cut: int) -> None:
    sources = sources_of(tmp_path / "midi", 2)
    expected = list(survey(sources, BEATS, tmp_path / "run"))
    (path,) = (tmp_path / "run").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    assert list(survey(sources, BEATS, tmp_path / "run")) == expected
    assert path.read_bytes() == whole
