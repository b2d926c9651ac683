"""The scheduler: messages in beats, each sent at its time.

scheduler        Scheduler: what others call, and the lock
dispatch_thread  DispatchThread: sends what is due, and sleeps until the next deadline
queues           Queues: all outputs; what is due next
output_queue     OutputQueue: one output; its queue, its sounding notes, its note-offs
pedal            Pedal: what the sustain pedal of one output does, and the keys whose notes it holds
entry            Entry, Sent: what is queued, and what was sent
lateness         LatenessMeter: how late messages are sent
midi_clock       MidiClockSender: MIDI clock out

May import `engine.clock`, `engine.ports`, `engine.system`, `music` and `errors`. The scheduler's lock guards queues,
sounding notes and ledger; only `OutputQueue` writes the ledger. Callbacks run without the lock.
"""
