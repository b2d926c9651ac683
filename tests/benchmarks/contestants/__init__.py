"""Contestants: programs that measure one thing each when they are told to, each in a process with one thread.

process         starts them; installs what other people's need, into environments of their own in build/peers
answer          their side of the conversation
ours_event      whole events of one of our models
floor           the matrix products of a model's weights alone
notochord       whole events of Notochord
impsy           whole events of IMPSY's TFLite model
ours_replan     beats that are decided again
ours_prepare    a corpus made ready for training
miditok         the same corpus by MidiTok, and read only, by symusic and mido

A peer is a module here and a list of packages beside it, NAME.txt. Peers run in another environment than the rest: they
import nothing of ours but `answer`.
"""
