"""Names in MIDI files: the standard leaves the encoding open."""

from __future__ import annotations

import re
from collections.abc import Sequence

# A word of Latin and other letters at once: no language has those.
_MIXED = re.compile("[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]")
# What the detector gives back for a name of one accent, of which it cannot be sure.
_WESTERN = "cp1252"


def encoding_of(texts: Sequence[bytes]) -> str:
    """The most likely encoding of all the texts of a file, taken together because each is short."""
    whole = b"\n".join(text for text in texts if not _marked(text))
    try:
        whole.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    # Takes a tenth of a second to import, for the few files that need it.
    import chardet

    found = chardet.detect(
        whole,
        # Those of DOS and mainframes are hardly in use with MIDI, and look like anything.
        encoding_era=chardet.EncodingEra.MODERN_WEB | chardet.EncodingEra.LEGACY_ISO,
        prefer_superset=True,
        compat_names=False,
        no_match_encoding=_WESTERN,
    )
    encoding = found["encoding"] or _WESTERN
    return _WESTERN if _MIXED.search(whole.decode(encoding, "replace")) else encoding


def decode(text: bytes, encoding: str) -> str:
    """One line of printable characters."""
    marked = _marked(text)
    found = text.decode("utf-8-sig" if marked == "utf-8" else marked or encoding, "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in found).split())


def _marked(text: bytes) -> str | None:
    """The encoding that a byte order mark tells."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "utf-8" if text[:3] == b"\xef\xbb\xbf" else None
