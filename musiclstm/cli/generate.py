"""generate: new music to MIDI files."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any

from musiclstm.cli.chords import chords_of
from musiclstm.cli.targets import seed_of, sound_of, targets
from musiclstm.cli.warning import warn
from musiclstm.engine.offline import render
from musiclstm.engine.system.priority import no_collection
from musiclstm.errors import UsageError
from musiclstm.files import make_folder
from musiclstm.model.mixture import open_with_parent
from musiclstm.model.modelfile import ModelFile
from musiclstm.music import midifile, notation
from musiclstm.music.note import Meter, Piece
from musiclstm.protocol.controls import NO_PLAYER
from musiclstm.words import counted


def run(options: argparse.Namespace) -> int:
    with no_collection():
        if options.setlist is not None:
            from musiclstm.cli import set_list  # the performer, which nothing else here needs

            return set_list.run(options)
        if options.song is not None:
            raise UsageError("--song chooses a song of a set list: name its file by --setlist.")
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    """Write `--count` pieces. Whatever is wrong with the command is found before the first of them is started."""
    model = open_with_parent(options.model)
    prime = midifile.read(options.prime, model.vocabulary.base) if options.prime else None
    if prime is not None:
        warn({prime.source: prime.warnings})
    seed = seed_of(options)
    if options.wav:
        from musiclstm.engine.offline import wav

        wav.check()
    if notation.is_score(options.output):
        notation.check()
    names = [f"{model.name}-{seed + index}" for index in range(options.count)]
    paths = targets(options.output, names, sound=options.wav)
    _check_chords(options, model)
    chords = chords_of(options, Meter(*model.vocabulary.meters[0]).bar_beats if model.vocabulary.meters else 4.0)
    length = _length(options)
    # Where chords lead, they say what it ends on.
    ends = isinstance(length, render.Bars) and not options.chords if options.end is None else options.end
    if ends and isinstance(length, render.Events):
        raise UsageError(
            "The music can end at a number of bars or seconds, not of events: leave out --end or --events."
        )
    first = render.Request(
        length, seed, options.tempo, prime, _controls(options),
        ends=ends, ritardando=options.ritardando, fade=options.fade, chords=chords,
    )  # fmt: skip
    requests = [
        replace(first, seed=seed + index, title=f"{model.title} {seed + index}") for index in range(options.count)
    ]
    written = []
    for target, request, piece in zip(paths, requests, render.generate_all(model, requests), strict=True):
        make_folder(target.parent)
        notation.write_file(target, piece, pedal=options.pedal)
        made = {"file": str(target), **_described(piece, request.seed)}
        if options.wav:
            wav.write(sound_of(target), piece)
            made["wav"] = str(sound_of(target))
        written.append(made)
        if not options.json:
            lasts = f"{counted(made['bars'], 'bar')}, {made['seconds']:g} s"
            print(f"{target}: {counted(made['notes'], 'note')}, {lasts}, seed {request.seed}")
    if options.json:
        warnings = list(prime.warnings) if prime else []
        print(json.dumps({"model": model.name, "files": written, "warnings": warnings}, indent=2))
    return 0


def _check_chords(options: argparse.Namespace, model: ModelFile) -> None:
    """Raises UsageError for chords that could not lead, and for the strength of none."""
    if options.chords is not None and model.vocabulary.percussive:
        raise UsageError(f"{model.title} plays drums, which no chords can lead; leave out --chords.")
    leader = {**model.defaults, **dict(options.controls)}.get("chords.player", NO_PLAYER)
    if options.strength is not None and options.chords is None and leader == NO_PLAYER:
        raise UsageError("--strength says how much chords lead: name them by --chords.")


def _length(options: argparse.Namespace) -> render.Length:
    if options.seconds is not None:
        return render.Seconds(options.seconds)
    if options.events is not None:
        return render.Events(options.events)
    return render.Bars(32 if options.bars is None else options.bars)


def _controls(options: argparse.Namespace) -> dict[str, Any]:
    fields = ("time", "pitch", "velocity")
    controls = {}
    if options.temperature is not None:
        controls.update({f"{field}.temperature": options.temperature for field in fields})
    if options.learnt is not None:
        controls["learnt"] = options.learnt
    if options.strength is not None:
        controls["chords"] = options.strength
    if options.top_p is not None:
        controls.update({f"{field}.top_p": options.top_p for field in fields})
    return controls | dict(options.controls)


def _described(piece: Piece, seed: int) -> dict[str, Any]:
    beats = piece.length
    return {
        "seed": seed,
        "notes": len(piece.notes),
        "bars": round(piece.bars, 2),
        "beats": round(beats, 3),
        "seconds": round(piece.clock()(beats), 3),
        "tempo": piece.tempo,
    }
