"""Train: from a folder of MIDI files to a model in the model list, while the music goes on.

training      Training: the run there is, and what can be done with it; state: what it does, and how good it is;
              process: `musiclstm train` as a process
runs          Run: what was asked for and how far it came, kept in a folder until it is done
dialog        the dialog: form (what to train on), page (what was found, `proposal`, and how it goes, `curve`),
              missing (no PyTorch: `installer`); words
learn         the dialog that asks how takes shall teach the model that plays
news          what the window says of it

A run's folder is written by `runs`, here, and by the process. Nothing of this knows torch: the process does.
"""
