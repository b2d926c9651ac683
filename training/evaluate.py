"""Evaluate: held-out likelihood of a network in torch, and of two Markov baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musiclstm.model.features.layout import FIELDS, Layout
from musiclstm.model.net.network import MusicLSTM
from musiclstm.music.vocabulary import Vocabulary
from training.lanes import Cutter
from training.prepare import fields_of
from training.store import Store


@dataclass(frozen=True)
class Figures:
    """Likelihood of held-out pieces. by_field: total nats, in the order of `FIELDS`."""

    notes: int
    events: int
    by_field: tuple[float, float, float, float]

    @property
    def per_note(self) -> float:
        return sum(self.by_field) / max(1, self.notes)

    @property
    def per_event(self) -> float:
        return sum(self.by_field) / max(1, self.events)

    def to_dict(self) -> dict[str, Any]:
        return {
            "nats_per_note": self.per_note,
            "nats_per_event": self.per_event,
            "by_field": {name: nats / max(1, self.notes) for name, nats in zip(FIELDS, self.by_field, strict=True)},
        }


def figures(by_field: NDArray[np.float64], store: Store) -> Figures:
    time, symbol, pitch, velocity = by_field.tolist()
    return Figures(int(store.notes.sum()), len(store.events), (time, symbol, pitch, velocity))


@torch.no_grad()
def evaluate(network: MusicLSTM, store: Store, *, lanes: int = 16, window: int = 256, bf16: bool = False) -> Figures:
    """Score every piece as a whole, from an empty state, untransposed."""
    training = network.training
    network.eval()
    cutter = Cutter(store, network.vocabulary, network.config)
    lengths = np.diff(store.starts)
    longest_first = np.argsort(-lengths, kind="stable").tolist()
    total = np.zeros(len(FIELDS))
    for first in range(0, len(longest_first), lanes):
        group = longest_first[first : first + lanes]
        state = network.start(len(group))
        cursors = [cutter.at(piece) for piece in group]
        for position in range(0, int(lengths[group[0]]), window):
            batch = cutter.cut(cursors, window)
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                cost, state = network(batch, state)
            total += cost.sum((0, 1)).double().numpy()
            # Lanes whose pieces have ended come last: drop them.
            alive = int((lengths[group] > position + window).sum())
            group, cursors = group[:alive], cursors[:alive]
            state = type(state)(state.h[:, :alive], None if state.c is None else state.c[:, :alive])
    network.train(training)
    return figures(total, store)


# ---- baselines ---------------------------------------------------------------------------------------------------


def baselines(train: Store, held_out: Store, vocabulary: Vocabulary) -> dict[str, Figures]:
    """Markov models of order 0 and 1, by counting.

    order 0: P(time) P(symbol) P(pitch | kind) P(velocity). order 1: P(time | last time and symbol)
    P(symbol | last symbol, whether time passed) P(pitch | symbol, last pitch) P(velocity | last velocity), smoothed
    with order 0 (Witten and Bell).
    """
    layout = Layout(vocabulary)
    sizes = [layout.sizes[name] for name in FIELDS]
    cost = np.zeros((2, len(FIELDS)))
    learned, told = (fields_of(store.events, vocabulary) for store in (train, held_out))
    orders = [
        (order_0(fields, layout), order_1(fields, store.starts, layout))
        for fields, store in ((learned, train), (told, held_out))
    ]
    for index, name in enumerate(FIELDS):
        if name == "velocity" and vocabulary.velocities == 1:
            continue
        # The last choice is "none", which follows from the earlier fields.
        choices = sizes[index] - 1
        (known_0, known_1), (here_0, here_1) = orders
        learn, ask = learned[:, index] < choices, told[:, index] < choices
        seen, asked = learned[learn, index], told[ask, index]
        zero = Counts.of(known_0[index][learn], seen, choices).probabilities(here_0[index][ask], asked, None)
        one = Counts.of(known_1[index][learn], seen, choices).probabilities(here_1[index][ask], asked, zero)
        cost[:, index] = -np.log(zero).sum(), -np.log(one).sum()
    return {"order 0": figures(cost[0], held_out), "order 1": figures(cost[1], held_out)}


def order_0(fields: NDArray[np.int64], layout: Layout) -> list[NDArray[np.int64]]:
    kind = fields[:, 1] // max(1, layout.vocabulary.symbols // 2)
    nothing = np.zeros(len(kind), dtype=np.int64)
    return [nothing, nothing, kind, nothing]


def order_1(now: NDArray[np.int64], starts: NDArray[np.int64], layout: Layout) -> list[NDArray[np.int64]]:
    before = np.empty_like(now)
    before[1:] = now[:-1]
    before[starts[:-1]] = layout.no_event
    sizes = [layout.sizes[name] for name in FIELDS]
    return [
        before[:, 0] * sizes[1] + before[:, 1],
        before[:, 1] * 2 + (now[:, 0] > 0),
        now[:, 1] * sizes[2] + before[:, 2],
        before[:, 3],
    ]


@dataclass(frozen=True)
class Counts:
    """How often each choice followed each context, and how many different choices did (kinds)."""

    choices: int
    pairs: dict[int, int]
    totals: dict[int, int]
    kinds: dict[int, int]

    @staticmethod
    def of(context: NDArray[np.int64], choice: NDArray[np.int64], choices: int) -> Counts:
        keys, pairs = np.unique(context * choices + choice, return_counts=True)
        contexts, totals = np.unique(context, return_counts=True)
        kinds = np.unique(keys // choices, return_counts=True)[1]
        return Counts(
            choices,
            dict(zip(keys.tolist(), pairs.tolist(), strict=True)),
            dict(zip(contexts.tolist(), totals.tolist(), strict=True)),
            dict(zip(contexts.tolist(), kinds.tolist(), strict=True)),
        )

    def probabilities(
        self, context: NDArray[np.int64], choice: NDArray[np.int64], lower: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """P(choice | context), smoothed with `lower` (None: uniform)."""
        keys = (context * self.choices + choice).tolist()
        pair = np.array([self.pairs.get(key, 0) for key in keys], dtype=np.float64)
        total = np.array([self.totals.get(key, 0) for key in context.tolist()], dtype=np.float64)
        if lower is None:
            return np.asarray((pair + 1) / (total + self.choices))
        kinds = np.array([self.kinds.get(key, 1) for key in context.tolist()], dtype=np.float64)
        return np.asarray((pair + kinds * lower) / (total + kinds))
