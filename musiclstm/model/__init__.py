"""The LSTM as the instrument runs it: from events to the next event. No torch, except in `net`.

session      Session: feed, generate, answer, snapshot, restore
prime        a session reads a piece, however long it is
snapshot     Snapshot: the whole of a session as a value; morph between two
soundness    whether a session can go on from a snapshot of another process
predictor    Predictor: what the LSTM and the heads receive from a context, and the heads' logits
stepper      Stepper: one event through the exported LSTM, and its heads in numpy
constraints  Constraints: what a person allows, as masks
sampling     one choice from logits: temperature, top-p; its surprise
context      Context: what follows from the events so far (held notes, bar, what may come next)
echo         Echo: a match model; what followed the last time the music went like this
dimensions   a vocabulary's numbers, for compiled code
pitch_sets   the pitches that each symbol may take next
heads        what predicts each field of the next event
linear       sums and products of single-precision numbers
matrices     products of a step's matrices, plain or in 8 bits
together     several sessions at once, with one step for all
windows      features of many events at once, for training
drum_hits    what a drum kit played some beats ago
pitch_bits   sets of pitches as integers and masks
arrays       array types
features/    what the network receives of a context, as row numbers
modelfile    ModelFile: one .onnx file, found by name, checked and opened
onnx_file    reads of an .onnx file what is checked
step_graph   the graph of the step, as the exporter writes it and a file must hold it
tables       the arrays of the numpy part, and the sizes they must have
labels       sizes, vocabulary, defaults and card of a file
score        likelihood of pieces
net/         the network in torch, and its export; only training imports it

May import `music`, `protocol`, `files`, `paths` and `errors`, numpy and ONNX Runtime. Contexts, states and snapshots
are immutable; the one object that changes is a Session, which belongs to the thread that made it.
"""
