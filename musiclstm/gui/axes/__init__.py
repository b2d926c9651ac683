"""Axes shared by the views.

time_axis   beats; bars: the bars that they make; playhead: which beat it is now
pitch_axis  pitches
"""
