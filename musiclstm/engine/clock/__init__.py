"""Clocks: which beat it is.

base         the Clock protocol, what clocks share, InternalClock and ManualClock
midi         MidiClockFollower: follows MIDI clock
tick_filter  the true times of its ticks, by the line on which they lie (tick_line)
link         LinkClock: a member of an Ableton Link session
person       PersonClock: follows a person
beat_tracker the beat and tempo that they play in
switch       SwitchClock: forwards to the clock that leads, which can be replaced

May import `music.timeline`, `protocol.limits` and `errors`. A timeline is a frozen value; a clock
replaces its own under its lock, and notifies its subscribers without it. Only `live.sync.Sync` switches clocks.
"""
