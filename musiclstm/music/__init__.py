"""Music as pure values: events, notes, time, files.

event       Event: one note-on, note-off or wait; what the model reads and writes
note        Note, Meter, Part, Piece: music as in a score or a file
meters      time signatures by the length of their bars
timeline    Timeline: beats <-> seconds at a tempo
columns     notes as arrays, for what is done to all of them at once
packed      events in eight bytes each, in memory and on disk
vocabulary  Vocabulary: notes <-> events <-> small integers, and its fingerprint
encoding    the passes over all notes and events that it needs
walk        the events of a piece with its changes of time signature
parts       which part of a vocabulary each note of a file belongs to
chord_symbol  ChordSymbol: what a person types as pitch classes, and the role of each; chord_track: which holds when;
              chord_recognition: which chord some notes are
form          sections, songs and set lists; `musiclstm.set_list` is their file
chord_files   chords from files: iReal Pro, ChordPro, markers of MIDI files, text
ireal         links of iReal Pro -> charts; ireal_chart: charts -> bars as they are played
sketch      a piece as 64 numbers, by which those of nearly the same notes are found
midifile    pieces <-> Standard MIDI Files
pedalling   the sustain pedal for notes that last as long as they sound
notation    pieces -> MusicXML; quantise: on a grid that can be written down, in voices
midi_notes  the notes of a file and what ends them; tempo_map: its tempos and meters
smf         the bytes of those files
midi_message  the bytes of a live MIDI message

May import `files`, `words` and `errors`; no threads, clocks, ports, torch or Qt. Everything is immutable: there is no
state that anyone could write. Where a module has a `.pxd` beside it, that holds the types with which it is compiled.
"""
