"""The LSTM as the instrument runs it: from events to the next event. No torch, except in `net`.

session      Session: generate, answer; listener: feed, snapshot, restore, its base
prime        a session reads a piece, however long it is
snapshot     Snapshot: the whole of a session as a value; morph between two
band         Band: several models as one session; band_snapshot: all of it as a value
band_parts   the parts of a band's players side by side; band_constraints: what holds for one of them
hearing      what a band's players hear of each other and of the person, and what follows from it
played_chords  the chord that a player plays
band_guide   how it leads a player: PlayerGuide, PlayerEar
soundness    whether a session can go on from a snapshot of another process
together     what many sessions do at once, with one step for all
predictor    Predictor: what the LSTM reads of a context, and the next event: its probability, or a draw
stepper      Stepper: one event of some sessions through the exported LSTM
matrices     the matrices of a step, and their products
mixture      a model between one that has learnt and its parent, while it plays
heads        Head, TiedHead: logits of each field
linear       sums and products of single-precision numbers; in C where there is a compiler
constraints  Constraints: what a person allows, as masks
quoting      Quoting: how readily it repeats itself, or takes up what it was given
sampling     one choice from logits: temperature, top-p; its surprise
random_numbers  four for each event, whose position is a value
context      Context: what follows from the events so far (held notes, bar, what may come next)
echo         Echo: a match model; what followed the last time the music went like this
past         what sounded and started some beats ago
drum_hits    what a drum kit played some beats ago
pitch_sets   what each symbol may take, now and later
pitch_bias   PitchBias, Guide, Ear: what chords or other players add to the odds of an event
chord_bias   what a chord adds
pitch_bits   sets of pitches as integers and masks
dimensions   a vocabulary's numbers, for compiled code
sizes        how far back a context knows
arrays       array types
features/    what the network receives of a context, as row numbers
windows      these of many events at once, for training
modelfile    ModelFile: one .onnx file, found by name, checked and opened
onnx_file    reads of an .onnx file what is checked, and writes the smallest
step_graph   the graph of the step, as the exporter writes it and a file must hold it
tables       the arrays of the numpy part, and the sizes they must have
labels       sizes, vocabulary, defaults and card of a file
ending       how the music comes to a close, chosen among many branches
rewriting    other music for some bars of a piece, by particles (particle); branches: what both share
score        likelihood of pieces
net/         the network in torch, and its export; only training imports it

May import `music`, `protocol`, `files`, `paths` and `errors`, numpy and ONNX Runtime. Contexts, states and snapshots
are immutable. What changes is a Session, which belongs to the thread that made it, and the weights of a Mixture.
"""
