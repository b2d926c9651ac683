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

from musiclstm.engine.ports import jack
from musiclstm.engine.ports.jack import JackClient
from musiclstm.engine.system.quiet import captured
from musiclstm.errors import PortError
from musiclstm.music import midi_message
from musiclstm.protocol.audio import AUDIO_DRIVERS, synth_output

RATE = 44_100


def default_soundfont() -> Path:
    """The General MIDI SoundFont. Raises PortError where it is missing."""
    found = importlib.util.find_spec("pretty_midi")
    if found is not None and found.origin is not None:
        path = Path(found.origin).parent / "TimGM6mb.sf2"
        if path.is_file():
            return path
    raise PortError("The General MIDI SoundFont is missing: reinstall the Python package pretty_midi.")


class Synth:
    """FluidSynth without a sound card: turns messages into samples. Thread-safe, as FluidSynth is.

    soundfont: None for the General MIDI one. Raises PortError where the library or the SoundFont is missing.
    """

    def __init__(self, soundfont: Path | None = None) -> None:
        if soundfont is None:
            soundfont = default_soundfont()
        elif not soundfont.is_file():
            raise PortError(f"The SoundFont {soundfont} does not exist. Choose another in the preferences, or none.")
        fluidsynth = _library()
        with captured() as noise:
            self._synth: Any = fluidsynth.Synth(gain=0.5, samplerate=float(RATE), channels=16)
            # Load its instruments at once: no note may wait for a file.
            number = self._synth.sfload(str(soundfont), 1)
        if number < 0:
            self.close()
            raise PortError(f"FluidSynth cannot read {soundfont}: {noise()}")

    def play(self, message: bytes) -> None:
        """Take one MIDI message of a channel; others are ignored."""
        kind, channel = midi_message.kind(message), midi_message.channel(message)
        synth = self._synth
        if midi_message.is_note_on(message):
            synth.noteon(channel, message[1], message[2])
        elif midi_message.is_note(message):
            synth.noteoff(channel, message[1])
        elif kind == midi_message.CONTROL_CHANGE:
            synth.cc(channel, message[1], message[2])
        elif kind == midi_message.PROGRAM_CHANGE:
            synth.program_change(channel, message[1])
        elif kind == midi_message.PITCH_BEND:
            synth.pitch_bend(channel, (message[1] | message[2] << 7) - 8192)

    def samples(self, frames: int) -> NDArray[np.int16]:
        """The next `frames` of sound, (frames, 2), left and right."""
        return np.asarray(self._synth.get_samples(frames), dtype=np.int16).reshape(-1, 2)

    def drive(self, driver: str | None = None) -> str:
        """Play the samples on a sound card from now on. Returns the audio driver.

        driver: one of FluidSynth's (`jack`, `alsa`, …), or None for the first that works. Raises PortError.
        """
        fluidsynth = _library()
        drivers = (driver,) if driver else AUDIO_DRIVERS.get(sys.platform, ("",))
        # Trying must not start a JACK server.
        os.environ.setdefault("JACK_NO_START_SERVER", "1")
        last_output = ""
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
            last_output = noise() or last_output
        self._synth.audio_driver = None
        raise PortError(
            f"The built-in synth finds no sound output (tried {', '.join(drivers)}). Choose a port, virtual or null."
            + (f" [{last_output}]" if driver and last_output else "")
        )

    def close(self) -> None:
        synth, self._synth = self._synth, None
        if synth is not None:
            with captured():
                synth.delete()


class SynthPort:
    """An `OutputPort` on the sound card: the built-in synth. Arguments are those of `Synth.drive` and `Synth`.

    Where it plays to JACK, it is `alive` as long as the server is; what becomes of other drivers nobody says.
    """

    lead = 0.0
    lossy = False

    def __init__(self, driver: str | None = None, soundfont: Path | None = None) -> None:
        self.name = synth_output(driver)
        self._server: JackClient | None = None
        self._synth: Synth | None = Synth(soundfont=soundfont)
        try:
            self.driver = self._synth.drive(driver)
        except PortError:
            self.close()
            raise
        if self.driver == "jack":
            with contextlib.suppress(PortError):  # FluidSynth itself does not say that the server has ended
                self._server = jack.client()

    @property
    def alive(self) -> bool:
        return self._synth is not None and (self._server is None or self._server.alive)

    def send(self, message: bytes, time: float) -> None:  # noqa: ARG002 - sends at once
        if self._synth is not None:
            self._synth.play(message)

    def close(self) -> None:
        synth, self._synth = self._synth, None
        if synth is not None:
            synth.close()


def _library() -> Any:
    try:
        # It prints a line where it is run in CI.
        with contextlib.redirect_stdout(io.StringIO()):
            import fluidsynth
    except (ImportError, OSError, AttributeError) as error:
        raise PortError(
            "The built-in synth needs FluidSynth: install it (libfluidsynth3, or brew install fluid-synth)."
        ) from error
    return fluidsynth
