"""The panel at the right.

control_values   the current value of every control
panel            the controls by group; slider: one of them; presets: settings under a name
parts            how each part is played; part_row: one of them; fader: its volume and level; instruments: their names
"""
