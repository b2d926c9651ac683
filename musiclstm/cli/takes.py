"""takes: list what was played, save it as MIDI, delete it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from musiclstm import paths
from musiclstm.engine.recording.library import Entry, Library
from musiclstm.errors import UsageError
from musiclstm.files import is_midi_output


def run(options: argparse.Namespace) -> int:
    """Print all takes, the newest first as number 1; or save or delete one."""
    library = Library(paths.journal())
    library.look(lambda _: None)
    entries = library.entries()
    if options.save is not None:
        number, file = options.save
        if not is_midi_output(file):
            raise UsageError(f"--save {number} {file} should end in .mid")
        library.save(chosen(entries, number).session, str(Path(file).resolve()))
        print(f"Saved {file}")
    elif options.delete is not None:
        library.delete(chosen(entries, options.delete).session)
        library.empty()
        print(f"Deleted take {options.delete}")
    elif options.json:
        print(json.dumps([asdict(entry) for entry in entries], indent=2))
    elif not entries:
        print("There are no takes. Whatever is played is kept here, in the window and by `musiclstm play`.")
    else:
        for number, entry in enumerate(entries, 1):
            print(_line(number, entry))
    return 0


def chosen(entries: list[Entry], number: str) -> Entry:
    """The take with that number in the list. Raises UsageError."""
    if number.isdecimal() and 1 <= int(number) <= len(entries):
        return entries[int(number) - 1]
    many = f"the numbers go from 1 to {len(entries)}" if entries else "there are none"
    raise UsageError(f"There is no take {number}; {many}.")


def _line(number: int, entry: Entry) -> str:
    summary = entry.summary
    if summary is None:
        return f"{number:4}  cannot be read: {entry.session}"
    begun = datetime.fromtimestamp(summary.started).astimezone()
    minutes, seconds = divmod(round(summary.seconds), 60)
    saved = f"saved as {summary.saved}" if summary.saved else ""
    if summary.saved and summary.unsaved:
        saved = f"all but {summary.unsaved} notes saved as {summary.saved}"
    state = "playing now" if entry.playing else saved
    words = (entry.name, ", ".join(summary.models), f"{summary.notes:,} notes", state)
    return f"{number:4}  {begun:%Y-%m-%d %H:%M}  {minutes:4}:{seconds:02}  {'; '.join(word for word in words if word)}"
