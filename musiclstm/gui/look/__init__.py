"""Appearance: `theme` colours and style, `appearance` which theme is on, `icons`, `rows` and `focus` for widgets."""
