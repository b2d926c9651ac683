"""The LSTM as the instrument runs it: from events to the next event. No torch, except in `net`.

listener     Listener: reads events and says how surprising they are; snapshot, restore
session      Session: a Listener that also generates and answers
prime        a session reads a piece, however long it is
snapshot     Snapshot: the whole of a session as a value; morph between two
band         Band: several models as one session; band_snapshot: all of it as a value
band_player  BandPlayer: one player's session, and where its ticks lie among the band's
band_parts   the parts of a band's players side by side; band_constraints: what holds for one of them
hearing      what a band's players hear of each other and of the person, and what follows from it
played_chords  the chord that a player plays
band_guide   how it leads a player: PlayerGuide, PlayerEar
soundness    whether a session can go on from a snapshot of another process
together     many sessions at once, with one step of the LSTM for all
predictor    Predictor: computes what the LSTM reads, and rates or draws the next event
stepper      Stepper: one step of the exported LSTM, for one session or many
matrices     the matrices of a step, and their products
mixture      Mixture: weights between those of a model and of its parent, changed while it plays
heads        Head, TiedHead: logits of each field
linear       sums and products of single-precision numbers; in C where there is a compiler
constraints  Constraints: what a person allows, as masks
quoting      Quoting: how readily it repeats itself, or takes up what it was given
sampling     one choice from logits: temperature, top-p; its surprise
random_numbers  four for each event; the position among them is a value
context      Context: what follows from the events so far (held notes, bar, what may come next)
echo         Echo: a match model; what followed the last time the music went like this
past         what sounded and started some beats ago
drum_hits    what a drum kit played some beats ago
pitch_sets   the pitches with which each symbol may come, now and later
pitch_bias   PitchBias, Guide, Ear: what chords or other players add to the logits of an event
chord_bias   what a chord adds to them
pitch_bits   sets of pitches as integers
dimensions   a vocabulary's numbers, for compiled code
sizes        how far back a context knows
arrays       array types
features/    what the network receives of a context, as row numbers
windows      the features of many events at once, for training
modelfile    ModelFile: one .onnx file, found by name, checked and opened
onnx_file    reads an .onnx file without trusting it, and writes a minimal one
step_graph   the graph of the step, as the exporter writes it, and the check that a file holds it
tables       the arrays of the numpy part, and the sizes they must have
labels       sizes, vocabulary, defaults and card of a file
ending       how the music comes to a close, chosen among many branches
rewriting    other music for some bars of a piece, by a particle filter; particle: one way through the bars
branches     what ending and rewriting share: several ways to go on from one moment
score        likelihood of pieces
net/         the network in torch, and its export; only training imports it

May import `bands`, `music`, `protocol`, `files`, `paths` and `errors`, numpy and ONNX Runtime. Contexts, states and
snapshots are immutable. What changes is a Session, which belongs to the thread that made it, and the weights of a
Mixture.
"""
