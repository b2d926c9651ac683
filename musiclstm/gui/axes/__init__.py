"""Axes shared by the views: `time_axis` beats, `bars` the bars that they make, `pitch_axis` pitches, `playhead` which beat it is now."""
