"""The window. It runs in a process of its own, with Qt's main thread for everything.

app           starts it: options, settings, theme, host
window        Window: puts the views around one time axis, and says what each command does
view          TimeViews: roll, memory and keyboard, moved by one frame timer; view_models: what they are drawn from
bridge        the engine's telemetry as Qt signals, the window's commands to the engine; mailbox: between the threads
awaited       what was sent and has not come back yet
settings      what the person has chosen, kept by Qt; window_state: how the window was left; takes: what was recorded
drag_out      bars out of the window as a file; own_models: a model is thrown away, and brought back
midi_learn    which knob is mapped to which control; first_port: a port for a first run
shortcuts     the keys, as a table; window_keys: as they are pressed
undo          takes back Forget and Reset

look          theme, icons, and the small widgets that others are made of
axes          where a beat and a pitch are on the screen, for every view
roll          the piano roll; keyboard: keys to play on; memory: what the LSTM remembers
steer         controls, presets and parts; bar: the bars at the top and the bottom; dialogs: the rest
train         the Train page: a model from a folder of MIDI files, by a process of its own

Of the engine it may import `supervision.host` alone, and of the house otherwise `music`, `protocol`, `bands`,
`own_models`, `paths`, `files`, `words` and `errors`: it knows neither the model nor torch. Only `mailbox` is written by
another thread, the host's; the bridge empties it on the main thread. What the engine has said is kept by the models of
the views (`roll.model`, `memory.model`, `steer.control_values`), each the one place for it.
"""
