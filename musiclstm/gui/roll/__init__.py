"""The piano roll: `model` what was played and is planned, `piano_roll` how it is drawn."""
