"""The piano roll.

model          the notes by beat: planned, sounding, played, withdrawn
piano_roll     the widget; notes_painter, ground: how it is drawn
ruler          the numbers of the bars above it, where bars are selected; selection: which
"""
