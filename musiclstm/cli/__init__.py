"""The command line: one module for each command, and the only place that prints.

main       from the command line to an exit code; where errors become one line
arguments  the commands and their options; shared_options, those of several commands: these import nothing heavy
start      no command: the window, or without a display the stream
gui        the window; display, whether there is one to show it on
play       playing without a window; stream, the same from options to the last note; closing, how it ends
generate   new music to MIDI files
rewrite    other music for some bars of a MIDI file
chords     what --chords names, for play and generate; prime, what play --prime names; set_list, generate --setlist
targets    which files are written
evaluate   likelihood of MIDI files under a model
interrupt  Ctrl-C while libraries are imported
warning    on stderr: what was guessed in reading files; that the core is not compiled
models     list of the models
takes      list of what was played; saves and deletes it
ports      list of the MIDI ports
train      a corpus to a model file; learn, takes to one; mix, two to one between them: these need PyTorch

May import everything; nothing imports it. Each command is a function `run(options)` that returns an exit code; its
module is imported when the command is given. Errors for a person end in `main`: one line on stderr, and exit code 2 for
a command that makes no sense, 130 for Ctrl-C, else 1.
"""
