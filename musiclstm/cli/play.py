"""play: playing without a window, by the options of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from musiclstm import set_list
from musiclstm.cli import prime, stream
from musiclstm.cli.chords import chords_of
from musiclstm.cli.closing import Close
from musiclstm.errors import UsageError
from musiclstm.files import is_midi_output
from musiclstm.protocol.commands import BesideDaw, Chords, Command, LoadSetList, OpenInput, OpenOutput, Prime, SetSync
from musiclstm.protocol.options import EngineOptions


def run(options: argparse.Namespace) -> int:
    """Play until `--bars` or `--seconds` are over or a signal ends it."""
    if options.record and not is_midi_output(options.record):
        raise UsageError(f"--record {options.record} should end in .mid")
    if (options.ritardando or options.fade) and options.bars is None and options.end is None:
        raise UsageError("--ritardando and --fade say how the music ends: name --bars or --end, too.")
    controls = list(options.controls)
    if options.mode is not None:
        controls.append(("mode", options.mode))
    if options.strength is not None:
        controls.append(("chords", options.strength))
    model, tempo = options.model, options.tempo
    if options.setlist is not None:
        if options.prime is not None:
            raise UsageError("--prime is not for the songs of a set list; leave one of them out.")
        if options.chords is not None:
            raise UsageError("--chords is not for the songs of a set list; leave one of them out.")
        model = set_list.read(options.setlist).songs[0].model_names(model)[0]
    elif options.prime is not None:
        tempo = tempo or prime.tempo_of(options.prime, model)
    sync = _sync(options.sync, send=options.send_clock)
    latency = next((latency for name, latency in reversed(options.latencies) if not name), 0.0)
    before = OpenOutput(options.out, latency), OpenInput(options.input), sync[0] if sync else SetSync("internal")
    engine = EngineOptions(
        model=model,
        output="null" if options.daw else options.out,
        input=options.input,
        tempo=tempo,
        seed=options.seed,
        latency=latency,
        latencies=tuple(each for each in options.latencies if each[0]),
        pedals=tuple(options.pedals),
        controls=tuple(controls),
        osc=options.osc,
        play=options.setlist is None and options.prime is None,
        before_daw=before if options.daw else (),
    )
    first: tuple[Command, ...] = sync
    if options.daw:
        first += (BesideDaw(on=True),)
    if chords := chords_of(options):
        first += (Chords(" | ".join(chords.splitlines())),)
    if options.setlist is not None:
        first += (LoadSetList(str(Path(options.setlist).resolve()), play=True),)
    if options.prime is not None:
        first += (Prime(str(Path(options.prime).resolve()), play=True),)
    close = Close(options.bars, options.end, options.ritardando, options.fade)
    return stream.play(engine, options.seconds, options.record, commands=first, close=close)


def _sync(source: str, *, send: bool) -> tuple[SetSync, ...]:
    """The command that `--sync` and `--send-clock` ask for, if any."""
    if source == "internal" and not send:
        return ()
    kind, _, port = source.partition(":")
    return (SetSync(kind, port or None, send),)
