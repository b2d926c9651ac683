"""What can be asked for on the command line. Imports nothing heavy: `musiclstm --help` answers at once."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from musiclstm import __version__
from musiclstm.errors import UsageError
from musiclstm.protocol.controls import BY_NAME, CONTROLS, Control, Value
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM
from musiclstm.protocol.modes import MODES

Run = Callable[[argparse.Namespace], int]


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options, with `run` as what to call with them. Raises UsageError, or SystemExit after `--help`."""
    if argv and argv[0] == "train":
        return argparse.Namespace(run=_learning("train"), rest=list(argv[1:]))
    return _parser().parse_args(argv)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, not two and a page."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


# ---- values ----------------------------------------------------------------------------------------------------------


def number(low: float, high: float = math.inf, what: str = "a number") -> Callable[[str], float]:
    """A finite number within bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{what}, not {text!r}") from None
        if not (low <= value <= high and math.isfinite(value)):
            bounds = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
            raise argparse.ArgumentTypeError(f"{what} {bounds}, not {text}")
        return value

    return read


def whole(low: int, high: float = math.inf) -> Callable[[str], int]:
    """A whole number within bounds."""
    within = number(low, high, "a whole number")

    def read(text: str) -> int:
        value = within(text)
        if value != int(value):
            raise argparse.ArgumentTypeError(f"a whole number, not {text}")
        return int(text) if text.strip().lstrip("+").isdecimal() else int(value)

    return read


def setting(text: str) -> tuple[str, Value]:
    """`NAME=VALUE` of a control."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"NAME=VALUE, such as time.temperature=0.8, not {text!r}")
    if (control := BY_NAME.get(name)) is None:
        raise argparse.ArgumentTypeError(f"there is no control {name!r}; the controls are {', '.join(BY_NAME)}")
    return name, _value(control, value)


def _value(control: Control, text: str) -> Value:
    words: dict[str, Value] = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
    if control.choices:
        if text in control.choices:
            return text
        raise argparse.ArgumentTypeError(f"{control.name} is one of {', '.join(control.choices)}, not {text!r}")
    if isinstance(control.default, bool):
        if text.lower() in words:
            return words[text.lower()]
        raise argparse.ArgumentTypeError(f"{control.name} is on or off, not {text!r}")
    if control.optional and text.lower() in ("", "none", "off"):
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not control.low <= value <= control.high:
        raise argparse.ArgumentTypeError(
            f"{control.name} is a number from {control.low:g} to {control.high:g}, not {text!r}"
        )
    return control.clamp(value)


def _within(control: str) -> Callable[[str], float]:
    return number(BY_NAME[control].low, BY_NAME[control].high)


_tempo = number(MIN_BPM, MAX_BPM, "a tempo")
_seed = whole(0, 2**63 - 1)
_seconds = number(0.001, what="a number of seconds")


# ---- commands --------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="musiclstm",
        description="An instrument that plays music as it thinks of it.",
        epilog="Without a command: the window, or on a machine without a display the stream alone.",
    )
    parser.add_argument("--version", action="version", version=f"musiclstm {__version__}")
    parser.set_defaults(run=_live("start"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    _gui(commands)
    _play(commands)
    _generate(commands)
    _evaluate(commands)
    _ports(commands)
    _models(commands)
    _train(commands)
    return parser


def _add(commands: Any, name: str, run: Run, text: str, **more: Any) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + ".", **more
    )
    command.set_defaults(run=run)
    return command


def _gui(commands: Any) -> None:
    _add(commands, "gui", _live("gui"), "open the window")


def _play(commands: Any) -> None:
    controls = "\n".join(f"  {control.name:22} {_range(control):24} {control.hint}" for control in CONTROLS)
    play = _add(
        commands, "play", _live("play"), "play without the window, until Ctrl-C",
        epilog=f"controls for --set NAME=VALUE:\n{controls}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    play.add_argument("--model", default="chorales", metavar="NAME", help="a name of `musiclstm models`, or a file")
    play.add_argument(
        "--out", default="synth", metavar="PORT",
        help="a name of `musiclstm ports`, or virtual | synth | null (default synth)",
    )  # fmt: skip
    play.add_argument("--in", dest="input", metavar="PORT", help="listen to this port")
    play.add_argument("--seconds", type=_seconds, metavar="N", help="end after so long")
    play.add_argument("--tempo", type=_tempo, metavar="BPM", help="quarter notes a minute")
    play.add_argument("--seed", type=_seed, metavar="S", help="the same seed plays the same music")
    play.add_argument("--record", metavar="FILE", help="write what was played to a .mid at the end")
    play.add_argument(
        "--set", type=setting, action="append", default=[], dest="controls", metavar="NAME=VALUE",
        help="set a control (below); may be repeated",
    )  # fmt: skip
    play.add_argument("--mode", choices=MODES, metavar="MODE", help=f"who plays when: {' | '.join(MODES)}")
    play.add_argument(
        "--sync", type=_sync, default="internal", metavar="SOURCE", help="follow a clock: midi:PORT | link | internal"
    )
    play.add_argument("--send-clock", action="store_true", help="send MIDI clock to the output, for others to follow")
    play.add_argument(
        "--latency", type=number(-1000, 1000, "a number of milliseconds"), default=0.0, metavar="MS",
        help="send everything so much earlier",
    )  # fmt: skip
    play.add_argument("--osc", type=whole(1, 65535), metavar="PORT", help="listen for OSC on this UDP port")


def _sync(text: str) -> str:
    if text in ("internal", "link") or (text.startswith("midi:") and len(text) > 5):
        return text
    raise argparse.ArgumentTypeError(f"midi:PORT, link or internal, not {text!r}")


def _range(control: Control) -> str:
    if control.choices:
        return " | ".join(control.choices) if len(control.choices) < 4 else f"{control.choices[0]} | …"
    if isinstance(control.default, bool):
        return "on | off"
    return f"{control.low:g} to {control.high:g} {control.unit}".strip() + (" | none" if control.optional else "")


def _generate(commands: Any) -> None:
    generate = _add(commands, "generate", _files("generate"), "write music to MIDI files")
    generate.add_argument("--model", default="chorales", metavar="NAME", help="a name of `musiclstm models`, or a file")
    length = generate.add_mutually_exclusive_group()
    length.add_argument("--bars", type=whole(1), metavar="N", help="so many bars (default 32)")
    length.add_argument("--seconds", type=_seconds, metavar="N", help="so long")
    length.add_argument("--events", type=whole(1), metavar="N", help="so many events of the model")
    generate.add_argument("--count", type=whole(1), default=1, metavar="K", help="so many files, in a folder")
    generate.add_argument("--prime", metavar="FILE.mid", help="begin with this music and go on from its end")
    generate.add_argument("--seed", type=_seed, metavar="S", help="the same seed gives the same bytes")
    generate.add_argument(
        "--temperature", type=_within("pitch.temperature"), metavar="T", help="below 1 calmer, above 1 wilder"
    )
    generate.add_argument(
        "--top-p", type=_within("pitch.top_p"), metavar="P", help="draw only from the likeliest, so much in all"
    )
    generate.add_argument("--tempo", type=_tempo, metavar="BPM", help="quarter notes a minute")
    generate.add_argument("-o", "--output", required=True, metavar="FILE.mid|FOLDER", help="where to write")
    generate.add_argument("--wav", action="store_true", help="also write a .wav beside each file, with FluidSynth")
    _json(generate)


def _evaluate(commands: Any) -> None:
    evaluate = _add(commands, "evaluate", _files("evaluate"), "measure how well a model expects music")
    evaluate.add_argument("--model", default="chorales", metavar="NAME", help="a name of `musiclstm models`, or a file")
    evaluate.add_argument("files", nargs="+", metavar="FILE_OR_FOLDER", help="MIDI files, or folders of them")
    _json(evaluate)


def _ports(commands: Any) -> None:
    _json(_add(commands, "ports", _live("ports"), "list the MIDI ports of this machine"))


def _models(commands: Any) -> None:
    _json(_add(commands, "models", _files("models"), "list the models there are"))


def _train(commands: Any) -> None:
    # Only so that it is listed: `parse` leaves what follows it to the training, whose options take torch to know.
    _add(commands, "train", _learning("train"), "train a model on MIDI files (needs PyTorch)")


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


# The modules that do it are imported when they are needed.


def _live(name: str) -> Run:
    def run(options: argparse.Namespace) -> int:
        from musiclstm.cli import display as live

        code: int = getattr(live, name)(options)
        return code

    return run


def _files(name: str) -> Run:
    def run(options: argparse.Namespace) -> int:
        from musiclstm.cli import generate as files

        code: int = getattr(files, name)(options)
        return code

    return run


def _learning(name: str) -> Run:
    def run(options: argparse.Namespace) -> int:
        from musiclstm.cli import train as learning

        code: int = getattr(learning, name)(options)
        return code

    return run
