"""Axes shared by the views.

time_axis     beats, and tiles of what has been painted; ahead: how much of it lies right of now; bars: beats in bars
pitch_axis    pitches, following the music; drum_lanes: the rows of a drum model; pitch_box: a field for a pitch
player_lanes  a lane of the roll for each player of a band; row_names: the names of rows, left of them
playhead      which beat it is now
"""
