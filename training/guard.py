"""Guard: keeps a training run from losing itself.

A step whose loss or gradient is not a finite number is left out. If the loss runs away, or is not finite twice in a
row, training goes back to the last good weights, and on from there with half the learning rate.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

SLOW, FAST = 0.98, 0.9  # how much of each of the two averages of the loss is kept in a step
EARLY = 20  # steps before which the loss is not judged
KEEP_EVERY = 100  # steps after which good weights are kept
MOST = 8  # how often to go back; at a 256th of the recipe's rate nothing would be learnt any more


class Verdict(Enum):
    """What is to be done with a step."""

    GOOD = "good"
    LEAVE_OUT = "leave out"
    GO_BACK = "go back"


class Guard:
    """factor: by which the learning rate is multiplied. backs: how often training went back."""

    def __init__(self) -> None:
        self.factor = 1.0
        self.backs = 0
        self._usual = self._recent = 0.0  # averages of the loss, slow and fast
        self._lowest = math.inf  # the lowest value of the slow one
        self._seen = self._bad = 0

    @property
    def given_up(self) -> bool:
        return self.backs >= MOST

    @property
    def keeps(self) -> bool:
        """Whether the weights are good, and it is time to keep them."""
        return self._seen % KEEP_EVERY == 0 and self._recent <= 1.1 * self._lowest + 0.1

    def judge(self, loss: float, gradient: float) -> Verdict:
        """What to do with a step. loss: its own, in nats an event. gradient: the norm before clipping."""
        if not (math.isfinite(loss) and math.isfinite(gradient)):
            self._bad += 1
            return self._back() if self._bad > 1 else Verdict.LEAVE_OUT
        self._bad = 0
        self._seen += 1
        first = self._seen == 1
        self._usual = loss if first else SLOW * self._usual + (1 - SLOW) * loss
        self._recent = loss if first else FAST * self._recent + (1 - FAST) * loss
        if self._seen < EARLY:
            return Verdict.GOOD
        self._lowest = min(self._lowest, self._usual)
        runs_away = self._recent > 1.5 * self._lowest + 1.0
        return self._back() if runs_away else Verdict.GOOD

    def _back(self) -> Verdict:
        self.backs += 1
        self.factor /= 2
        self._bad = 0
        self._usual = self._recent = min(self._lowest, self._usual)
        return Verdict.GO_BACK

    def state(self) -> tuple[Any, ...]:
        """Plain values for `restore`."""
        return self.factor, self.backs, self._usual, self._recent, self._lowest, self._seen, self._bad

    def restore(self, state: tuple[Any, ...]) -> None:
        self.factor, self.backs, self._usual, self._recent, self._lowest, self._seen, self._bad = state
