"""Limits that the command line, OSC, the window and the engine share. Ranges are inclusive."""

from __future__ import annotations

MIN_BPM, MAX_BPM = 4.0, 1000.0
MAX_PITCH = MAX_VELOCITY = MAX_PROGRAM = MAX_VOLUME = 127
MAX_CHANNEL = 15
MAX_BARS_TO_THE_END = 64
MAX_SEED = 2**63 - 1
MAX_LATENCY = 1000.0
"""Milliseconds that an output may be sent ahead of time, or (negative) behind it."""
MAX_UDP_PORT = 65_535
PICKUP = 0.5
"""Beats before the music starts from which on what a person plays belongs to it."""
