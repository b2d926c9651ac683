"""The panel at the right.

control_values   the current value of every control; value_words: in words, and what it does to the music
panel            the controls by group; slider, slider_painter: one of them
preset_row       recalls, keeps and deletes presets: settings under a name
player_line      above the parts of one player of a band: its port
player_chooser   whom they steer: all players of a band, or one alone
buttons          the modes, and Reset
hints            what the control under the mouse does; turn_sign: whose turn it is
parts            how each part is played
part_row         one of them; part_details: what it unfolds; fader: its volume and level; instruments: their names
"""
