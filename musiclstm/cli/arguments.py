"""The commands and their options. Imports nothing heavy: `musiclstm --help` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from musiclstm import __version__
from musiclstm.cli import shared_options
from musiclstm.cli.interrupt import quiet_interrupt
from musiclstm.cli.warning import warn_uncompiled
from musiclstm.errors import UsageError
from musiclstm.protocol import option_values as values
from musiclstm.protocol.modes import MODES

_USE_THE_CORE = {"evaluate", "generate", "gui", "learn", "play", "rewrite", "start", "train"}
"""Modules of the commands that are slow where the core is not compiled."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options, with the function to call with them as `run`. Raises UsageError, or SystemExit after `--help`."""
    if argv and argv[0] == "train":
        return argparse.Namespace(run=_run("train"), rest=list(argv[1:]))
    return _parser().parse_args(argv)


class _Parser(argparse.ArgumentParser):
    """Raises an error of one line instead of printing the usage and exiting."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def _run(module: str) -> Callable[[argparse.Namespace], int]:
    """`run` of a command's module, which is imported when it is called."""

    def run(options: argparse.Namespace) -> int:
        if module in _USE_THE_CORE:
            warn_uncompiled()
        with quiet_interrupt():
            command = import_module(f"musiclstm.cli.{module}")
        code: int = command.run(options)
        return code

    return run


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="musiclstm",
        description="A desktop instrument in which a stateful LSTM plays MIDI live.",
        epilog="Without a command it opens the window; without a display it plays as `musiclstm play` does. "
        "`musiclstm COMMAND --help` describes a command.",
    )
    parser.add_argument("--version", action="version", version=f"musiclstm {__version__}", help="print the version")
    parser.set_defaults(run=_run("start"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    for name, (text, add_options) in COMMANDS.items():
        description = f"{text[0].upper()}{text[1:]}."
        # Keeps the lines of an epilog.
        formatter = argparse.RawDescriptionHelpFormatter
        command = commands.add_parser(name, help=text, description=description, formatter_class=formatter)
        command.set_defaults(run=_run(name))
        add_options(command)
    return parser


def _play(command: argparse.ArgumentParser) -> None:
    shared_options.model(command, or_band=True)
    command.add_argument(
        "--out", default="synth", metavar="PORT",
        help="play to this output: a name from `musiclstm ports`, or virtual | synth | null (default: synth)",
    )  # fmt: skip
    command.add_argument("--in", dest="input", metavar="PORT", help="listen to this MIDI input")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--bars", type=values.count, metavar="N", help="come to a close in bar N (default: never)")
    length.add_argument(
        "--seconds", type=values.seconds, metavar="N", help="stop after so many seconds of music (default: never)"
    )
    command.add_argument(
        "--end", type=values.bars_to_the_end, metavar="N",
        help="do not just stop after --seconds or at Ctrl-C, but come to a close in N bars",
    )  # fmt: skip
    shared_options.closing(command)
    shared_options.tempo(command, "the prime's, or else the model's")
    shared_options.chords(command)
    shared_options.set_list(command, "play the songs and sections of this file, see docs/playing.md")
    command.add_argument(
        "--prime", type=values.file, metavar="FILE.mid", help="continue from the end of this music, at its tempo"
    )
    command.add_argument("--seed", type=values.seed, metavar="S", help="play reproducibly: same seed, same music")
    command.add_argument(
        "--record", type=values.file, metavar="FILE", help="write everything played to this .mid file at the end"
    )
    shared_options.controls(command, live=True)
    command.add_argument("--mode", choices=MODES, metavar="MODE", help=f"who plays when: {' | '.join(MODES)}")
    command.add_argument(
        "--sync", type=values.sync, default="internal", metavar="SOURCE",
        help="follow a clock: midi:PORT | link | person (the tempo you play in) | internal (default: internal)",
    )  # fmt: skip
    command.add_argument(
        "--daw", action="store_true", help="play beside a DAW: virtual ports in and out, and its MIDI clock leads"
    )
    command.add_argument("--send-clock", action="store_true", help="send MIDI clock to the output")
    command.add_argument(
        "--latency", type=values.latency, action="append", default=[], dest="latencies", metavar="MS|PORT=MS",
        help="send everything, or what goes to this port of a part's own, so many milliseconds early; may be repeated",
    )  # fmt: skip
    command.add_argument(
        "--pedal", action="append", nargs="?", const="", default=[], dest="pedals", metavar="PORT",
        help="hold long notes by the sustain pedal (CC 64) on the main output, or on this one; may be repeated",
    )  # fmt: skip
    command.add_argument("--osc", type=values.udp_port, metavar="PORT", help="listen for OSC on this UDP port")


def _generate(command: argparse.ArgumentParser) -> None:
    shared_options.model(command, or_band=True)
    length = command.add_mutually_exclusive_group()
    length.add_argument("--bars", type=values.bars_of_a_file, metavar="N", help="length in bars (default: 32)")
    length.add_argument("--seconds", type=values.seconds_of_a_file, metavar="N", help="length in seconds")
    length.add_argument("--events", type=values.events_of_a_file, metavar="N", help="length in events of the model")
    command.add_argument(
        "--end", action=argparse.BooleanOptionalAction,
        help="let the music come to a close of its own at the length (default: with --bars)",
    )  # fmt: skip
    command.add_argument(
        "--pedal", action="store_true", help="hold long notes by the sustain pedal (CC 64), as a pianist does"
    )
    shared_options.closing(command)
    command.add_argument(
        "--count", type=values.number_of_files, default=1, metavar="K", help="write K files into a folder"
    )
    command.add_argument(
        "--prime", type=values.file, metavar="FILE.mid", help="start with this music and continue from its end"
    )
    command.add_argument("--seed", type=values.seed, metavar="S", help="write reproducibly: same seed, same bytes")
    shared_options.controls(command, live=False)
    command.add_argument(
        "--temperature", type=values.of_control("pitch.temperature"), metavar="T",
        help="sampling temperature: below 1 calmer, above 1 wilder",
    )  # fmt: skip
    command.add_argument(
        "--top-p", type=values.of_control("pitch.top_p"), metavar="P",
        help="sample only from the likeliest choices, whose probabilities add up to P",
    )  # fmt: skip
    command.add_argument(
        "--learnt", type=values.of_control("learnt"), metavar="PERCENT",
        help="how much of what it has learnt a model plays with, of the one it has learnt from the rest (default: 100)",
    )  # fmt: skip
    shared_options.tempo(command, "the prime's, or else the model's")
    shared_options.chords(command)
    shared_options.set_list(command, "write the songs of this file, each with its sections in the order of its chain")
    command.add_argument("--song", type=values.count, metavar="N", help="with --setlist: only this song, from 1")
    command.add_argument(
        "-o", "--output", type=values.file, required=True, metavar="FILE|FOLDER",
        help="a .mid, a .musicxml (notation), or a folder",
    )  # fmt: skip
    command.add_argument("--wav", action="store_true", help="also write a .wav beside each file, by FluidSynth")
    shared_options.json_output(command)


def _evaluate(command: argparse.ArgumentParser) -> None:
    shared_options.model(command)
    command.add_argument(
        "files", type=values.file, nargs="+", metavar="FILE_OR_FOLDER", help="MIDI files, or folders of them"
    )
    shared_options.json_output(command)


def _rewrite(command: argparse.ArgumentParser) -> None:
    shared_options.model(command)
    command.add_argument("file", type=values.file, metavar="FILE.mid", help="the music")
    command.add_argument("--bars", type=values.bars, required=True, metavar="A-B", help="bars to rewrite, from 1")
    command.add_argument("--part", metavar="NAME", help="rewrite only this part of the model, keep the others")
    command.add_argument(
        "--count", type=values.particles, default=1, metavar="K", help="write K proposals into a folder"
    )
    command.add_argument("--seed", type=values.seed, metavar="S", help="write reproducibly: same seed, same bytes")
    command.add_argument(
        "--particles", type=values.particles, default=64, metavar="N",
        help="try so many ways: more fit better and take longer (default: 64)",
    )  # fmt: skip
    command.add_argument(
        "-o", "--output", type=values.file, required=True, metavar="FILE.mid|FOLDER", help="file or folder to write"
    )
    shared_options.json_output(command)


def _takes(command: argparse.ArgumentParser) -> None:
    do = command.add_mutually_exclusive_group()
    do.add_argument(
        "--save", nargs=2, metavar=("N", "FILE"), help="write take N to a .mid, or as notation to a .musicxml"
    )
    command.add_argument(
        "--bars", type=values.bars, metavar="A-B", help="with --save: only these bars, as the window numbers them"
    )
    command.add_argument(
        "--part", type=values.part, metavar="N|you", help="with --bars: only this part, by its number, or yours"
    )
    do.add_argument("--capture", nargs=2, metavar=("N", "FILE.mid"), help="write what you played last in take N, alone")
    do.add_argument("--delete", metavar="N", help="delete take N for good")
    do.add_argument("--json", action="store_true", help="print JSON")


def _models(command: argparse.ArgumentParser) -> None:
    do = command.add_mutually_exclusive_group()
    do.add_argument("--delete", metavar="NAME", help="delete a model that you trained or added")
    do.add_argument("--json", action="store_true", help="print JSON")


def _learn(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "takes", nargs="*", metavar="TAKE", help="numbers from `musiclstm takes` (default: those of the last 12 hours)"
    )
    shared_options.model(command)
    command.add_argument("--only-mine", action="store_true", help="learn from your own notes, not from the whole take")
    command.add_argument(
        "--minutes", type=values.number(0.1, what="a number of minutes"), metavar="N",
        help="how long to learn (default: 300 steps, about two minutes)",
    )  # fmt: skip
    command.add_argument(
        "--run", type=values.file, dest="run_folder", metavar="FOLDER",
        help="folder that keeps how far it came; the same command goes on from there (with -o)",
    )  # fmt: skip
    command.add_argument(
        "--keep",
        action="store_true",
        help="learn no more: make a model of what was learnt so far in the folder of --run",
    )
    command.add_argument(
        "-o", "--output", type=values.file, metavar="NAME.onnx",
        help='model file to write (default: "MODEL, tonight" in the model list)',
    )  # fmt: skip


def _mix(command: argparse.ArgumentParser) -> None:
    command.add_argument("before", metavar="MODEL", help="a model: a name or a file")
    command.add_argument("learnt", metavar="LEARNT", help="a model that has learnt from it")
    command.add_argument(
        "--share", type=values.number(0, 1), default=0.5, metavar="X",
        help="from 0, as before, to 1, as learnt (default: 0.5)",
    )  # fmt: skip
    command.add_argument(
        "-o", "--output", type=values.file, required=True, metavar="NAME.onnx", help="model file to write"
    )


def _no_options(_command: argparse.ArgumentParser) -> None:
    pass


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "gui": ("open the window", _no_options),
    "play": ("play without a window, until Ctrl-C", _play),
    "generate": ("write music to MIDI files", _generate),
    "rewrite": ("write other music for some bars of a MIDI file", _rewrite),
    "evaluate": ("measure how well a model predicts MIDI files", _evaluate),
    "ports": ("list the MIDI ports of this machine", shared_options.json_output),
    "takes": ("list what was played, save or delete it", _takes),
    "models": ("list the available models, delete one of yours", _models),
    # `parse` leaves its options to the training, which needs torch to know them.
    "train": ("train a model on MIDI files (needs PyTorch)", _no_options),
    "learn": ("teach a model what was played (needs PyTorch)", _learn),
    "mix": ("make a model between one and what it has learnt (needs PyTorch)", _mix),
}
"""Name -> help, and a function that adds the options. Each is a module of this package, with a function `run`."""
