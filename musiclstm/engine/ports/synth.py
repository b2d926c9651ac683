"""The built-in synth: FluidSynth, by pyfluidsynth, with the General MIDI SoundFont that pretty_midi ships."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.engine.system.quiet import captured
from musiclstm.errors import PortError
from musiclstm.protocol.audio import AUDIO_DRIVERS

RATE = 44_100


def soundfont() -> Path:
    """The SoundFont that MUSICLSTM_SOUNDFONT names, else the General MIDI one. Raises PortError where it is missing."""
    if chosen := os.environ.get("MUSICLSTM_SOUNDFONT"):
        if Path(chosen).is_file():
            return Path(chosen)
        raise PortError(f"The SoundFont {chosen} is not there; choose another in the preferences, or none")
    found = importlib.util.find_spec("pretty_midi")
    if found is not None and found.origin is not None:
        path = Path(found.origin).parent / "TimGM6mb.sf2"
        if path.is_file():
            return path
    raise PortError("The built-in synth has no sounds: reinstall the Python package pretty_midi")


class Synth:
    """FluidSynth without a sound card: takes messages, gives samples. Thread-safe, as FluidSynth is.

    Raises PortError where the library or the SoundFont is missing.
    """

    def __init__(self, gain: float = 0.5, rate: int = RATE, sounds: Path | None = None) -> None:
        sounds = sounds or soundfont()
        fluidsynth = _library()
        with captured() as noise:
            self._synth: Any = fluidsynth.Synth(gain=gain, samplerate=float(rate), channels=16)
            # Load its instruments at once: no note may wait for a file.
            number = self._synth.sfload(str(sounds), 1)
        if number < 0:
            self.close()
            raise PortError(f"FluidSynth does not read {sounds}: {noise()}")

    def play(self, message: bytes) -> None:
        """Take one MIDI message of a channel; others are ignored."""
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        synth = self._synth
        if kind == 0x90 and message[2] > 0:
            synth.noteon(channel, message[1], message[2])
        elif kind in (0x80, 0x90):
            synth.noteoff(channel, message[1])
        elif kind == 0xB0:
            synth.cc(channel, message[1], message[2])
        elif kind == 0xC0:
            synth.program_change(channel, message[1])
        elif kind == 0xE0:
            synth.pitch_bend(channel, (message[1] | message[2] << 7) - 8192)

    def samples(self, frames: int) -> NDArray[np.int16]:
        """The next `frames` of sound, (frames, 2), left and right."""
        return np.asarray(self._synth.get_samples(frames), dtype=np.int16).reshape(-1, 2)

    def drive(self, driver: str | None = None) -> str:
        """Let a sound card take the samples from now on; gives the audio driver.

        driver: one of FluidSynth's (`jack`, `alsa`, …), or None for the first that works. Raises PortError.
        """
        fluidsynth = _library()
        drivers = (driver,) if driver else AUDIO_DRIVERS.get(sys.platform, ("",))
        # Trying must not start a JACK server.
        os.environ.setdefault("JACK_NO_START_SERVER", "1")
        said = ""
        for each in drivers:
            with captured() as noise:
                if each:
                    self._synth.setting("audio.driver", each)
                self._synth.setting("audio.jack.id", "musiclstm-synth")
                self._synth.setting("audio.jack.autoconnect", 1)
                works = self._synth.get_setting("audio.driver") == each or not each
                self._synth.audio_driver = works and fluidsynth.new_fluid_audio_driver(
                    self._synth.settings, self._synth.synth
                )
            if self._synth.audio_driver:
                return each or "default"
            said = noise() or said
        self._synth.audio_driver = None
        raise PortError(
            f"The built-in synth finds no sound output (tried {', '.join(drivers)}); "
            "choose a port, or virtual, or null instead" + (f" [{said}]" if driver and said else "")
        )

    def close(self) -> None:
        synth, self._synth = self._synth, None
        if synth is not None:
            with captured():
                synth.delete()


class SynthPort:
    """An `OutputPort` that is heard: the built-in synth on the sound card. Arguments as of `Synth.drive`."""

    lead = 0.0
    lossy = False

    def __init__(self, driver: str | None = None) -> None:
        self.name = f"synth:{driver}" if driver else "synth"
        self._synth: Synth | None = Synth()
        try:
            self.driver = self._synth.drive(driver)
        except PortError:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        return self._synth is not None

    def send(self, message: bytes, time: float) -> None:  # noqa: ARG002 - sends at once
        if self._synth is not None:
            self._synth.play(message)

    def close(self) -> None:
        synth, self._synth = self._synth, None
        if synth is not None:
            synth.close()


def _library() -> Any:
    try:
        # Where it finds itself in CI, it says so.
        with contextlib.redirect_stdout(io.StringIO()):
            import fluidsynth
    except (ImportError, OSError, AttributeError) as error:
        raise PortError(
            "The built-in synth needs FluidSynth: install it (libfluidsynth3, or brew install fluid-synth)"
        ) from error
    return fluidsynth
