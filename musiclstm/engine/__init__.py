"""The engine: plays in time. Its live form is a process of its own; its offline form runs in the command's process.

live         the engine process: wires the other rooms together and owns its main thread
performer    keeps the horizon filled, rolls back and plans again; all that is music about playing
scheduler    messages in beats, sent at their time by the dispatch thread; exactly one note-off per note-on
clock        which beat it is: internal, MIDI clock, Link, manual
ports        MIDI and synth ports of the machine, and the ledger of sounding notes
recording    every note on disk as it happens, and MIDI files made from it
supervision  in the host's process: starts, watches and restarts the engine; the guard, which ends a dead engine's notes
offline      the same music for files, without a clock
system       priority, file locks, quiet C libraries, thread limits

Who imports whom:
    live         all but offline
    supervision  recording, ports, system
    offline      performer, recording, scheduler, clock, ports, system
    performer    scheduler, clock
    scheduler    clock, ports, system
    recording    system
    ports        system
Of the engine, the window imports `supervision.host` and nothing else.

Every state has one owner. The engine's thread (`live.live.Live.run`) owns the performer, the connections and the
settings. The scheduler's lock guards its queues and the ledger; whoever replaces a clock's timeline holds the clock's
lock. Other threads only put calls into the engine's inbox.
"""
