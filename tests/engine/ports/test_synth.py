"""The built-in synth sounds, or reports in a line why it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import jack
import numpy as np
import pytest

from musiclstm.engine.ports.registry import open_output
from musiclstm.engine.ports.synth import Synth, SynthPort, default_soundfont
from musiclstm.errors import PortError
from tests.waiting import wait_for


def loudness(synth: Synth, frames: int = 11_025) -> float:
    return float(np.abs(synth.samples(frames).astype(float)).mean())


def test_a_note_sounds_until_it_ends() -> None:
    synth = Synth()
    silence = loudness(synth)
    synth.play(b"\xc0\x13")  # an organ
    synth.play(b"\x90\x3c\x60")
    sound = loudness(synth)
    synth.play(b"\x80\x3c\x00")
    loudness(synth, 44_100)
    after = loudness(synth)
    synth.close()
    assert silence < 2
    assert sound > 50
    assert after < sound / 20


@pytest.mark.parametrize("last", [b"\x90\x3c\x00", b"\xb0\x78\x00", b"\xb0\x7b\x00"])
def test_other_ways_to_end_it(last: bytes) -> None:
    synth = Synth()
    synth.play(b"\xc3\x13")
    synth.play(b"\x93\x3c\x60")
    sound = loudness(synth)
    synth.play(bytes((last[0] | 3, *last[1:])))
    loudness(synth, 44_100)
    assert loudness(synth) < sound / 20
    synth.close()


def test_the_tenth_channel_has_drums_and_the_bend_bends() -> None:
    synth = Synth()
    synth.play(b"\x99\x24\x70")
    assert loudness(synth) > 20
    synth.play(b"\xe0\x00\x60")
    synth.play(b"\xf8")
    synth.close()


def test_a_soundfont_is_chosen(tmp_path: Path) -> None:
    synth = Synth(soundfont=default_soundfont())
    synth.close()
    missing = tmp_path / "missing.sf2"
    with pytest.raises(PortError, match=r"SoundFont .*missing\.sf2 does not exist"):
        open_output("synth", soundfont=str(missing))


def test_an_unknown_driver_is_reported() -> None:
    with pytest.raises(PortError, match=r"finds no sound output \(tried gramophone\)\. Choose a port, virtual or null"):
        open_output("synth:gramophone")


def test_a_machine_without_sound_prints_one_line() -> None:
    code = """
from musiclstm.engine.ports import synth
from musiclstm.errors import PortError
synth.AUDIO_DRIVERS = {}
try:
    synth.SynthPort("jack")
except PortError as error:
    print(error)
"""
    env = os.environ | {"JACK_DEFAULT_SERVER": "none-runs-here", "JACK_NO_START_SERVER": "1", "CI": "true"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("The built-in synth finds no sound output (tried jack)")
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_without_the_library_it_reports_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    with pytest.raises(PortError, match="needs FluidSynth: install it"):
        SynthPort()


@pytest.mark.jack
@pytest.mark.usefixtures("jack_server")
def test_it_plays_to_jack() -> None:
    client = jack.Client("observer", no_start_server=True)
    port = open_output("synth:jack")
    assert port.name == "synth:jack"
    port.send(b"\x90\x3c\x60", 0.0)
    left = client.get_ports("musiclstm-synth:left")
    wait_for(lambda: client.get_all_connections(left[0]))  # FluidSynth connects in a thread of its own
    port.close()
    port.send(b"\x80\x3c\x00", 0.0)
    assert not port.alive
    client.close()
