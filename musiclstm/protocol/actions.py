"""The actions that a MIDI knob, key or pedal can be mapped to besides the controls."""

from __future__ import annotations

SLOTS = "ABCDEFGH"
"""Bookmarks, and sections of a song."""
# The name, which stands in the MIDI-map file, and the description that the window shows.
ACTIONS: dict[str, str] = {
    "play": "Play or stop",
    "panic": "End all notes",
    "hold": "Hold, or continue",
    "forget": "Clear the memory",
    "undo": "Take back Forget or Reset",
    "reset": "Reset the controls, and let the music recover",
    "take over": "Let the model play now (in 'continue')",
    "save": "Save the take",
    "capture": "Keep what you just played, as a MIDI file",
    "surprise.up": "More surprising notes",
    "surprise.down": "Less surprising notes",
    "back": "Back one bar",
    "end": "Come to an end, or go on",
    "loop": "Loop the last two bars, or leave the loop",
    **{f"bookmark.{slot}": f"Set bookmark {slot}" for slot in SLOTS},
    **{f"return.{slot}": f"Go to bookmark {slot}" for slot in SLOTS},
    **{f"section.{letter}": f"Go to section {letter} at the bar" for letter in SLOTS},
    "section.next": "Next section, at the bar",
    "song.next": "Next song, at the bar",
    "morph.AB": "Morph between bookmarks A and B",
    **{f"mute.{part}": f"Mute part {part}" for part in range(1, 17)},
    **{f"volume.{part}": f"Volume of part {part}" for part in range(1, 17)},
    **{f"solo.{part}": f"Hear part {part} alone (solo)" for part in range(1, 17)},
}
