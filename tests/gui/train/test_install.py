"""Where PyTorch is missing, the Train page says so and installs it when asked."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError

import pytest
from PySide6.QtGui import QGuiApplication

from musiclstm import paths
from musiclstm.gui.train import installer
from musiclstm.gui.train.training import Training
from tests.gui.train.conftest import TrainBench


def test_without_pytorch_it_says_what_to_install(bench: TrainBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Training, "possible", staticmethod(lambda: False))
    dialog = bench.dialog
    assert dialog.missing.isVisible()
    command = dialog.missing.command.text()
    assert sys.executable in command
    assert "pip install" in command
    assert "[train]" in command
    dialog.missing.copy.click()
    assert QGuiApplication.clipboard().text() == command


@pytest.mark.parametrize("installed", [True, False])
def test_the_program_is_not_installed_anew_while_it_runs(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    def version(_name: str) -> str:
        if not installed:
            raise PackageNotFoundError
        return "1"

    monkeypatch.setattr("musiclstm.gui.train.installer.metadata.version", version)
    words = installer.command()
    assert ("-e" in words) != installed
    assert words[-1] == ("musiclstm[train]" if installed else f"{paths.resources().parent}[train]")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('WARNING: Retrying'); print('Collecting torch')", ""),
        ("print('Collecting'); print('WARNING: Retrying'); raise SystemExit(1)", "installed: Collecting."),
        ("print('ERROR: No matching distribution found for torch'); raise SystemExit(1)", "No matching distribution"),
        ("raise SystemExit(3)", "pip ended with code 3"),
        ("import os; os.abort()", "could not be installed"),
    ],
)
def test_it_is_installed_when_asked(bench: TrainBench, monkeypatch: pytest.MonkeyPatch, code: str, why: str) -> None:
    there: list[bool] = []
    monkeypatch.setattr(Training, "possible", staticmethod(lambda: bool(there)))
    dialog = bench.dialog
    missing = dialog.missing
    missing.installer.program = [sys.executable, "-c", code]  # instead of pip
    there.append(True)
    missing.install.click()
    assert not missing.install.isEnabled()
    bench.until(missing.install.isEnabled)
    assert dialog._pages.currentWidget() is (missing if why else dialog.form)
    assert why in dialog.message.full


def test_the_installation_is_cancelled(bench: TrainBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Training, "possible", staticmethod(lambda: False))
    dialog = bench.dialog
    missing = dialog.missing
    code = "import time; print('Downloading', flush=True); time.sleep(60)"
    missing.installer.program = [sys.executable, "-c", code]
    missing.install.click()
    bench.until(lambda: missing.said.full == "Downloading")
    missing.cancel.click()
    bench.until(lambda: dialog.message.full == "The installation was cancelled; Install begins it again.")
    missing.installer.program = ["/nowhere/python"]
    missing.install.click()
    bench.until(lambda: dialog.message.full.startswith("It cannot be installed"))
    assert missing.install.isEnabled()
