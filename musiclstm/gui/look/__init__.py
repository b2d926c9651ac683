"""Appearance.

theme        Theme: colours by role; colours: OKLCH, mixing, contrast; style_sheet: the standard widgets
appearance   which theme is on; icons
rows, buttons, focus  small widgets that others are made of
"""
