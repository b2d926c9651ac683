"""The live engine: a process of its own that plays in time.

What it is told and what it says
    controls    every control a person can turn, in one table
    messages    what the window and the engine say to each other
    osc         the same for other programs

In the process of the window or the command line
    host        starts, supervises and restarts the engine process
    play        the stream without a window
    guard       a third process: ends the notes of an engine that died; standby, its second connections to the ports
    shared      the memory that outlives the engine; pipe, what the two say to each other through

In the engine process
    process     its beginning and its end
    live        wires everything that follows together, and owns its main thread
    connections ports in use; sync: who leads; worker: what takes long; reporter, outbox: what is told to whom
    performer   keeps the horizon filled, takes it back, plans again (and what begins with its name, modes, steering)
    timemachine the memory of every beat of the last hour; restart: the last state, for the next engine
    scheduler   what is due next, the dispatch thread, the note-off ledger
    clock       who says what beat it is: internal, MIDI clock, Link, manual
    ports       MIDI and synthesiser ports, real and for tests
    journal     every note played and received, on disk, crash-safe; take: journals made into MIDI files
    learn       which knob or key turns what

Without a clock
    render      the same music for files; wav: as sound, by the built-in synth
    threads     one for the libraries of numbers in each process
"""
