"""Who plays when: the modes of the whole instrument (control `mode`) and of one part (`SetPart.mode`)."""

from __future__ import annotations

MODES = ("solo", "continue", "call and response", "accompany", "harmonise")
PART_MODES = ("auto", "input", "follow", "muted")

SYNC_SOURCES = ("internal", "midi", "link", "person")
"""Who leads the tempo: the instrument itself, MIDI clock from a port, Ableton Link, or the
person who plays."""
