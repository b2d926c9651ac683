"""The texts of command-line options as values. Each parser raises ArgumentTypeError with what it expected."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable

from musiclstm.protocol.controls import ALL, BY_NAME, OF_PLAYER, ONLY_LIVE, Value, split
from musiclstm.protocol.limits import MAX_BARS_TO_THE_END, MAX_BPM, MAX_LATENCY, MAX_SEED, MAX_UDP_PORT, MIN_BPM
from musiclstm.protocol.modes import SYNC_SOURCES


def number(low: float, high: float = math.inf, what: str = "a number") -> Callable[[str], float]:
    """A parser of finite numbers within bounds, both included."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise ArgumentTypeError(f"expected {what}, not {text!r}") from None
        if not (low <= value <= high and math.isfinite(value)):
            bounds = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
            raise ArgumentTypeError(f"expected {what} {bounds}, not {text}")
        return value

    return parse


def integer(low: int, high: float = math.inf) -> Callable[[str], int]:
    """A parser of whole numbers within bounds, both included."""
    within = number(low, high, "a whole number")

    def parse(text: str) -> int:
        # Not by way of a float where it can be avoided: that rounds above 2**53.
        if text.isdecimal() and len(text) < 20 and low <= int(text) <= high:
            return int(text)
        value = within(text)
        if value != int(value):
            raise ArgumentTypeError(f"expected a whole number, not {text}")
        return int(value)

    return parse


def of_control(name: str) -> Callable[[str], float]:
    """A parser of numbers within the range of a control."""
    return number(BY_NAME[name].low, BY_NAME[name].high)


bpm = number(MIN_BPM, MAX_BPM, "a tempo")
seconds = number(0.001, what="a number of seconds")
# Of a file: what lasts longer than a day would not be read again.
seconds_of_a_file = number(0.001, 24 * 3600, "a number of seconds")
milliseconds = number(-MAX_LATENCY, MAX_LATENCY, "a number of milliseconds")
seed = integer(0, MAX_SEED)
count = integer(1)
bars_of_a_file = integer(1, 100_000)
# At most two messages each: what has more than a million would not be read again.
events_of_a_file = integer(1, 400_000)
number_of_files = integer(1, 100_000)
bars_to_the_end = integer(1, MAX_BARS_TO_THE_END)
particles = integer(1, 4096)
udp_port = integer(1, MAX_UDP_PORT)


def file(text: str) -> str:
    """The name of a file or folder. An empty one, as of a variable that is not set, would be this folder."""
    if not text:
        raise ArgumentTypeError("expected the name of a file or folder, not an empty one")
    return text


def latency(text: str) -> tuple[str, float]:
    """`MS`, or `OUTPUT=MS`; the output's name is empty in the first case."""
    name, _, value = text.rpartition("=")
    return name, milliseconds(value)


def setting(text: str) -> tuple[str, Value]:
    """`NAME=VALUE` of a control, or `PLAYER:NAME=VALUE` of a player's own."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError(f"expected NAME=VALUE, such as time.temperature=0.8, not {text!r}")
    player, plain = split(name)
    known = OF_PLAYER if player is not None else BY_NAME
    if plain not in known:
        whose = "no control of a player's own" if player is not None else "no control"
        raise ArgumentTypeError(f"{whose} named {plain!r}. Available: {', '.join(n for n in BY_NAME if n in known)}")
    if player is not None and value == ALL:
        return name, value
    try:
        return name, BY_NAME[plain].parse(value)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def setting_of_a_file(text: str) -> tuple[str, Value]:
    """As `setting`, of what a file that is generated can have."""
    name, value = setting(text)
    if name in ONLY_LIVE:
        raise ArgumentTypeError(f"{name} is for playing live, and changes nothing in a file; leave it out")
    return name, value


def bars(text: str) -> tuple[int, int]:
    """`A-B`, the first and the last bar, or one bar."""
    first, dash, last = text.partition("-")
    try:
        found = count(first), count(last if dash else first)
    except ArgumentTypeError:
        found = (1, 0)
    if found[0] > found[1]:
        raise ArgumentTypeError(f"expected bars such as 17-24, not {text!r}")
    return found


def part(text: str) -> int:
    """A part's number, counted from 1 as in the window, as an index; `you` is the person, -1."""
    return -1 if text == "you" else count(text) - 1


def sync(text: str) -> str:
    """`internal`, `link`, `person` or `midi:PORT`."""
    source, colon, port = text.partition(":")
    if source in SYNC_SOURCES and (source == "midi") == bool(port) and bool(colon) == bool(port):
        return text
    raise ArgumentTypeError(f"expected midi:PORT, link, person or internal, not {text!r}")
