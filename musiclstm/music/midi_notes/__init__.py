"""The notes of a MIDI file: note-ons paired with what ends them, programs, the sustain pedal.

spans     Spans: the notes, a column for each of their values
controls  Controls: what concerns all notes of a line
pairing   note-ons and note-offs -> Spans
unended   notes that are struck more often than ended, or ended by other messages
pedal     what the sustain pedal makes of them

A line is a channel of a port, as in the status of a message: what happens on one concerns all tracks that use it.
"""

from musiclstm.music.midi_notes.controls import Controls, controls_of
from musiclstm.music.midi_notes.pairing import spans_of
from musiclstm.music.midi_notes.pedal import sustain
from musiclstm.music.midi_notes.spans import PERCUSSION_CHANNEL, Spans, channel_of

__all__ = ["PERCUSSION_CHANNEL", "Controls", "Spans", "channel_of", "controls_of", "spans_of", "sustain"]
