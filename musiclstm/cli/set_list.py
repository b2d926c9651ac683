"""generate --setlist: the songs of a set list to files."""

from __future__ import annotations

import argparse
import json
import re
import secrets
from typing import Any

from musiclstm import set_list
from musiclstm.cli.targets import sound_of, targets
from musiclstm.engine.offline import set_list as offline
from musiclstm.errors import UsageError
from musiclstm.files import make_folder
from musiclstm.model.mixture import open_with_parent
from musiclstm.music import notation
from musiclstm.music.form import Song
from musiclstm.words import counted

_OTHER = (
    "bars", "seconds", "events", "end", "prime", "chords", "chart", "temperature", "top_p", "strength", "tempo",
    "learnt", "controls",
)  # fmt: skip
_LONGEST_NAME = 50  # characters, of which each may take four of a file name's 255 bytes
_SWITCHES = ("ritardando", "fade")
_CALLED = {"controls": "set", "top_p": "top-p"}


def run(options: argparse.Namespace) -> int:
    """Write one song to a file, or all to a folder. What is wrong is found before the first of them is played."""
    if given := [name for name in _OTHER if getattr(options, name) not in (None, [])]:
        name = "no-end" if given[0] == "end" and not options.end else _CALLED.get(given[0], given[0])
        raise UsageError(f"--{name} says what the set list says already; leave one of them out.")
    if given := [name for name in _SWITCHES if getattr(options, name)]:
        raise UsageError(f"--{given[0]} is not for the songs of a set list; leave it out.")
    if options.count != 1:
        raise UsageError("--count is not for the songs of a set list; use another --seed for another version.")
    songs = _chosen(set_list.read(options.setlist).songs, options.song)
    for song in songs:
        offline.check(song)
    if options.wav:
        from musiclstm.engine.offline import wav

        wav.check()
    files = [f"{number:02} {_name(song)}" for number, song in enumerate(songs, 1)]
    paths = targets(options.output, files, "songs (or --song to choose one)", sound=options.wav)
    if notation.is_score(options.output):
        notation.check()
    names = [song.model_names(options.model) for song in songs]
    models = {name: open_with_parent(name) for name in dict.fromkeys(name for each in names for name in each)}
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    written = []
    for path, song, its in zip(paths, songs, names, strict=True):
        piece = offline.play(song, {name: models[name] for name in its}, seed)
        make_folder(path.parent)
        notation.write_file(path, piece, pedal=options.pedal)
        made: dict[str, Any] = {
            "file": str(path), "seed": seed, "notes": len(piece.notes), "bars": round(piece.bars, 2), "song": song.title
        }  # fmt: skip
        if options.wav:
            wav.write(sound_of(path), piece)
            made["wav"] = str(sound_of(path))
        written.append(made)
        if not options.json:
            print(f"{path}: {counted(made['notes'], 'note')}, {counted(made['bars'], 'bar')}, seed {seed}")
    if options.json:
        print(json.dumps({"set_list": options.setlist, "files": written}, indent=2))
    return 0


def _chosen(songs: tuple[Song, ...], number: int | None) -> tuple[Song, ...]:
    if number is None:
        return songs
    if number > len(songs):
        raise UsageError(f"The set list has {counted(len(songs), 'song')}; there is no song {number}.")
    return songs[number - 1 : number]


def _name(song: Song) -> str:
    return re.sub(r"[^\w -]+", "", song.title).strip()[:_LONGEST_NAME].strip() or "song"
