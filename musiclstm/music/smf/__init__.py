"""Standard MIDI Files: parse their bytes, and serialise them again.

content  what a file holds: File, Track, and DamagedError for bytes that are none
chunks   reading: the chunks of a file, also where its counts and lengths are wrong
tracks   reading: the messages of one track
text     reading: names in whatever encoding they are
writing  a file's bytes

Only what is music here survives: notes, programs, the sustain pedal and what ends notes, ports, track names, tempos and
time signatures. Our own because mido takes a hundred times as long to read a corpus, and symusic does not report the
channel of a note or a pedal. Source: The Complete MIDI 1.0 Detailed Specification, Standard MIDI Files 1.0.
"""

from musiclstm.music.smf.chunks import parse
from musiclstm.music.smf.content import DamagedError, File, Message, Messages, Track, messages_of
from musiclstm.music.smf.writing import serialise

__all__ = ["DamagedError", "File", "Message", "Messages", "Track", "messages_of", "parse", "serialise"]
