"""The bars at the top and the bottom.

transport      play, tempo, sync, model and ports; buttons; tap_tempo
rhythm         metronome, time signature and loop
time_strip     the bars of the past, and bookmarks
view_header    parts and folds; message_line: messages; state_text: what the engine does, in words
"""
