"""The network in torch: the only modules that import torch or onnx, which only training may import.

network  MusicLSTM: the whole network, with its equations
heads    one head for each field of the next event
tied     the tied part of the pitch head
dropout  dropout with cheap masks; rows: sums of rows with a cheap gradient
batch    Batch: windows of events as tensors; the masks of what may come next
export   checkpoint -> model file
restored model file -> network, to train it further

May import `musiclstm.model` and `music`. Weights belong to the trainer; nothing here writes files but `export`.
The names of parameters and of `ModelConfig`'s fields are part of the checkpoint's and the model file's format.
"""
