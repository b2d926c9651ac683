"""Outputs: chosen in the window, with the driver and the latency of the preferences, and kept for the next run."""

from __future__ import annotations

import argparse
from typing import cast

import pytest
from PySide6.QtCore import QSettings

from musiclstm.gui.app import engine_options
from musiclstm.gui.dialogs.preferences import PreferencesDialog
from musiclstm.gui.settings import Settings
from musiclstm.protocol import commands
from musiclstm.protocol.audio import AUDIO_DRIVERS
from tests.gui.conftest import Bench


@pytest.fixture(autouse=True)
def _two_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    for platform in AUDIO_DRIVERS:
        monkeypatch.setitem(AUDIO_DRIVERS, platform, ("alsa", "jack"))


def preferences(bench: Bench) -> PreferencesDialog:
    bench.window.dialogs.show_preferences()
    return cast("PreferencesDialog", bench.window.findChild(PreferencesDialog))


def choose(bench: Bench, output: str) -> None:
    chooser = bench.window.transport.output
    chooser.setCurrentIndex(chooser.findData(output))
    bench.run(0.1)


def last(bench: Bench) -> commands.OpenOutput:
    return cast("commands.OpenOutput", bench.sent(commands.OpenOutput)[-1])


def test_the_audio_driver_can_be_chosen_and_given_up_again(bench: Bench) -> None:
    driver = preferences(bench).driver
    for name in ("alsa", "jack", "", "alsa", ""):
        driver.setCurrentIndex(driver.findData(name))
        bench.run(0.1)
        assert last(bench).name == (f"synth:{name}" if name else "synth")
        assert bench.window.transport.output.currentData() == "synth"
    assert bench.settings.text("sound/driver") == ""


def test_an_output_is_opened_with_the_preferences(bench: Bench) -> None:
    bench.settings.put("sound/driver", "jack")
    bench.settings.put("sound/latency", 7.0)
    choose(bench, "FluidSynth")
    assert last(bench) == commands.OpenOutput("FluidSynth", 7.0)
    choose(bench, "synth")
    assert last(bench) == commands.OpenOutput("synth:jack", 7.0)


def test_another_latency_keeps_the_output_and_another_driver_the_port(bench: Bench) -> None:
    bench.host.send(commands.OpenOutput("synth:jack"))  # as by --out
    bench.run(0.1)
    preferences(bench).latency.setValue(9.0)
    assert last(bench) == commands.OpenOutput("synth:jack", 9.0)
    choose(bench, "FluidSynth")
    before = len(bench.sent(commands.OpenOutput))
    driver = preferences(bench).driver
    driver.setCurrentIndex(driver.findData("alsa"))
    assert len(bench.sent(commands.OpenOutput)) == before


def test_a_parts_own_output_has_a_latency_of_its_own(bench: Bench) -> None:
    shown = preferences(bench)
    assert not shown.output.isEnabled()
    shown.latency.setValue(9.0)
    bench.host.send(commands.SetPart(1, port="USB/Organ"))
    bench.run(0.1)
    shown = preferences(bench)
    shown.output.setCurrentIndex(shown.output.findData("USB/Organ"))
    assert shown.latency.value() == 0
    shown.latency.setValue(25.0)
    assert bench.sent(commands.SetLatency)[-1] == commands.SetLatency("USB/Organ", 25.0)
    assert last(bench).latency == 9.0
    shown.output.setCurrentIndex(0)
    assert shown.latency.value() == 9.0
    assert bench.settings.latencies == (("USB/Organ", 25.0),)


def test_the_pedal_is_an_outputs_own_and_kept(bench: Bench) -> None:
    shown = preferences(bench)
    assert shown.pedal.currentText() == "keys are held"
    shown.pedal.setCurrentIndex(1)
    assert bench.sent(commands.SetPedal) == [commands.SetPedal("", True)]
    bench.host.send(commands.SetPart(1, port="USB/Organ"))
    bench.run(0.1)
    shown = preferences(bench)
    shown.output.setCurrentIndex(shown.output.findData("USB/Organ"))
    assert shown.pedal.currentIndex() == 0
    shown.pedal.setCurrentIndex(1)
    assert bench.sent(commands.SetPedal)[-1] == commands.SetPedal("USB/Organ", True)
    assert list(bench.settings.pedals) == ["", "USB/Organ"]
    shown.output.setCurrentIndex(0)
    assert shown.pedal.currentIndex() == 1
    shown.pedal.setCurrentIndex(0)
    assert list(bench.settings.pedals) == ["USB/Organ"]
    assert bench.sent(commands.SetPedal)[-1] == commands.SetPedal("", False)


@pytest.mark.parametrize(
    ("kept", "driver", "out", "opened"),
    [
        ("", "", None, "synth"),
        ("", "alsa", None, "synth:alsa"),
        ("synth:alsa", "", None, "synth"),  # as versions before kept it
        ("synth:alsa", "jack", None, "synth:jack"),
        ("FluidSynth", "jack", None, "FluidSynth"),
        ("FluidSynth", "jack", "synth", "synth:jack"),
        ("synth", "jack", "synth:alsa", "synth:alsa"),
        ("synthesiser:in", "jack", None, "synthesiser:in"),
    ],
)
def test_the_next_run_opens_what_was_chosen(
    settings_store: QSettings, kept: str, driver: str, out: str | None, opened: str
) -> None:
    settings = Settings(settings_store)
    settings.put("ports/output", kept)
    settings.put("sound/driver", driver)
    options = argparse.Namespace(model=None, out=out, input=None, tempo=None, seed=None, osc=None, play=False)
    assert engine_options(options, settings, ["chorales"]).output == opened


@pytest.fixture
def settings_store(tmp_path_factory: pytest.TempPathFactory) -> QSettings:
    return QSettings(str(tmp_path_factory.mktemp("settings") / "settings.ini"), QSettings.Format.IniFormat)


def test_a_part_goes_back_to_where_the_others_go(bench: Bench) -> None:
    row = bench.window.parts.rows[0]
    row.unfold.setChecked(True)
    assert row.port is not None
    for name in ("FluidSynth", ""):
        row.port.setCurrentIndex(row.port.findData(name))
        assert bench.sent(commands.SetPart)[-1] == commands.SetPart(0, port=name)
