"""Training: from a corpus to a model file. Needs the extra `train`; `musiclstm train` is `training.train`.

reading         the pieces of a corpus, again and again, by several processes
scores          what music21 reads -> pieces
summary         what a corpus and its recipe need to know of a piece, without its notes
kept            the notes of files that have been read, on disk as long as the program runs
similar         finds pieces of nearly the same notes
cluster         reads a corpus by a Dask cluster; reader: a process that reads for a worker of it
survey          the first reading of a corpus: its summaries, saved on disk
splits          which pieces are trained on, which validate, and which are for tests
music21_corpora the collections of music21 -> pieces
corpora         folders of MIDI files and collections of music21 -> pieces, split by piece
further         the recipe for training a model further, on other music (fine-tuning)
nearest         the shipped model whose music is most like that of a corpus, to begin with
mixed           a model between two others, by interpolation of their weights
proposal        the parts and the grid that are proposed, and how a person corrects them
recipes         how each shipped model is made, and a recipe for any other corpus
packing         pieces -> packed events
store           packed events of any number of pieces on disk, mapped into memory
prepare         pieces -> a store in memory
gather          the options of a command -> its corpus, recipe and stores
harmony         the chords of a piece, to tell a network
variations      pieces read a little differently than they are
lanes           a store -> windows of parallel lanes, with their features
options         the options of the command, and what they may be
ship            a trained network -> a model file with its card
train           the command: from a corpus to a model file and its card
material        what a run learns from, read before its first step
loop            trains until the budget is spent, or somebody ends it
progress        how training goes, for a person or as JSON for the program that started it
background      gives way to other programs
alone           one process at a time in a run's folder
trainer         the loop's state, and one step of it
budget          how long to train
checkpoint      the state of a training in a file
stopped         a training that was stopped, without the files that it learns from
processes       one training by several processes, as torchrun starts them
log             metrics of a run, in its folder
report          what was found in a corpus, as a table and as JSON
devices         where a network is trained
room            whether there is the memory that it takes
guard           leaves out bad steps, and goes back where the loss runs away
teaching        distillation from other networks
voices          how many notes at once each part of a corpus has
evaluate        likelihood of validation pieces, and Markov baselines
card            the page that says what a model was made from and how good it is
command         what every command does around its main
study/          comparisons, statistics and figures, each a command of its own

May import `musiclstm.model` and `musiclstm.music`, `files`, `paths`, `words` and `errors`, but nothing of the
instrument. A `Trainer` owns its network, optimiser and lanes; a run's folder is written by `train` and `loop` alone.
"""
