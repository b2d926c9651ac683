"""Recording: everything played and received, on disk as it happens, and MIDI files made from it.

journal        Journal: writes the session's lines in a thread of its own; describes their format
journal_files  the files in the journal's folder: sessions, reading, appending, how long they are kept
transcript     lines of a journal -> a piece and its tempo map
take           saves a session as a MIDI file; `save_playing` while it is being played, in a process of its own
recovery       finds the sessions that a crash cut off, and saves or dismisses them

May import `engine.system`, `music`, `paths` and `errors`. Only a `Journal` writes to a session that is being played,
and holds a lock on its file; `recovery` adds lines only to sessions that have ended.
"""
