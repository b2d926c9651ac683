"""musiclstm: an instrument that plays music as it thinks of it.

errors      what a person may be told, one line each
paths       where shipped models and the user's own files are
music       values: events, notes, timeline, vocabulary, MIDI files
model       the LSTM: torch definition, exported step, sampling, session
engine      clock, ports, scheduler, performer, journal; its own process
gui         the window
cli         the commands
"""

__version__ = "0.1.0"
