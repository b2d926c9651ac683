"""Heads: a field of the next event each; see `network` for how they follow one another."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.features import AGREEMENTS, GIVEN, NEAR, STRENGTHS, Features


class Table(nn.Module):
    """Sum of rows. rows: (…, n) int64 row numbers of `Features`; held: (…, parts · pitches) of 0 and 1.

    groups: of the rows; without any of `Features.moments`, it has none for those.
    """

    def __init__(self, features: Features, width: int, groups: tuple[str, ...]) -> None:
        super().__init__()
        first, end = features.starts["held"], features.starts["held"] + features.sizes["held"]
        self.held = slice(first, end)
        self.weight = nn.Parameter(torch.randn(features.rows if features.knows_moments(groups) else end, width) * 0.1)

    def forward(self, rows: Tensor, held: Tensor) -> Tensor:
        told = F.embedding_bag(rows.flatten(0, -2), self.weight, mode="sum")
        return told.view(*rows.shape[:-1], self.weight.shape[1]) + held @ self.weight[self.held]


class Head(nn.Module):
    """One field's logits, from the LSTM's output and what is known already.

    The last rows of `out` are how far each expectation is to be believed: each echo's, to which is added a number that
    depends on the echo's strength and on which of the event's earlier fields were as expected; and whatever else is
    expected of the field (`Features.also`). A belief is added to the logit of what is expected and, so far as `near`
    says, of its neighbours, for people keep neither time nor loudness exactly.
    """

    def __init__(
        self, features: Features, field: str, choices: int, *, units: int, width: int, echoes: int, dropout: float
    ) -> None:
        super().__init__()
        self.projection = nn.Linear(units, width)
        self.table = Table(features, width, GIVEN[field])
        self.choices = choices
        expectations = echoes + len(features.also[field])
        self.out = nn.Linear(width, choices + expectations)
        self.echo = nn.Parameter(torch.zeros(echoes, STRENGTHS, AGREEMENTS))
        # Shares of a belief at each distance, 1 at none.
        reach = NEAR[field]
        self.near = nn.Parameter(F.one_hot(torch.tensor(reach), 2 * reach + 1).float().repeat(expectations, 1))
        # Of each that can be expected, nothing the last: the share that each choice has; beyond them stands a 0.
        away = torch.arange(choices) - torch.arange(choices + 1)[:, None] + reach
        away[(away < 0) | (away > 2 * reach)] = 2 * reach + 1
        away[choices] = 2 * reach + 1
        self.register_buffer("away", away, persistent=False)
        self.away: Tensor
        self.dropout = nn.Dropout(dropout)

    def hidden(self, h: Tensor, rows: Tensor, held: Tensor) -> Tensor:
        z: Tensor = self.dropout(F.relu(self.projection(h) + self.table(rows, held)))
        return z

    def logits(self, hidden: Tensor, echo: Tensor, event: Tensor, field: int, also: Tensor) -> Tensor:
        """(N, choices), float32.

        echo: (N, echoes, 5). event: (N, 4), of which the fields before `field` are read. also: (N, n), `Features.also`.
        """
        logits, *beliefs = self.out(hidden).float().split([self.choices] + [1] * len(self.near), 1)
        expected = []
        for index, (one, table) in enumerate(zip(echo.unbind(1), self.echo, strict=False)):
            agreed = sum((one[:, n] == event[:, n]).long() << n for n in range(field))
            beliefs[index] = beliefs[index] + table[one[:, 4], agreed, None]
            expected.append(one[:, field])
        expected += also.unbind(1)
        for what, belief, share in zip(expected, beliefs, F.pad(self.near, (0, 1)), strict=True):
            logits = logits + belief * F.embedding(what, share[self.away])
        return cast(Tensor, logits)
