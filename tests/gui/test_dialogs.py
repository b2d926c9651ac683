"""Help, About and the seed: beside the music, in the look of the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from musiclstm import paths
from musiclstm.gui.dialogs.help import TextDialog, about_text
from musiclstm.gui.dialogs.seed import SeedDialog
from musiclstm.gui.look.theme import LIGHT
from musiclstm.protocol import commands
from tests.gui.conftest import Bench


def test_the_seed_is_sent_and_stops_nothing(bench: Bench) -> None:
    bench.window.press("play")
    bench.window.press("seed")
    (dialog,) = bench.window.findChildren(SeedDialog)
    assert QApplication.activeModalWidget() is None
    dialog.seed.setValue(42)
    dialog.use.click()
    assert bench.sent(commands.Seed) == [commands.Seed(42)]
    assert not dialog.isVisible()
    assert bench.host.playing


def test_about_tells_of_each_model_what_it_was_trained_on(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.onnx").write_bytes(b"")
    (tmp_path / "mine.md").write_text("# Mine\n\n- Corpus: my songs\n- Licence: mine\n\nFigures\n\n| a | b |\n")
    (tmp_path / "study.md").write_text("# What was tried\n")
    monkeypatch.setattr(paths, "resources", lambda: tmp_path)
    bench.window.press("about")
    (dialog,) = bench.window.findChildren(TextDialog)
    text = dialog.page.toPlainText()
    assert "Mine" in text
    assert "my songs" in text
    assert "Figures" not in text
    assert "What was tried" not in text


def test_about_without_models() -> None:
    assert "No models" in about_text("1", [])


def test_a_heading_is_larger_than_the_text_but_not_by_much(bench: Bench) -> None:
    bench.window.press("help")
    (dialog,) = bench.window.findChildren(TextDialog)
    document = dialog.page.document()
    assert document.firstBlock().text() == "musiclstm"
    assert document.firstBlock().layout().boundingRect().height() > document.begin().next().layout().lineAt(0).height()
    assert "Ctrl+J" in document.toPlainText()


def test_takes_follow_the_theme(bench: Bench) -> None:
    bench.window.press("takes")
    bench.look.choose("light")
    dialog = bench.window.dialogs._open["takes"]
    assert dialog.list._painter.theme is LIGHT  # type: ignore[attr-defined]
    assert dialog.details.picture._theme is LIGHT  # type: ignore[attr-defined]
