"""Training: from a corpus to a model file. Needs the extra `train`.

corpora    named corpora and folders of MIDI files -> pieces, split by piece
recipes    what each shipped model is made from, and a vocabulary for anything else
prepare    pieces -> compact arrays
around     what a tied pitch head looks at, of every event
lanes      arrays -> windows of parallel lanes, the state carried from one to the next
train      the whole pipeline: `musiclstm train`
teaching   networks that have learnt a corpus teach another
evaluate   held-out likelihood, beside baselines
polyphony  the four piano-roll benchmarks
ablation   what each part of the model brings
curves     how fast models learnt
tokens     the usual token recipe, to compare with
statistics does it stay music: what a model plays, beside held-out pieces (distributions, endless, repeats, playing)
tuning     temperatures and top-p by these statistics
memory     how far back an LSTM remembers, beside a plain RNN
"""
