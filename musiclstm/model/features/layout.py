"""Layout: the groups of rows of a model's tables, their sizes and their order.

What the network receives is the sum of the rows that apply. The order of the groups is part of the model file's format.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from musiclstm.model.sizes import LAGS, ONSETS
from musiclstm.music.note import TimeBase
from musiclstm.music.vocabulary import Vocabulary

FIELDS = ("time", "symbol", "pitch", "velocity")

# The position of an event in the bar. Music in seconds has no bars; its groups of timing count ticks. SINCE: since the
# last onset, and since the onset of the note that has sounded longest. UNTIL, if the music goes on as before: until the
# next onset, after one more of the last inter-onset interval ("onset 1") or of one of the three before it (to "onset
# 4"); and until the longest-sounding note ends, after the duration of the note that ended last.
BAR = ("bar", "beat", "meter")
SINCE = ("since", "longest")
UNTIL = (*(f"onset {n}" for n in range(1, ONSETS)), "end")
DELAYS = (*SINCE, *UNTIL)
# For a drum kit, the ticks until the next hit of so many beats ago would come again.
REPEATS = tuple(f"repeat in {lag}" for lag in LAGS)
# The velocity of the last note of the same pitch, and of the last note of the same part. With fine velocities, also
# that of the nearest recent note below and of the nearest above, because a melody differs from its accompaniment, and
# that of the last note but one. For a drum kit, the velocity of the same drum so many beats ago.
LAST_VELOCITIES = ("pitch velocity", "part velocity")
NEARBY_VELOCITIES = ("velocity below", "velocity above", "velocity before")
FINE = 16  # velocities, or more
LAG_VELOCITIES = tuple(f"velocity {lag} ago" for lag in LAGS)
# The groups that the LSTM receives with an event, and those that each head receives besides the LSTM's output. The
# pitch and velocity heads gain nothing from delays.
LSTM_GROUPS = ("time", "symbol", "pitch", "class", "velocity", *DELAYS)
HEAD_GROUPS = {
    "time": (*DELAYS, *REPEATS),
    "symbol": ("time", *DELAYS),
    "pitch": ("time", "symbol"),
    "velocity": (
        "time", "symbol", "pitch", "class", *LAST_VELOCITIES, *NEARBY_VELOCITIES, *LAG_VELOCITIES,
    ),
}  # fmt: skip

# The strength of an echo: the length of its match, in bins that widen and begin at these lengths, and whether the
# matching moment had the same position in the bar.
MATCH_LENGTHS = (1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 65)
STRENGTHS = 2 * (len(MATCH_LENGTHS) + 1)
# The fields of the event that each echo expects, and its strength. A drum kit has no intervals: its second and third
# echo are the hits of one and of two bars ago.
ECHO_GROUPS = tuple((*(f"{kind} {name}" for name in FIELDS), kind) for kind in ("echo", "sequence", "melody"))
# How many neighbours, on either side of an expected value, are expected as well.
SPREAD = {"time": 8, "symbol": 0, "pitch": 0, "velocity": 8}
# Which of an event's earlier fields (up to three) are as the echo expected: a bit for each.
AGREEMENTS = 8


@dataclass(frozen=True)
class Layout:
    """The rows of a vocabulary's tables.

    Each field has a last row for "none": a WAIT has no symbol, an OFF no velocity, and there is no event before the
    first.
    """

    vocabulary: Vocabulary

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many rows each group has, in the order of the table."""
        v = self.vocabulary
        # Music in seconds has no bars: one constant row.
        metrical = v.base is TimeBase.BEATS
        time, symbol, pitch, velocity = (n + 1 for n in (v.times, v.symbols, v.pitches, v.velocities))
        return {
            "time": time,
            "symbol": symbol,
            "pitch": pitch,
            "class": 13,
            "velocity": velocity,
            "bar": v.bar_positions if metrical else 1,
            "beat": v.resolution if metrical else 1,
            "meter": len(v.meters),
            **{
                group: size
                for groups in ECHO_GROUPS
                for group, size in zip(groups, (time, symbol, pitch, velocity, STRENGTHS), strict=True)
            },
            **dict.fromkeys(self.velocity_groups, velocity),
            "held": len(v.parts) * v.pitches,
            # Last, because some tables do without.
            **dict.fromkeys(self.delay_groups, time),
        }

    @cached_property
    def starts(self) -> dict[str, int]:
        """The first row of each group."""
        ends = np.cumsum(list(self.sizes.values())).tolist()
        return dict(zip(self.sizes, [0, *ends[:-1]], strict=True))

    @cached_property
    def longest_bar(self) -> int:
        """How many positions the longest bar has."""
        return self.sizes["bar"]

    @cached_property
    def beat(self) -> int:
        """How many positions a beat has."""
        return self.sizes["beat"]

    @cached_property
    def held(self) -> int:
        """The first row of sounding notes."""
        return self.starts["held"]

    @property
    def rows(self) -> int:
        return sum(self.sizes.values())

    def none(self, field: str) -> int:
        """Index, within its group, of the row for "none"."""
        return self.sizes[field] - 1

    @cached_property
    def no_event(self) -> tuple[int, int, int, int]:
        """The fields before the first event."""
        return self.none("time"), self.none("symbol"), self.none("pitch"), self.none("velocity")

    @cached_property
    def is_metrical_kit(self) -> bool:
        """Whether it is for a drum kit that plays in bars, where hits come again some beats later."""
        return self.vocabulary.percussive and self.vocabulary.base is TimeBase.BEATS

    @cached_property
    def delay_groups(self) -> tuple[str, ...]:
        """The groups of timing besides the bar."""
        if self.vocabulary.base is TimeBase.SECONDS:
            return DELAYS
        return REPEATS if self.is_metrical_kit else ()

    @cached_property
    def timing_groups(self) -> tuple[str, ...]:
        """The groups of `timing_features`."""
        return (*BAR, *self.delay_groups)

    @cached_property
    def velocity_groups(self) -> tuple[str, ...]:
        """The groups of velocities of related notes."""
        if self.is_metrical_kit:
            return (*LAST_VELOCITIES, *LAG_VELOCITIES)
        return (*LAST_VELOCITIES, *NEARBY_VELOCITIES) if self.vocabulary.velocities >= FINE else LAST_VELOCITIES

    @cached_property
    def expectation_groups(self) -> dict[str, tuple[str, ...]]:
        """For each field the groups, besides the echoes, that say which value of the field to expect."""
        until = tuple(group for group in self.delay_groups if group not in SINCE)
        return {"time": until, "symbol": (), "pitch": (), "velocity": self.velocity_groups}

    def has_delays(self, groups: tuple[str, ...]) -> bool:
        """Whether any of the groups is one of `delay_groups`."""
        return not {*groups}.isdisjoint(self.delay_groups)
