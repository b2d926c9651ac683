"""The network's input features, the same in training and live: each is a row number of one table.

layout      the groups of rows, their sizes and order
events      an event's own fields; the notes that sound
timing      position in the bar, times since and until something
velocities  how loud related notes were
echoes      what the match models expect next
chords      what a network is told of a chord that somebody has named
pitches     what a tied pitch head receives for every pitch

Training computes the row numbers of whole corpora (`training.prepare`), the live session those of one event, both with
the functions of this package. May import the modules of `musiclstm.model` that need no model file, and `music`; no
state is written here.
"""
