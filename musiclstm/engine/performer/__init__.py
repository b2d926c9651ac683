"""The performer: plays the model ahead of time, with a person.

performer     Performer: what the engine and offline tests drive; puts everything together
state         PerformerState: everything that a performance is, and who writes it
commands      what each command of the protocol does, in one table
midi_input    what arrives from the person's instruments; loopback: our own messages coming back in
keyboard      what a key or pedal does; person: which ones are down
ensemble      who plays what and when; assignment: that as one value; modes: the ways of playing together
horizon       how far ahead is planned, and when to plan again
plan          samples events ahead of time and rolls them back; plan_edit: what may be done only while it is rolled back
event_player  lets events sound, and followers answer them
voices        the notes that the model holds, and where each sounds; routing: to which port, channel and pitch
mixer         the volumes of the channels
beat_map      where the model's ticks lie on the clock's beats
repertoire    the models that can be gone back to; model_change: another one plays from here on
looping       bars of the past that go round; ending: a close on the bar line that was asked for; trail: which of the
              events of either comes next
meters        the time signature, and where one counts; metronome: clicks on the beats, and the count-in
history       the steps of the plan and, once they have happened, the past; time_machine: the past of an hour, bookmarks
branching     another session from a beat on; travel: to another place in the past; recovery: after odd controls
position      where in time it stands; transport: play, stop, following the clock
steering      what controls and parts' settings mean for sampling and sound; values: those of the controls, of all and
              of one player; part_settings: how a part is played, part_editor: changes it; players: a band's;
              swing: where beats are heard
leading       the chords that lead, typed or played with the left hand; chord_guide: what they add to the odds of
              the pitches, and what a network is told of them; chord_past: where they lay
form          which section plays, which one comes and when; place: where that is in the set list;
              form_player: changes them at bar lines; form_settings: what a section sets, and what was set before;
              form_editor: stores them; form_songs: the songs of the set list; form_models: the models they name
actions       what a mapped knob or key means; midi_map: which one is mapped to what
telemetry     what is reported, and when
checkpoint    what another process needs to go on from here

It may import `engine.scheduler` and `engine.clock`, `model`, `music`, `protocol`, `files`, `toml_file` and `errors`. It
has no thread and reads no clock. The engine's thread owns it all; only `Performer.sent`, `TelemetryBuffer.emit` and
`LoopbackFilter.sent` are called from others too.

Who may write what: `state.py` names the writer of each attribute. Three rules are types. Only `Voices` changes
voices. Who plays what is an `Assignment`, a frozen value that the ensemble makes. And what must not be done while
events are planned beyond the commit point takes a `PlanEdit`, which only `plan.rolled_back()` gives, for the length
of a `with` block; the plan refuses to go on before the block ends.

The life of an event: `Horizon` asks `Plan` to fill the time up to the horizon. The plan lets the session sample an
event under the assignment's constraints, and hands it with the snapshot before it to `EventPlayer`. There `BeatMap`
turns its tick into a beat; `Voices` starts or ends a voice and returns the effect (messages to send, and the voices
as they were); the step goes to `History`, the messages to the scheduler, and `Planned` to the window; parts that
follow answer it. When something changes, `rolled_back` cancels the messages that are not committed, undoes their
steps' effects, the last first, and restores the snapshot before the first of them. What was not rolled back is sent
at its time. Once the commit point has passed its beat, `History.settle` hands the event to the time machine, from
where `Travel` may replay it.
"""
