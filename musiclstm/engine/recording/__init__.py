"""Recording: everything played and received, on disk as it happens, and MIDI files made from it.

journal        Journal: writes the session's lines in a thread of its own; describes their format
journal_files  the files in the journal's folder: sessions, reading, appending
keep           how long they are kept
transcript     lines of a journal -> a piece, its tempo map, and what the person moved
controllers    the person's pedals, wheels and knobs
take           saves a session as a MIDI file; `save_playing` while it is being played, in a process of its own
lesson         takes -> a folder of MIDI files for a model to learn from
bars           lines of a journal -> the beats of the session, and bars cut out of them
excerpt        saves bars, and what the person just played, as MIDI files
summary        lines of a journal -> what a take is about, with a tiny picture; label: that and its name, in a file
library        Library: the takes, those that a crash cut off among them: to save, name, delete and bring back

May import `engine.system`, `music`, `protocol`, `paths`, `files` and `errors`. Only a `Journal` writes to a session
that is being played, and holds a lock on its file. A `Library` adds lines only to sessions that have ended; labels are
its own.
"""
