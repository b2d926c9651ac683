"""Pure values of music: events, notes, time, files. No threads, clocks, ports, torch or Qt.

event       Event: one note beginning, ending, or a wait; what the model reads and writes
note        Note, Meter, Part, Piece: music as a person or a file has it
timeline    Timeline: beats <-> seconds under a tempo
vocabulary  Vocabulary: notes <-> events <-> small integers, and its fingerprint
context     Context: what follows from the events so far (sounding notes, beat, what may come next)
echo        Echo: what came the last time the music went as it goes now
voices      which part of the model each note of a file belongs to
midifile    pieces <-> Standard MIDI Files
smf         the bytes of those files
"""
