"""Ports: what MIDI is sent to and received from.

base        the protocols OutputPort, InputPort and MidiSystem, and NullPort
registry    the ports of this machine by name: listing and opening them
resilient   ports that reconnect automatically
rtmidi      ALSA, CoreMIDI and WinMM, by python-rtmidi
jack        JACK, exact to the frame, by JACK-Client; jack_ports: its ports; jack_calls: its calls, which keep the
            interpreter lock
synth       FluidSynth, with and without a sound card
ledger      NoteLedger: counts of the sounding notes, readable by other processes

May import `engine.system`, `music`, `protocol` and `errors`; third parties only in their own adapter and when it is
needed. A port belongs to whoever opened it; one thread sends at a time (the scheduler's lock). Only a port's own
watching thread replaces a lost connection. Only the scheduler writes a ledger while its process lives.
"""
