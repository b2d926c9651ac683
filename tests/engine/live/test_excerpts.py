"""Bars and captures of the session that is being played, by command."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from musiclstm.music import midifile
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk


@pytest.mark.slow
def test_bars_and_what_was_just_played_are_saved_while_it_plays(tmp_path: Path) -> None:
    options = EngineOptions(
        output="null", journal=str(tmp_path / "journal"), takes=str(tmp_path / "takes"), tempo=300.0, seed=3, play=True
    )
    desk = Desk(options)

    def saved(count: int) -> Path:
        desk.until(lambda: len(desk.all(telemetry.Saved)) >= count, 30)
        return Path(desk.all(telemetry.Saved)[count - 1].file)

    try:
        desk.until(lambda: desk.notes() and desk.notes()[-1].beat > 13, 40)
        for velocity in (80, 0):
            desk.host.send(commands.PlayerNote(95, velocity))
            time.sleep(0.1)
        desk.host.send(commands.SaveBars(4.0, 12.0, str(tmp_path / "bars.mid")))
        piece = midifile.read(saved(1))
        heard = [note for note in desk.notes() if 4.0 - 1e-3 <= note.beat < 12.0 - 1e-3 and not note.by_person]
        assert len(heard) <= len(piece.notes) <= len(heard) + 8  # those that reach in
        assert {round(n.beat - 4, 2) for n in heard} <= {round(n.onset, 2) for n in piece.notes}
        assert max(note.end for note in piece.notes) <= 8.0
        desk.host.send(commands.SaveLastBars(1, "last.mid"))
        assert saved(2) == tmp_path / "takes" / "last.mid"
        assert midifile.read(saved(2)).length <= 4.0
        desk.host.send(commands.Capture())
        assert saved(3).name.startswith("captured ")
        assert [note.pitch for note in midifile.read(saved(3)).notes] == [95]
        desk.host.send(commands.SaveBars(1e6, 1e6 + 4, str(tmp_path / "none.mid")))
        notice = desk.first(telemetry.Notice, lambda notice: notice.serious)
        assert "Nothing was played in these bars" in notice.text
        assert not (tmp_path / "none.mid").exists()
    finally:
        desk.host.close()
