"""Charts of iReal Pro as the text that `chord_track.read` takes, played through: one bar after the other, once.

A bar is a row of cells: each chord and each blank takes one, and where its cell lies is its beat. Repeats, endings,
D.C. and D.S. (al Coda, al Fine) are followed; a coda that nothing leads to is left out, for iReal Pro plays it at the
very end alone. Alternate chords, in brackets, and what is written above the bars is left out, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from musiclstm.errors import UsageError
from musiclstm.music.chord_symbol import NO_CHORD, ChordError, parse

MOST_BARS = 1000
LONGEST = 20_000  # characters; the longest ones that people write have two thousand
_STEPS = 4_000  # bars looked at, so that no chart goes round for ever
_TOKEN = re.compile(
    r"(?P<comment><[^>]*>)|(?P<alternate>\([^)]*\))|T(?P<meter>\d\d)|(?P<section>\*[A-Za-z])|N(?P<ending>\d)"
    r"|(?P<line>[\[\]{}|Z])|(?P<chord>(?:[A-G][b#]?|W)(?P<kind>\*[^*]*\*|(?:sus|alt|add\d+|[-^ho+]|[b#]?\d+)*)"
    r"(?:/[A-G][b#]?)?)|(?P<mark>[SQU])|(?P<cell>[ npxr])|(?P<nothing>[slfY,\r\n])"
)
_KINDS = {"2": "sus2", "-^9": "-^7add9", "7susadd3": "7add4"}
_SLASH = "/"
_AL_ENDING = re.compile(r"al (\d)(?:st|nd|rd|th)")
_TIMES = re.compile(r"\b(\d)\s*x\b")
CELLS = 4  # of a bar, usually


@dataclass
class _Bar:
    """cells: a chord, "/", "" for a blank, `%` or `%%` for the bar, or two, before. beats: in it.

    jump: of its comment, "D.C. al Coda". ending: its number, 0: none. coda: 1 before its first chord, 2 behind it.
    """

    beats: int
    cells: list[str] = field(default_factory=list)
    opens: bool = False
    closes: bool = False
    ending: int = 0
    times: int = 0
    segno: bool = False
    coda: int = 0
    fine: bool = False
    jump: str = ""
    last: bool = False

    @property
    def is_bar(self) -> bool:
        return any(self.cells)


def read(chart: str) -> str:
    """The chords of a chart. Raises UsageError: one line that says in which bar what is not understood."""
    if len(chart) > LONGEST:
        raise UsageError(f"This chart of iReal Pro is too long (over {LONGEST} characters).")
    bars, before = [], NO_CHORD
    for bar in _played(_filled(_written(chart))):
        slots = _slots(bar)
        # After a jump another chord may go on than the one that is written before.
        slots[0] = before if slots[0] == "%" else slots[0]
        before = next(name for name in reversed(slots) if name != "%")
        bars.append(shortest(slots))
    if not bars:
        raise UsageError("There are no chords in this chart of iReal Pro.")
    return " | ".join(bars)


def meters(chart: str) -> tuple[tuple[int, int], ...]:
    """The time signatures that it names, each once."""
    return tuple(dict.fromkeys(_meter(found) for found in re.findall(r"T(\d\d)", re.sub(r"<[^>]*>", "", chart))))


def _meter(digits: str) -> tuple[int, int]:
    return (12, 8) if digits == "12" else (max(1, int(digits[0])), max(1, int(digits[1])))


# ---- what is written -----------------------------------------------------------------------------------------------


def _written(chart: str) -> list[_Bar]:
    bars: list[_Bar] = []
    # blank: the line before the bar; what is empty behind a double one is no bar, nor behind one that repeats a pair.
    bar, at, blank, pair = _Bar(4), 0, "]", False
    while at < len(chart):
        found = _TOKEN.match(chart, at)
        if found is None:
            raise UsageError(f'Bar {len(bars) + 1} of the chart: "{chart[at : at + 12]}" is not understood.')
        at = found.end()
        if found.lastgroup == "line":
            line = found["line"]
            if bar.is_bar or (blank == "|" and len(bar.cells) > 1 and not pair):
                bar.closes = line == "}"
                bars.append(bar)
                pair = "%%" in bar.cells
                bar = _Bar(bar.beats)
            else:
                if bars and line == "}":
                    bars[-1].closes = True
                bar.cells.clear()
                pair = False
            bar.opens |= line == "{"
            blank = line
        else:
            _take(bar, bars, found, behind=blank in "]}Z" and not bar.cells)
    if bar.is_bar:
        bars.append(bar)
    elif bars:
        bars[-1].jump, bars[-1].fine = bars[-1].jump or bar.jump, bars[-1].fine or bar.fine
    return bars


def _take(bar: _Bar, bars: list[_Bar], found: re.Match[str], *, behind: bool) -> None:
    """What stands in a bar, or in front of its first chord. behind: it stands behind a double line."""
    kind = found.lastgroup
    if kind == "chord":
        bar.cells.append(_chord(found["chord"], found["kind"], len(bars) + 1))
    elif kind == "cell":
        bar.cells.append({" ": "", "p": _SLASH, "n": NO_CHORD, "x": "%", "r": "%%"}[found["cell"]])
    elif kind == "meter":
        numerator, denominator = _meter(found["meter"])
        bar.beats = max(1, min(12, numerator if denominator >= 4 else numerator * 4 // denominator))
    elif kind == "ending":
        bar.ending = int(found["ending"])
    elif kind == "mark":
        mark, began = found["mark"], bar.is_bar
        if mark == "S":
            bar.segno = True
        elif mark == "Q":
            bar.coda = 2 if began else 1
        elif began or not bars:
            bar.last = True
        else:
            bars[-1].last = True
    elif kind == "comment":
        text = re.sub(r"^<(\*\d\d)?", "", found["comment"]).rstrip(">")
        _comment(bars[-1] if behind and bars else bar, text.lower(), bar)


def _comment(bar: _Bar, text: str, coming: _Bar) -> None:
    if re.match(r"\s*d\.?\s*[cs]\b", text):
        bar.jump = text
    elif re.match(r"\s*fine\b", text):
        bar.fine = True
    elif found := _TIMES.search(text):
        coming.times = int(found[1])


def _chord(text: str, kind: str, bar: int) -> str:
    """The chord as `chord_symbol.parse` reads it. `W`: the chord before, over another bass."""
    if text.startswith("W"):
        return text
    own = kind.strip("*") if kind.startswith("*") else _KINDS.get(kind, kind.replace("-b6", "-b13"))
    root, _, bass = text.removesuffix("/").partition("/")
    symbol = root.removesuffix(kind) + own + (f"/{bass}" if bass else "")
    try:
        parse(symbol)
    except ChordError as error:
        raise UsageError(f"Bar {bar} of the chart: {error}") from error
    if any(each.isspace() or each in "|%" for each in symbol):
        raise UsageError(f'Bar {bar} of the chart: "{text}" is no chord that is known here.')
    return symbol


def _filled(bars: list[_Bar]) -> list[_Bar]:
    """With what `%` and `%%` repeat, and invisible roots, written out."""
    filled: list[_Bar] = []
    before = NO_CHORD
    for bar in bars:
        if "%%" in bar.cells:
            # Two bars: this one and the next, which it takes the place of.
            pair = [each.cells for each in filled[-2:]] or [[NO_CHORD]]
            bar.cells = pair[0]
            filled += [bar, _Bar(bar.beats, pair[-1], closes=bar.closes, jump=bar.jump, fine=bar.fine, last=bar.last)]
            bar.closes, bar.jump, bar.fine, bar.last = False, "", False, False
        else:
            if "%" in bar.cells:
                bar.cells = filled[-1].cells if filled else [NO_CHORD]
            filled.append(bar)
        cells = []
        for cell in filled[-1].cells:
            name = f"{before.partition('/')[0]}/{cell.partition('/')[2]}" if cell.startswith("W") else cell
            name = NO_CHORD if name.startswith("N.C./") else name.removesuffix(_SLASH)
            before = name or before
            cells.append(name)
        filled[-1].cells = cells
    return filled


# ---- how it is played ----------------------------------------------------------------------------------------------


def _played(bars: Sequence[_Bar]) -> Iterator[_Bar]:
    """The bars in the order in which they are played."""
    codas = [number for number, bar in enumerate(bars) if bar.coda]
    coda = codas[-1] if len(codas) > 1 else -1
    index, start, turn, steps, count = 0, 0, 1, 0, 0
    jumped, ending = "", 0  # after D.C. or D.S.: its words, and the ending that is taken then
    while index < len(bars):
        bar, steps = bars[index], steps + 1
        if count > MOST_BARS or steps > _STEPS:
            raise UsageError(f"This chart of iReal Pro goes on for more than {MOST_BARS} bars.")
        if bar.opens and index != start:
            start, turn = index, 1
        total, last_ending = _repeats(bars, start)
        wanted = (ending or last_ending) if jumped else min(turn, last_ending)
        if bar.ending and last_ending and bar.ending != wanted:
            after = _after_ending(bars, index, wanted)
            if after != index:
                index = after
                continue
        if index == coda and not jumped:
            return  # only a jump leads there
        if "al coda" in jumped and bar.coda == 1 and index != coda >= 0:
            index, jumped = coda, "at the coda"
            continue
        yield bar
        count += 1
        if bar.last or (bar.fine and "fine" in jumped):
            return
        if "al coda" in jumped and bar.coda == 2 and index != coda >= 0:
            index, jumped = coda, "at the coda"
        elif bar.closes and not jumped and turn < total:
            index, turn = start, turn + 1
        elif bar.jump and not jumped:
            jumped = bar.jump
            ending = int(found[1]) if (found := _AL_ENDING.search(jumped)) else 0
            segno = next((number for number, each in enumerate(bars) if each.segno), 0)
            index = start = segno if re.match(r"\s*d\.?\s*s", jumped) else 0
            turn = 1
        else:
            if bar.closes:
                start, turn = index + 1, 1
            index += 1


def _repeats(bars: Sequence[_Bar], start: int) -> tuple[int, int]:
    """How often what begins there is played, and its last ending, 0: none."""
    endings, times, closes = [0], 0, False
    for number in range(start, len(bars)):
        bar = bars[number]
        if number > start and bar.opens:
            break
        endings.append(bar.ending)
        times = max(times, bar.times)
        if bar.closes:
            closes = True
            if number + 1 == len(bars) or not bars[number + 1].ending:
                break
    last = max(endings)
    return (max(times, last, 2), max(last, 2) if last else 0) if closes else (1, 0)


def _after_ending(bars: Sequence[_Bar], index: int, wanted: int) -> int:
    """Where the wanted ending begins; where this one is over, if it is not there."""
    over = len(bars)
    for number in range(index, len(bars)):
        if number > index and bars[number].opens:
            over = min(over, number)
            break
        if bars[number].ending == wanted:
            return number
        if bars[number].closes:
            over = min(over, number + 1)
            if number + 1 < len(bars) and not bars[number + 1].ending:
                break
    return over


def _slots(bar: _Bar) -> list[str]:
    """The chords of a bar on its beats, `%` where one goes on."""
    beats, cells = bar.beats, bar.cells
    slots = ["%"] * beats
    for number, name in enumerate(cells):
        if name:
            beat = number if len(cells) == CELLS and beats <= CELLS else number * beats // len(cells)
            taken = [each for each in range(beats) if slots[each] != "%"]
            slots[min(beats - 1, max(beat, taken[-1] + 1 if taken else 0))] = name
    return slots


def shortest(slots: Sequence[str]) -> str:
    """The words of a bar in as few equal shares as they need; `%` goes on with the chord before."""
    for shares in range(1, len(slots) + 1):
        step, rest = divmod(len(slots), shares)
        if not rest and all(word == "%" for number, word in enumerate(slots) if number % step):
            words = list(slots[::step])
            return "" if words == ["%"] else " ".join(words)
    return " ".join(slots)
