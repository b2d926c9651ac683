"""Keys to play on: `keyboard` with the mouse, `typing_keyboard` with letters. `edge_keys` name the rows of the roll."""
