"""Options that several commands share; each function adds some to a command. Imports nothing heavy."""

from __future__ import annotations

import argparse

from musiclstm.protocol import option_values as values
from musiclstm.protocol.controls import CONTROLS, ONLY_LIVE, Control
from musiclstm.protocol.options import DEFAULT_MODEL


def model(command: argparse.ArgumentParser, *, or_band: bool = False) -> None:
    which = command.add_mutually_exclusive_group()
    which.add_argument(
        "--model", default=DEFAULT_MODEL, metavar="NAME",
        help=f"a name from `musiclstm models`, or a file (default: {DEFAULT_MODEL})",
    )  # fmt: skip
    if or_band:
        which.add_argument(
            "--band", dest="model", metavar="NAMES",
            help="two to four models together, as in folk,drums, or a band's name; the first says tempo and bars",
        )  # fmt: skip


def controls(command: argparse.ArgumentParser, *, live: bool) -> None:
    """--set. live: also the controls that only playing live has."""
    known = (control for control in CONTROLS if live or control.name not in ONLY_LIVE)
    listed = "\n".join(f"  {control.name:22} {_range(control):24} {control.hint}" for control in known)
    command.epilog = f"controls for --set NAME=VALUE:\n{listed}"
    setting = values.setting if live else values.setting_of_a_file
    command.add_argument(
        "--set", type=setting, action="append", default=[], dest="controls", metavar="NAME=VALUE",
        help="set a control (listed below), or PLAYER:NAME=VALUE for one player of a band alone; may be repeated",
    )  # fmt: skip


def _range(control: Control) -> str:
    if control.choices:
        return " | ".join(control.choices) if len(control.choices) < 4 else f"{control.choices[0]} | …"
    if control.switch:
        return "on | off"
    return f"{control.low:g} to {control.high:g} {control.unit}".strip() + (" | none" if control.optional else "")


def tempo(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument("--tempo", type=values.bpm, metavar="BPM", help=f"tempo (default: {default})")


def closing(command: argparse.ArgumentParser) -> None:
    command.add_argument("--ritardando", action="store_true", help="slow down over the last two bars")
    command.add_argument("--fade", action="store_true", help="become softer over the last four bars")


def chords(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--chords", metavar="TEXT|FILE|LINK",
        help='chords that lead, as in "Dm7 | G7 | C", a link of iReal Pro, or a file: iReal Pro, text, ChordPro, .mid',
    )  # fmt: skip
    command.add_argument(
        "--chart", metavar="TITLE", help="with --chords: the song of a playlist of iReal Pro (default: the first)"
    )
    command.add_argument(
        "--strength", type=values.of_control("chords"), metavar="S",
        help="how much the chords lead: 0 not at all, 1 no other notes (default: 0.75)",
    )  # fmt: skip


def set_list(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--setlist", type=values.file, metavar="FILE.toml", help=what)


def json_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")
