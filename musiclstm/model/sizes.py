"""Sizes of what is known of the past. They decide what a trained model receives: part of the model file's format."""

from __future__ import annotations

# A tick before anything else, for what has never happened.
NEVER = -(1 << 20)
# How far back, in beats, a context knows what sounded.
LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
# Time constants, in beats or seconds, of the running means of the pitch classes.
SPANS = (1, 4, 16)
# How many pitches are kept of the last note-ons of each part, and what stands where there was none.
RECENT_PITCHES, NO_PITCH = 8, 255
# Of how many of the last note-ons the velocities are kept.
RECENT_NOTES = 16
# How many ticks with note-ons are kept.
ONSETS = 5
# How many of the note-ons are kept that the music was given. No part of the format: the network does not read them.
GIVEN = 256
# No session goes on for longer: at 1000 ticks a second, 12 days. Twice as much is still a C int.
LAST_TICK = 1 << 30
# The most parts a vocabulary may have.
MOST_PARTS = 16
