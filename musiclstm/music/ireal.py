"""Links of iReal Pro: the songs in them, and the plain text of their charts, which `ireal_chart` reads.

`irealbook://` is documented by iReal Pro (irealpro.com/ireal-pro-custom-chord-chart-protocol). `irealb://`, which the
program itself exports, is not: its charts are scrambled in blocks of 50 characters, as found out by others
(github.com/pianosnake/ireal-reader). HTML files that it exports hold such links.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from musiclstm.errors import UsageError

_LINK = re.compile(r"""(?i:"(irealb(?:ook)?://[^"]*)|'(irealb(?:ook)?://[^']*)|(irealb(?:ook)?://[^"'<>\s]*))""")
_SCRAMBLED = "1r34LbKcu7"
"""Begins a chart of an irealb:// link."""
_BLOCK = 50
_SHORT = {"Kcl": "| x", "LZ": " |", "XyQ": "   "}
"""What stands for what in a chart that was scrambled."""
_FIELDS = 6  # of a song in an irealbook:// link
MOST_SONGS = 5000


@dataclass(frozen=True, slots=True)
class Song:
    """chart: as `ireal_chart.read` takes it."""

    title: str
    chart: str


def is_link(text: str) -> bool:
    """Whether there is a link of iReal Pro in a text."""
    return "irealb" in text.lower() and "://" in text


def songs(text: str) -> list[Song]:
    """The songs of all links in a text or an HTML page. Raises UsageError if there are none."""
    found = list(islice((song for link in _links(text) for song in _of_link(link)), MOST_SONGS + 1))
    if not found:
        raise UsageError("There is no song in this link of iReal Pro; export it again, or write its chords as text.")
    if len(found) > MOST_SONGS:
        raise UsageError(f"There are more than {MOST_SONGS} songs in it; export fewer of them.")
    return found


def chosen(found: list[Song], title: str) -> Song:
    """The song of that title, or the only one whose title has it in it; "": the first. Raises UsageError."""
    if not title:
        return found[0]
    wanted = title.casefold().strip()
    same = [song for song in found if song.title.casefold() == wanted]
    alike = same or [song for song in found if wanted in song.title.casefold()]
    if len({song.chart for song in alike}) == 1:
        return alike[0]
    names = ", ".join(song.title for song in (alike or found)[:8])
    what = "more than one song is" if alike else "no song is"
    raise UsageError(f'In this playlist {what} called "{title}"; there are {names}{", …" if len(found) > 8 else ""}.')


def unscrambled(text: str) -> str:
    """A chart of an irealb:// link, without what it begins with, as plain text."""
    found = _swapped(text)
    for short, long in _SHORT.items():
        found = found.replace(short, long)
    return found


def _swapped(text: str) -> str:
    """Its own inverse: in each whole block but the last few characters, some change places with those from its end."""
    blocks = []
    while len(text) > _BLOCK:
        block, text = text[:_BLOCK], text[_BLOCK:]
        blocks.append(block if len(text) < 2 else _swapped_block(block))
    return "".join(blocks) + text


def _swapped_block(block: str) -> str:
    moved = [*range(5), *range(10, 24)]
    characters = list(block)
    for index in moved:
        characters[index], characters[_BLOCK - 1 - index] = block[_BLOCK - 1 - index], block[index]
    return "".join(characters)


def _links(text: str) -> Iterator[str]:
    text = text.strip()
    if text.lower().startswith("irealb"):
        yield text  # pasted: it may hold blanks
        return
    for found in _LINK.finditer(text):
        yield html.unescape(found[found.lastindex or 0])


def _of_link(link: str) -> Iterator[Song]:
    kind, _, rest = link.partition("://")
    # A line break in the middle of a long link is no part of it; one that counts is %0A.
    fields = _unquoted(re.sub(r"[\r\n]", "", rest)).split("=")
    if kind.lower() == "irealb" and any(field.startswith(_SCRAMBLED) for field in fields):
        for index, field in enumerate(fields):
            if field.startswith(_SCRAMBLED):
                # title, composer, nothing, style, key, transposition; fields may be empty, so they are counted
                title = fields[index - 6] if index >= 6 else fields[0]
                yield Song(title.strip(), unscrambled(field.removeprefix(_SCRAMBLED)))
        return
    one_by_one = "=".join(fields).split("===") if "===" in rest else ["=".join(fields)]
    for part in (each.split("=") for each in one_by_one):
        for start in range(0, len(part) - _FIELDS + 1, _FIELDS):
            yield Song(part[start].strip(), part[start + _FIELDS - 1])


def _unquoted(text: str) -> str:
    """As by `urllib.parse.unquote`, which takes gigabytes for megabytes of `%`."""
    octets = re.sub(
        rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode(errors="replace")
    )
    return octets.decode(errors="replace")
