"""Quoting: how readily the music repeats itself, or takes up what it was given (by a person, a file or a loop).

The network has learnt how far to trust its match models (`model.echo`). A person's leanings come on top of that: they
are added to the logits that are sampled from, not to those that the surprise is computed from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musiclstm.model.arrays import FloatArray
from musiclstm.model.context import Context
from musiclstm.model.features.echoes import ExpectedEvent
from musiclstm.model.features.layout import STRENGTHS
from musiclstm.model.sizes import NO_PITCH, RECENT_PITCHES
from musiclstm.music.vocabulary import Vocabulary

LEAN, MORE = 6.0, 2.5
"""The most nats that a leaning adds to what is expected. MORE is for repeating itself, which soon becomes a loop."""
LONGEST_QUOTE = 7
"""How many notes of a melody may come again where quoting is forbidden; the next one is taboo."""
TABOO = -30.0
_AGREEING = 4  # intervals of a given melody after which it is taken up with all weight
_SYMBOL = 1


class Quoting:
    """The leanings of one person.

    continuity: -1 never quotes, 0 does as it has learnt, 1 quotes as much as it can. given: from 0 to 1, how much what
    it was given counts. Where every pitch is taboo, none is.
    """

    def __init__(self, vocabulary: Vocabulary, continuity: float, given: float) -> None:
        self._parts, self._low, self._pitches = len(vocabulary.parts), vocabulary.low, vocabulary.pitches
        self._continuity, self._given = continuity, given

    def expected(self, field: int, choices: int, echoes: Sequence[ExpectedEvent]) -> FloatArray | None:
        """The bias towards the time or the symbol that the echoes expect, (choices,); None for none."""
        if self._continuity <= 0:
            return None
        bias = np.zeros(choices, dtype=np.float32)
        self._lean(bias, field, echoes)
        return bias

    def pitches(self, context: Context, symbol: int, echoes: Sequence[ExpectedEvent]) -> FloatArray | None:
        """The bias towards, or away from, the pitches with which a note-on repeats something; None for a note-off."""
        part = symbol - self._parts
        if part < 0:
            return None
        bias = np.zeros(self._pitches, dtype=np.float32)
        if self._continuity:
            self._lean(bias, 2, [each for each in echoes if each[_SYMBOL] == symbol])
        if self._given:
            self._take_up(bias, context, part)
        if self._continuity <= -1:
            for pitch in self._repeating(context, part, symbol):
                if self._low <= pitch < self._low + self._pitches:
                    bias[pitch - self._low] = TABOO
        return bias

    def _lean(self, bias: FloatArray, field: int, echoes: Sequence[ExpectedEvent]) -> None:
        most = self._continuity * (LEAN if self._continuity < 0 else MORE)
        for each in echoes:
            if each[field] < len(bias):
                strength = most * each[4] / (STRENGTHS - 1)
                # Two match models that expect the same pitch are no surer than the surer one alone.
                bias[each[field]] = max(bias[each[field]], strength, key=abs)

    def _take_up(self, bias: FloatArray, context: Context, part: int) -> None:
        """Adds to the bias the pitches with which a given melody goes on, in any key."""
        last = recent(context, part)
        for line in given_lines(context):
            for index in range(len(line) - 1):
                agreed = _agreeing(line, index, last)
                pitch = last[0] + line[index + 1] - line[index] - self._low if last else -1
                if 0 <= pitch < len(bias) and agreed >= 0:
                    # Where no interval agrees yet, this may be the beginning of the melody.
                    weight = (agreed + 0.5) / (_AGREEING + 0.5)
                    bias[pitch] = max(bias[pitch], self._given * LEAN * min(1.0, weight))

    def _repeating(self, context: Context, part: int, symbol: int) -> Sequence[int]:
        """The pitches with which a melody of more than `LONGEST_QUOTE` notes would come again, in any key."""
        if context.melody_echoes:
            log = context.melody_echoes[part].log
            last = log.pitch(log.count - 1) if log.count else 0
            return [last + step % 256 - 128 for step in log.continuations(LONGEST_QUOTE - 1, True)]
        keys = context.echoes[0].log.continuations(LONGEST_QUOTE, False)
        return [key % 256 for key in keys if key // 256 == symbol]


def recent(context: Context, part: int) -> list[int]:
    """The pitches of a part's last note-ons, the last first."""
    first = RECENT_PITCHES * part
    return [pitch for pitch in context.recent_pitches[first : first + RECENT_PITCHES] if pitch != NO_PITCH]


def given_lines(context: Context) -> list[list[int]]:
    """The melodies that the music was given, one for each part that has one."""
    lines: dict[int, list[int]] = {}
    for note in context.given:
        lines.setdefault(note // 128, []).append(note % 128)
    return list(lines.values())


def _agreeing(line: Sequence[int], index: int, last: Sequence[int]) -> int:
    """How many intervals up to line[index] are the last ones; -1 where not even the pitch class is the same."""
    agreed = 0
    while agreed < min(index, len(last) - 1):
        if line[index - agreed] - line[index - agreed - 1] != last[agreed] - last[agreed + 1]:
            break
        agreed += 1
    return agreed if agreed or (last and (line[index] - last[0]) % 12 == 0) else -1
