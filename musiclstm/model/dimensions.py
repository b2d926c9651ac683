"""Dimensions: a vocabulary's numbers, in the form that compiled code reads."""

from __future__ import annotations

from musiclstm.model.sizes import MOST_PARTS
from musiclstm.music.note import TimeBase
from musiclstm.music.vocabulary import Vocabulary


class Dimensions:
    """The numbers of a `Vocabulary`. Raises ValueError for one that no model file can have.

    percussive, pitched: for each part whether it is percussive, and whether its keys count as pitches. in_range: the
    vocabulary's pitches as bits of two words, the lower 64 first. tuned: whether any part is not percussive.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        v = vocabulary
        if not (1 <= len(v.parts) <= MOST_PARTS and 0 <= v.low <= v.high <= 127 and 1 <= v.velocities <= 127):
            raise ValueError(f"no model can have this vocabulary: {v}")
        self.vocabulary = v
        self.parts, self.symbols = len(v.parts), v.symbols
        self.low, self.high, self.pitches = v.low, v.high, v.pitches
        self.resolution, self.max_delta, self.velocities = v.resolution, v.max_delta, v.velocities
        self.seconds = v.base is TimeBase.SECONDS
        self.tuned = not v.percussive
        self.percussive, self.pitched = [0] * 16, [0] * 16
        for part, each in enumerate(v.parts):
            self.percussive[part] = each.percussive
            # The keys of a drum kit that plays beside other parts are no pitches.
            self.pitched[part] = not each.percussive or v.percussive
        self.in_range = [0] * 2
        self.in_range[0], self.in_range[1] = v.pitch_bits & (1 << 64) - 1, v.pitch_bits >> 64

    def check(self, delta: int, kind: int, part: int, pitch: int, velocity: int) -> None:
        """Raises ValueError for what is no event of these parts: compiled code does not check where it writes."""
        if delta < 0 or not (0 <= kind <= 2 and 0 <= part < self.parts and 0 <= pitch <= 127 and 0 <= velocity <= 127):
            raise ValueError(
                f"no such event: {delta} ticks, kind {kind}, part {part}, pitch {pitch}, velocity {velocity}"
            )

    def velocity_bin(self, velocity: int) -> int:
        """The bin of a velocity, 0 to `velocities` - 1; the same as `Vocabulary.velocity_bin`."""
        return min(self.velocities - 1, max(0, velocity - 1) * self.velocities // 127)
