"""takes: list what was played, save it as MIDI, delete it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from musiclstm import paths
from musiclstm.engine.recording.excerpt import Bars, save_bars, save_captured
from musiclstm.engine.recording.library import Entry, Library
from musiclstm.errors import UsageError
from musiclstm.files import is_folder, is_midi_output
from musiclstm.music import notation
from musiclstm.words import counted


def run(options: argparse.Namespace) -> int:
    """Print all takes, the newest first as number 1; or save or delete one."""
    library = Library(paths.journal())
    library.look(lambda _: None)
    entries = library.entries()
    if options.save is not None:
        number, file = options.save
        session = _writable(entries, number, file, "--save")
        if options.bars is not None:
            first, last = options.bars
            save_bars(library.folder, session, file, Bars(first=first, last=last, part=options.part))
        elif options.part is not None:
            raise UsageError("--part needs --bars")
        elif notation.is_score(file):
            library.export(session, str(Path(file).resolve()))
        else:
            library.save(session, str(Path(file).resolve()))
        print(f"Saved {file}")
    elif options.bars is not None or options.part is not None:
        raise UsageError("--bars and --part need --save")
    elif options.capture is not None:
        number, file = options.capture
        save_captured(library.folder, _writable(entries, number, file, "--capture"), file)
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


def _writable(entries: list[Entry], number: str, file: str, option: str) -> str:
    """The session of a take that is to be written to this file. Raises UsageError."""
    if notation.is_score(file):
        notation.check()
    elif not is_midi_output(file):
        raise UsageError(f"{option} {number} {file} should end in .mid or .musicxml")
    if not is_folder(folder := Path(file).absolute().parent):
        raise UsageError(f"There is no folder {folder} to write {Path(file).name} to; make it first")
    return chosen(entries, number).session


def chosen(entries: list[Entry], number: str) -> Entry:
    """The take with that number in the list. Raises UsageError."""
    if number.isdecimal() and len(number) < 20 and 1 <= int(number) <= len(entries):
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
        saved = f"all but {counted(summary.unsaved, 'note')} saved as {summary.saved}"
    state = "playing now" if entry.playing else saved
    words = (entry.name, ", ".join(summary.models), counted(summary.notes, "note"), state)
    return f"{number:4}  {begun:%Y-%m-%d %H:%M}  {minutes:4}:{seconds:02}  {'; '.join(word for word in words if word)}"
