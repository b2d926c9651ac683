"""Offline: music for files, without a clock.

render     generates pieces, many at once
finish     ritardando and fade
rewriting  other music for some bars of a file
scoring    the likelihood of files, many at once
workers    processes that share such work
wav        pieces -> WAV files, with the built-in synth

May import `engine.performer.steering`, `engine.ports.synth` and `engine.system`, `model`, `music`, `protocol`, `files`
and `errors`. It keeps no state between calls but the model that a worker process has open.
"""
