"""Supervision: an engine process that may die at any moment, and two others that make sure that no note hangs.

Which process runs what
    host process    the window's or that of `musiclstm play`: `EngineHost` and its side of the guard
    engine process  `engine.live.process`; plays, and writes down what sounds in the shared memory
    guard process   `guard_process`; ends the notes of a dead engine through connections of its own

Modules
    host            EngineHost: starts, watches, restarts and closes the engine process
    guard           Guard: the host's side of the guard process
    guard_process   the guard process
    standby         Standby: second connections to the outputs; standby_rtmidi, standby_jack, by MIDI system
    shared_memory   SharedMemory: what outlives the engine
    pipe            messages between host and engine
    processes       the names of the child processes' modules, starting and reaping them

Who writes which part of the shared memory: the engine's threads write the counters, the states and the ledger while the
engine lives; once it is dead, the guard clears the ledger and the host resets the counters for the next engine. The
host creates and deletes the file, the engine holds its lock.

May import recording, ports and system, `music`, `protocol`, `paths` and `errors`; `engine.live` imports it. Of the
engine, the window imports `host` and nothing else.
"""
