"""The panel at the right.

control_values   what every control is set to now, whoever set it
panel            the controls by group; slider: one of them; presets: settings under a name
parts            how each part is played; instruments: their names
"""
