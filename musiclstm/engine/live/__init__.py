"""Live: the engine process.

process            the process: its pipes, its signals and its end
live               Live: wires everything together; the loop of the engine's thread
start_options      the options that it starts with, checked
command_router     CommandRouter: the engine's own commands in a table, all others to the performer; owns `watch`
models             Models: loads models; the first one starts the performer; owns both
primer             Primer: reads files to go on from; prime_process: the process in which that happens
connections        Connections: requested and open ports; owns both
sync               Sync: which clock leads, and MIDI clock out; owns that setting
beside_daw         BesideDaw: virtual ports and a DAW's clock, by one command, and back
restart            RecoveryState, RecoveryStore: the state for the engine after a crash, in the shared memory
recovery_recorder  RecoveryRecorder: collects that state and stores it when it is due
heartbeat          Heartbeat: writes the counters in the shared memory
faults             Faults: errors of our own, said and survived
status             StatusMeter: the status, ten times a second; owns step time and CPU load
reporter           Reporter: telemetry to host, OSC and journal; owns the journal and the OSC server
waiting            Waiting: what arrives faster than it can be carried out; waiting_commands: OSC commands;
                   waiting_messages: MIDI
outbox             Outbox: a queue for a reader that may be slow
osc                OSC addresses and their documentation, made from the messages; osc_server: OscServer
devices            Devices: clock, scheduler, connections, sync and reporter, for those who share them
file_player        FilePlayer: plays a MIDI file as it is, to listen to it
set_lists          SetLists: reads and writes set lists, and opens the models that they name
rewriter           Rewriter: other music for bars of the past; own_folder: where an engine keeps files of its own
takes              Takes: which file a take goes to
pads               Pads: a grid of lit pads; pad_table: its file; pad_lights: its colours
background         Background: one thread for jobs that take long, with results in the engine's thread

It may import every room of the engine but `offline`, and `model`, `music`, `protocol`, `set_list`, `paths`, `files`,
`toml_file`, `compiled` and `errors`; nothing imports it. The engine's thread owns all objects; what other threads may
call is in each docstring (`Live.command`, `Reporter.emit`, `Sync.feed`, `Outbox.put`, `RecoveryStore.mark_changed`).
They change nothing there: their calls go through the inbox.
"""
