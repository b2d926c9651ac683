"""What the LSTM remembers.

model       the state frames of the last minutes, by beat; its only writer is the view
box         the memory view as a whole
view        cells, gates and surprise over time
lanes       where each of them is; lanes_painter: how they are drawn
gates_now   the gates at this moment; explain: what each thing on show is
"""
