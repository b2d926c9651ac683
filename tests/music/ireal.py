"""Links of iReal Pro as the program writes them, of charts of our own."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from musiclstm.music import ireal


def link(songs: Sequence[tuple[str, str]], playlist: str = "", tempo: int = 0) -> str:
    """An irealb:// link of songs (title, chart)."""
    written = []
    for title, chart in songs:
        short = chart.replace("   ", "XyQ").replace(" |", "LZ").replace("| x", "Kcl")
        scrambled = "1r34LbKcu7" + ireal._swapped(short)
        written.append("=".join((title, "Me Myself", "", "Medium Swing", "C", "", scrambled, "", str(tempo), "0")))
    return "irealb://" + quote("===".join([*written, playlist] if playlist else written), safe="'")
