"""The audio drivers through which the built-in synth can reach the loudspeakers."""

from __future__ import annotations

SYNTH = "synth"
"""The output's name of the built-in synth; `synth:DRIVER` with one audio driver alone."""

AUDIO_DRIVERS: dict[str, tuple[str, ...]] = {
    "linux": ("pipewire", "pulseaudio", "alsa", "jack"),
    "darwin": ("coreaudio",),
    "win32": ("wasapi", "dsound", "waveout"),
}
"""FluidSynth's names by `sys.platform`, in the order in which they are tried; no FluidSynth has them all."""


def synth_output(driver: str | None) -> str:
    """The synth with this audio driver; None or "" for whichever works."""
    return f"{SYNTH}:{driver}" if driver else SYNTH


def driver_of(output: str) -> str | None:
    """The audio driver that an output's name asks for, "" for whichever works; None if it is not the synth's."""
    kind, _, driver = output.partition(":")
    return driver if kind == SYNTH else None
