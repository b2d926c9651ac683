"""What the window says of a take, in words."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from musiclstm.engine.supervision.host import Entry
from musiclstm.words import counted


def length_words(seconds: float) -> str:
    if seconds < 90:
        return counted(max(1, round(seconds)), "second")
    minutes = round(seconds / 60)
    if minutes < 90:
        return counted(minutes, "minute")
    return f"{minutes // 60} h {minutes % 60:02d} min"


def date_words(seconds: float) -> str:
    """seconds: since 1970."""
    when = datetime.fromtimestamp(seconds).astimezone()
    return f"{when:%A}, {when.day} {when:%B %Y}, {when:%H:%M}"


def day_words(seconds: float) -> str:
    """Without the year: there are few of them."""
    when = datetime.fromtimestamp(seconds).astimezone()
    return f"{when:%A}, {when.day} {when:%B}, {when:%H:%M}"


def short_date(seconds: float) -> str:
    when = datetime.fromtimestamp(seconds).astimezone()
    return f"{when.day} {when:%B}, {when:%H:%M}"


def title(entry: Entry) -> str:
    """Its name, or else when it began."""
    if entry.name:
        return entry.name
    return "…" if entry.summary is None else day_words(entry.summary.started)


def facts(entry: Entry) -> str:
    """Length, notes and models in a line."""
    summary = entry.summary
    if summary is None:
        return "is being looked at"
    words = [length_words(summary.seconds), counted(summary.notes, "note"), ", ".join(summary.models)]
    if entry.name:
        words.insert(0, short_date(summary.started))
    return "  ·  ".join(word for word in words if word)


def where(entry: Entry) -> str:
    """Whether it is in a MIDI file, in a few words."""
    summary = entry.summary
    if entry.playing:
        return "playing now"
    if summary is None:
        return ""
    if summary.saved and not summary.unsaved:
        return "saved"
    if summary.saved:
        return "saved in part"
    return "cut off by a crash" if entry.cut_off else ""


def where_in_full(entry: Entry) -> str:
    """The same in a sentence, with the file's name."""
    summary = entry.summary
    if summary is None:
        return ""
    if not summary.saved:
        return "Not saved as MIDI yet."
    name = Path(summary.saved).name
    if summary.unsaved:
        return f"All but its last {counted(summary.unsaved, 'note')} in {name}."
    return f"Saved as {name}."


def room_words(size: float, count: int, days: float | None, gib: float | None) -> str:
    """How much room all takes need, and how long they stay."""
    if not count:
        return ""
    limits = [f"{days:g} days" if days else "", f"at most {gib:g} GiB in all" if gib else ""]
    kept = " and ".join(limit for limit in limits if limit)
    until = f"kept for {kept}; those with a name until you delete them" if days else f"{kept}, those with a name apart"
    return f"{counted(count, 'take')}, {size_words(size)}; {until if kept else 'kept until you delete them'}."


def size_words(size: float) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{max(1, round(size / 1e3))} kB"
