"""The live engine: a process of its own that plays in time.

controls   every control a person can turn, in one table
messages   what the window and the engine say to each other
clock      who says what beat it is: internal, MIDI clock, Link, manual
ports      MIDI and synthesiser ports, real and for tests
scheduler  what is due next, the dispatch thread, the note-off ledger
performer  keeps the horizon filled, takes it back, plans again
journal    every note played and received, on disk, crash-safe
host       starts, supervises and restarts the engine process
render     the same music without a clock, for files
wav        pieces as sound files, by the built-in synth
"""
