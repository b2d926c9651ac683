"""Appearance.

theme        Theme: colours by role; colours: OKLCH, mixing, contrast; style_sheet: the standard widgets
appearance   which theme is on; icons
rows, buttons, labels, focus  small widgets that others are made of; tab_order: in which order Tab finds them
typed        whether somebody types in a number field
room         of a window on its screen, and of text in a field
mapped       what shows that a knob is mapped to something; folding: what a bar leaves out where it is narrow
"""
