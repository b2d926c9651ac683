"""Axes shared by the views: `time_axis` beats, `pitch_axis` pitches, `playhead` which beat it is now."""
