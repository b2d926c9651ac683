"""A set list in a real engine: loaded, played, stored, saved, and there again after a crash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musiclstm import set_list
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk
from tests.model.tiny import tiny_model


def test_an_evening_with_a_set_list(options: EngineOptions, tmp_path: Path) -> None:
    other = tiny_model(tmp_path, name="other", seed=3)
    file = tmp_path / "evening.toml"
    file.write_text(
        f'format = 1\n[[song]]\ntempo = 300\nchain = "A B"\nat_end = "repeat"\n'
        f'[song.A]\nbars = 1\nmodel = "{options.model}"\n'
        f'[song.B]\nbars = 1\nmodel = "{other}"\ncontrols = {{density = 0.25}}\n[song.C]\n[[song]]\n[song.A]\n',
        encoding="utf-8",
    )
    desk = Desk(replace(options, play=False))
    try:
        # A name that no file can have is a notice as well, and the music goes on.
        too_long = 300 * "n"
        desk.host.send(commands.LoadSetList(too_long))
        desk.first(telemetry.Notice, lambda notice: notice.serious and too_long in notice.text)
        desk.host.send(commands.LoadSetList(str(tmp_path / "nothing.toml")))
        desk.first(telemetry.Notice, lambda notice: notice.serious and "nothing.toml" in notice.text)
        desk.host.send(commands.LoadSetList(str(file), play=True))
        first = desk.first(telemetry.FormChanged)
        assert (first.letter, first.sections, first.chain, first.songs) == ("A", ("A", "B", "C"), "A B", ("", ""))
        desk.first(telemetry.Loaded, lambda message: message.model == str(other))
        desk.first(telemetry.FormChanged, lambda message: message.letter == "A" and message.begin > 4)
        assert desk.status().tempo == 300
        desk.host.send(commands.Section("C"))
        lasting = desk.first(telemetry.FormChanged, lambda message: message.letter == "C")
        assert lasting.until is None
        desk.host.send(commands.StoreSection("D"))
        desk.host.send(commands.SaveSetList(str(tmp_path / "kept.toml")))
        desk.first(telemetry.Saved)
        assert sorted(set_list.read(tmp_path / "kept.toml").songs[0].sections) == ["A", "B", "C", "D"]
        # The engine dies: the form is there again, and its models too.
        desk.status()
        desk.kill()
        desk.first(telemetry.Exited)
        since = len(desk.heard)
        desk.until(lambda: [m for m in desk.heard[since:] if isinstance(m, telemetry.FormChanged) and m.letter == "C"])
        desk.until(lambda: desk.notes()[-1].time > desk.status().time - 5)
        desk.host.send(commands.Section("B"))
        desk.until(lambda: [m for m in desk.heard[since:] if isinstance(m, telemetry.FormChanged) and m.letter == "B"])
        desk.until(lambda: [m for m in desk.heard[since:] if isinstance(m, telemetry.Loaded)])
    finally:
        desk.host.close()
    assert not desk.hanging()
