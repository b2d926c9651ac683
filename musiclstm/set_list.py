"""The file of a set list: TOML, read and checked as a whole, and written whole or not at all.

    format = 1
    title = "Friday"

    [[song]]
    title = "Reel"
    model = "folk"                # or a band: "drums-under-folk", "folk+drums"
    tempo = 112
    chain = "A×2 B A"
    at_end = "stop"               # or "repeat", "end"
    fill = 0.5                    # denser before a section changes, 0 to 1 ...
    fill_bars = 1                 # ... in the last bar, or half of it: 0.5

    [song.A]
    bars = 8                      # without: until somebody moves on
    chords = "Dm7 | G7 | C | C"
    controls = { density = -0.3, "time.temperature" = 0.9 }
    parts = { 1 = { mute = true }, 2 = { mode = "follow" } }

Where a key is left out, the section leaves that as it was; without `chords` none lead.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from musiclstm import toml_file
from musiclstm.errors import UsageError, reason
from musiclstm.files import write_atomic
from musiclstm.music import chord_track
from musiclstm.music.form import (
    AT_END,
    LETTERS,
    MOST_BARS,
    MOST_SONGS,
    PartOfSection,
    Section,
    SetList,
    Song,
    chain_text,
    read_chain,
)
from musiclstm.protocol.controls import ALL, Value, control, split
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM
from musiclstm.protocol.modes import PART_MODES

FORMAT = 1
MOST_PARTS = 64
_LONGEST = 4096  # letters of a text


def read(path: str | Path) -> SetList:
    """A set list from its file. Raises UsageError: one line that names the file and the first thing that is wrong."""
    try:
        return _of_document(toml_file.read(Path(path)))
    except (OSError, UsageError) as error:
        raise UsageError(f"The set list {path} is not used: {str(reason(error)).rstrip('.')}.") from error


def of_text(text: str) -> SetList:
    """Raises UsageError without the name of a file."""
    return _of_document(toml_file.of_text(text))


def _of_document(document: tomlkit.TOMLDocument) -> SetList:
    values = document.unwrap()
    _known(values, {"format", "title", "song"}, "a set list")
    if values.get("format") != FORMAT:
        raise UsageError(f"its format is {values.get('format')!r}, and this version reads format {FORMAT}")
    songs = values.get("song")
    if not isinstance(songs, list) or not 0 < len(songs) <= MOST_SONGS:
        raise UsageError(f"it needs 1 to {MOST_SONGS} songs, each under [[song]]")
    return SetList(
        tuple(_song(song, f"song {number}") for number, song in enumerate(songs, 1)),
        _text(values, "title", "the set list"),
    )


def write(path: str | Path, set_list: SetList) -> None:
    """Whole or not at all. Raises UsageError."""
    try:
        write_atomic(Path(path), to_text(set_list).encode())
    except OSError as error:
        raise UsageError(f"The set list cannot be written to {path}: {reason(error)}.") from error


def to_text(set_list: SetList) -> str:
    document = tomlkit.document()
    document["format"] = FORMAT
    if set_list.title:
        document["title"] = set_list.title
    songs = tomlkit.aot()
    for song in set_list.songs:
        songs.append(_song_table(song))
    document["song"] = songs
    return tomlkit.dumps(document)


def _song_table(song: Song) -> Any:
    table = tomlkit.table()
    plain = Song()
    for name in ("title", "model", "tempo", "at_end", "fill", "fill_bars"):
        if (value := getattr(song, name)) != getattr(plain, name):
            table[name] = value
    if song.chain:
        table["chain"] = chain_text(song.chain)
    for letter, section in sorted(song.sections.items()):
        table[letter] = _section_table(section)
    return table


def _section_table(section: Section) -> Any:
    table = tomlkit.table()
    plain = Section()
    for name in ("bars", "chords", "model", "tempo"):
        if (value := getattr(section, name)) != getattr(plain, name):
            table[name] = value
    if section.controls:
        controls = tomlkit.inline_table()
        for name, value in section.controls.items():
            controls[name] = "none" if value is None else value
        table["controls"] = controls
    if section.parts:
        parts = tomlkit.inline_table()
        for part, settings in sorted(section.parts.items()):
            one = tomlkit.inline_table()
            if settings.mode is not None:
                one["mode"] = settings.mode
            if settings.mute is not None:
                one["mute"] = settings.mute
            parts[str(part + 1)] = one
        table["parts"] = parts
    return table


# ---- checking ------------------------------------------------------------------------------------------------------


def _song(values: object, where: str) -> Song:
    table = _table(values, where)
    _known(table, {"title", "model", "tempo", "chain", "at_end", "fill", "fill_bars", *LETTERS}, where)
    sections = {letter: _section(table[letter], f"{where}, section {letter}") for letter in LETTERS if letter in table}
    text = _text(table, "chain", where)
    try:
        chain = read_chain(text)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error
    if missing := [letter for letter in chain if letter not in sections]:
        raise UsageError(f"{where}: section {missing[0]} of its chain is missing")
    at_end = _text(table, "at_end", where) or AT_END[0]
    if at_end not in AT_END:
        raise UsageError(f"{where}: at_end is one of {', '.join(AT_END)}, not {at_end!r}")
    fill_bars = _number(table, "fill_bars", where, 0.5, 1.0)
    return Song(
        title=_text(table, "title", where),
        sections=sections,
        chain=chain,
        at_end=at_end,
        model=_text(table, "model", where),
        tempo=_number(table, "tempo", where, MIN_BPM, MAX_BPM),
        fill=_number(table, "fill", where, 0.0, 1.0) or 0.0,
        fill_bars=1.0 if fill_bars is None else fill_bars,
    )


def _section(values: object, where: str) -> Section:
    table = _table(values, where)
    _known(table, {"bars", "chords", "model", "tempo", "controls", "parts"}, where)
    bars = table.get("bars")
    if bars is not None and (type(bars) is not int or not 1 <= bars <= MOST_BARS):
        raise UsageError(f"{where}: bars is a whole number from 1 to {MOST_BARS}, not {bars!r}")
    chords = _text(table, "chords", where)
    if chords.strip():
        try:
            chord_track.read(chords)
        except UsageError as error:
            raise UsageError(f"{where}, chords: {error}") from error
    controls = _table(table.get("controls", {}), f"{where}, controls")
    parts = _table(table.get("parts", {}), f"{where}, parts")
    return Section(
        controls={name: _control(name, value, where) for name, value in controls.items()},
        parts=dict(_part(name, value, where) for name, value in parts.items()),
        chords=chords.strip(),
        model=_text(table, "model", where),
        tempo=_number(table, "tempo", where, MIN_BPM, MAX_BPM),
        bars=bars,
    )


def _control(name: str, value: Any, where: str) -> Value:
    try:
        known = control(name)
    except KeyError:
        raise UsageError(f"{where}: there is no control called {name}") from None
    if value == ALL and split(name)[0] is not None:
        return ALL
    if not isinstance(value, (bool, int, float, str)) or (isinstance(value, float) and not math.isfinite(value)):
        raise UsageError(f"{where}: {name} cannot be {value!r}")
    if not (isinstance(value, str) or known.switch or known.choices or known.low <= value <= known.high):
        raise UsageError(f"{where}: {name} is a number from {known.low:g} to {known.high:g}, not {value!r}")
    try:
        return known.clamp(None if value == "none" and known.optional else value)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from error


def _part(name: str, value: object, where: str) -> tuple[int, PartOfSection]:
    if not name.isdecimal() or len(name) > len(str(MOST_PARTS)) or not 1 <= int(name) <= MOST_PARTS:
        raise UsageError(f"{where}: parts are counted from 1, and {name!r} is none")
    where = f"{where}, part {name}"
    table = _table(value, where)
    _known(table, {"mode", "mute"}, where)
    mode, mute = table.get("mode"), table.get("mute")
    if mode is not None and mode not in PART_MODES:
        raise UsageError(f"{where}: mode is one of {', '.join(PART_MODES)}, not {mode!r}")
    if not isinstance(mute, (bool, type(None))):
        raise UsageError(f"{where}: mute is true or false, not {mute!r}")
    return int(name) - 1, PartOfSection(mode, mute)


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{where} must be a table of names and values")
    return value


def _known(values: Mapping[str, Any], names: Collection[str], where: str) -> None:
    if unknown := sorted(set(values) - set(names)):
        raise UsageError(f"{where} has {unknown[0]!r}, which this version does not know")


def _text(values: Mapping[str, Any], name: str, where: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST or {*value} & {*"\0\r"}:
        raise UsageError(f"{where}: {name} must be a text of at most {_LONGEST:,} letters, not {value!r:.60}")
    return value


def _number(values: Mapping[str, Any], name: str, where: str, low: float, high: float) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise UsageError(f"{where}: {name} is a number from {low:g} to {high:g}, not {value!r}")
    return float(value)
