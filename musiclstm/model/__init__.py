"""The LSTM: what it is, and how the instrument runs it. Only `network`, its parts and `export` know torch.

features   Features: every fact the network is told, as row numbers
around     what a tied head sees of every pitch
network    MusicLSTM: the network in torch, gate equations and all
heads      a field of the next event each
tied       the pitch head's part that looks at what stands around each pitch
export     checkpoint -> model file
modelfile  ModelFile: one .onnx file, opened
stepper    Stepper: one event through the exported LSTM
sampling   Constraints, and drawing one choice
session    Session: feed, generate, snapshot, restore
snapshot   Snapshot: everything a session is, and what lies between two
score      likelihood of pieces, without torch
"""
