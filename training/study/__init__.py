"""Studies: how good the models are, and why. `python -m training.study.NAME --help` explains each command.

ablation       what each part of the model brings, on the piano-roll benchmarks
low_rank       all weights or a low-rank part, where a few files teach a model
polyphony      the four piano-roll benchmarks
tokens         the usual token recipe, for comparison; token_lanes: its pieces
statistics     does it stay music: what a model plays, beside held-out pieces
tuning         temperatures and top-p by these statistics
  distributions  histograms and their overlap; endless: an hour of play; repeats: repeated passages
  playing        music that a model generates, and pieces scored by it
memory         how far back an LSTM remembers, beside a plain recurrent network
curves         learning curves of runs
picture        a MIDI file as a piano roll

May import `training`; nothing outside imports it.
"""
