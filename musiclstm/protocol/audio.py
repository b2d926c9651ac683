"""The audio drivers through which the built-in synth can reach the loudspeakers."""

from __future__ import annotations

AUDIO_DRIVERS: dict[str, tuple[str, ...]] = {
    "linux": ("pipewire", "pulseaudio", "alsa", "jack"),
    "darwin": ("coreaudio",),
    "win32": ("wasapi", "dsound", "waveout"),
}
"""FluidSynth's names by `sys.platform`, in the order in which they are tried; no FluidSynth has them all."""
