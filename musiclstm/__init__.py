"""musiclstm: an instrument in which a stateful LSTM plays MIDI live.

errors      the errors that a person may see, one line each
paths       where shipped models and the user's own files are
bands       the file of bands: which models play together, and what is set for them
set_list    the file of a set list of songs and their sections
files       atomic writing, and which files are MIDI files
toml_file   the TOML files that people write
own_models  the user's own model files, to throw away and to bring back
compiled    which modules are compiled: those with a .pxd beside them
words       what messages have in common
protocol    commands, telemetry, controls and limits that the engine shares with those who use it
music       events, notes, timeline, vocabulary, MIDI files: pure values
model       the LSTM: the network in torch (net), the fast step that plays, sampling, session
engine      clock, ports, scheduler, performer, recording, supervision, live and offline
gui         the window
cli         the commands

Imports point one way: cli -> gui -> engine -> model -> set_list, bands -> music, protocol -> paths, files, toml_file,
compiled, words -> errors; the contracts in pyproject.toml check it. The training stands outside, in the package
`training`: it may import model and music, and nothing here imports it but the command that starts it. Each package's
docstring is the map of its modules.
"""

__version__ = "0.1.0"
