"""Heads: one for each field of the next event; `network` explains how they follow one another."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.features.layout import AGREEMENTS, HEAD_GROUPS, SPREAD, STRENGTHS, Layout
from musiclstm.model.net.dropout import Dropout
from musiclstm.model.net.rows import sum_of_rows


class Table(nn.Module):
    """The sum of the rows that apply. rows: (…, n) int64, row numbers of `Layout`. held: (…, parts · pitches), 0 or 1.

    groups: those that are used; if none of them is a delay, the table ends before the rows of delays.
    """

    def __init__(self, layout: Layout, width: int, groups: tuple[str, ...]) -> None:
        super().__init__()
        first, end = layout.starts["held"], layout.starts["held"] + layout.sizes["held"]
        self.held = slice(first, end)
        self.weight = nn.Parameter(torch.randn(layout.rows if layout.has_delays(groups) else end, width) * 0.1)

    def forward(self, rows: Tensor, held: Tensor) -> Tensor:
        summed = sum_of_rows(rows.flatten(0, -2), self.weight)
        return summed.view(*rows.shape[:-1], self.weight.shape[1]) + held @ self.weight[self.held]


class Head(nn.Module):
    """One field's logits, from the LSTM's output and the fields and features that are known already.

    The last outputs are beliefs, one for each expectation: first the echoes, then `Layout.expectation_groups`. To the
    belief in an echo a learnt number is added (`echo`), which depends on the echo's strength and on which of the
    event's earlier fields were as it expected. A belief is added to the logit of the expected value and, in the shares
    `near`, to those of its neighbours, because human timing and velocity vary.
    """

    def __init__(
        self, layout: Layout, field: str, choices: int, *, units: int, width: int, echoes: int, dropout: float
    ) -> None:
        super().__init__()
        self.projection = nn.Linear(units, width)
        self.table = Table(layout, width, HEAD_GROUPS[field])
        self.choices = choices
        expectations = echoes + len(layout.expectation_groups[field])
        self.out = nn.Linear(width, choices + expectations)
        self.echo = nn.Parameter(torch.zeros(echoes, STRENGTHS, AGREEMENTS))
        # The share of a belief at each distance; initially 1 at distance 0, and 0 elsewhere.
        reach = SPREAD[field]
        self.near = nn.Parameter(F.one_hot(torch.tensor(reach), 2 * reach + 1).float().repeat(expectations, 1))
        # For each expected value ("none" is the last) the index into `near` of each choice; one past its end means 0.
        offsets = torch.arange(choices) - torch.arange(choices + 1)[:, None] + reach
        offsets[(offsets < 0) | (offsets > 2 * reach)] = 2 * reach + 1
        offsets[choices] = 2 * reach + 1
        self.register_buffer("offsets", offsets, persistent=False)
        self.offsets: Tensor
        self.dropout = Dropout(dropout)

    def hidden(self, h: Tensor, rows: Tensor, held: Tensor) -> Tensor:
        z: Tensor = self.dropout(F.relu(self.projection(h) + self.table(rows, held)))
        return z

    def logits(self, hidden: Tensor, echoes: Tensor, event: Tensor, field: int, expected: Tensor) -> Tensor:
        """(N, choices), float32.

        echoes: (N, echoes, 5), `EchoFeatures.expected`. event: (N, 4), of which the fields before `field` are read.
        expected: (N, n), the field's values in `Layout.expectation_groups`.
        """
        logits, *beliefs = self.out(hidden).float().split([self.choices] + [1] * len(self.near), 1)
        values = []
        for index, (echo, table) in enumerate(zip(echoes.unbind(1), self.echo, strict=False)):
            agreed = sum((echo[:, n] == event[:, n]).long() << n for n in range(field))
            beliefs[index] = beliefs[index] + table[echo[:, 4], agreed, None]
            values.append(echo[:, field])
        values += expected.unbind(1)
        for value, belief, shares in zip(values, beliefs, F.pad(self.near, (0, 1)), strict=True):
            logits = logits + belief * F.embedding(value, shares[self.offsets])
        return cast(Tensor, logits)
