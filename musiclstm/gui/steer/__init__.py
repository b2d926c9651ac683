"""The panel at the right.

control_values   the current value of every control
panel            the controls by group; slider: one of them; presets: settings under a name
parts            how each part is played; instruments: their names
"""
