"""What the window, OSC, the command line and the engine share: messages, controls and limits. Pure values.

commands/   Command: everything that can be asked of the engine
check       whether the fields of a command hold what they should
telemetry/  Telemetry: everything that the engine reports
options     EngineOptions: what an engine process starts with
controls    Control: every control that can be turned while it plays, in one table
harmony     the keys and scales that controls offer
modes       who plays when: the modes of the instrument and of a part
actions     what a knob, key or pedal can be mapped to besides the controls
limits      shared ranges: BPM, pitch, velocity, channel, seed, latency
audio       the synth's audio drivers
option_values  options of the two command lines as values

Imports nothing of musiclstm. Names, fields and their order are a public format: OSC addresses, MIDI maps and presets
are made of them. Messages are frozen; they cross a pipe between two processes, and either side may restart.
"""
