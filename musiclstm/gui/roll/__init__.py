"""The piano roll.

box            the roll with what belongs to it
model          the notes by beat: planned, sounding, played, withdrawn; state: everything else that it shows
piano_roll     the widget; ground, notes_painter, hits_painter, unisons, shades, overlay: how it is drawn
edge_keys      keys and drums left of it; lane_head: a player's name, mute and solo, above its lane
now_button     leads back to now
ruler          the numbers of the bars above it, where bars are selected; selection: which
chord_lane     the chords that lead, and where they are typed; chord_loader: those from files and the clipboard
harmony        the chords of what was played; phrases: where phrases end
"""
