"""Offline: music for files, without a clock.

render     generates pieces, many at once
finish     ritardando and fade
set_list   a song of a set list, by the performer on a clock that waits for nobody
rewriting  other music for some bars of a file; rewrite_process: while music plays; rewritten_file: writes it
scoring    the likelihood of files, many at once
workers    processes that share such work
wav        pieces -> WAV files, with the built-in synth

May import `engine.performer`, `engine.scheduler`, `engine.clock`, `engine.recording.transcript`,
`engine.recording.take`, `engine.ports.synth` and `engine.system`, `model`, `music`, `protocol`, `files`, `words` and
`errors`. It keeps no state between calls but the model that a worker process has open.
"""
