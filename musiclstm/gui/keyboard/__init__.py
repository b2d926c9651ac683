"""Keys to play on: `keyboard` with the mouse, `typing_keyboard` with letters."""
