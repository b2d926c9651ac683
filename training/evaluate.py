"""Evaluate: held-out likelihood of a network in torch, and of two Markov baselines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
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
from training.processes import Share
from training.store import Store

BLOCK = 1 << 18  # events that baselines count at a time


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Pieces are not scored to the end, because nobody waits for it."""


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
    """The figures of a store's pieces. by_field: (4,), total nats."""
    time, symbol, pitch, velocity = by_field.tolist()
    return Figures(int(store.notes.sum()), len(store.events), (time, symbol, pitch, velocity))


@torch.no_grad()
def evaluate(
    network: MusicLSTM,
    store: Store,
    *,
    lanes: int = 16,
    window: int = 256,
    share: Share | None = None,
    told: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Figures:
    """Scores every piece as a whole, from an empty state, untransposed.

    share: this process's share of the pieces, where several score together.
    told: whether a network that knows chords is told those of each piece.
    stopped: whether it is to end at once; then it raises Stopped.
    """
    share = share or Share()
    training, device = network.training, network.input.weight.device
    network.eval()
    cutter = Cutter(store, network.vocabulary, network.config)
    lengths = np.diff(store.starts)
    longest_first = np.argsort(-lengths, kind="stable").tolist()
    total = np.zeros(len(FIELDS))
    for first in range(share.rank * lanes, len(longest_first), share.size * lanes):
        group = longest_first[first : first + lanes]
        state = network.start(len(group))
        cursors = [cutter.at(piece, told=told) for piece in group]
        for position in range(0, int(lengths[group[0]]), window):
            if stopped():
                network.train(training)
                raise Stopped
            batch = cutter.cut(cursors, window).to(device)
            cost, state = network(batch, state)
            total += cost.sum((0, 1)).cpu().double().numpy()
            # Lanes whose pieces have ended come last: drop them.
            alive = int((lengths[group] > position + window).sum())
            group, cursors = group[:alive], cursors[:alive]
            state = type(state)(state.h[:, :alive], None if state.c is None else state.c[:, :alive])
    network.train(training)
    return figures(share.sum(torch.from_numpy(total)).numpy(), store)


# ---- baselines ---------------------------------------------------------------------------------------------------


def baselines(train: Store, held_out: Store, vocabulary: Vocabulary) -> dict[str, Figures]:
    """Markov models of order 0 and 1, by counting.

    order 0: P(time) P(symbol) P(pitch | kind) P(velocity). order 1: P(time | last time and symbol)
    P(symbol | last symbol, whether time passed) P(pitch | symbol, last pitch) P(velocity | last velocity), smoothed
    with order 0 (Witten and Bell).
    """
    layout = Layout(vocabulary)
    # The last choice is "none", which follows from the earlier fields.
    choices = [layout.sizes[name] - 1 for name in FIELDS]
    counts = [(Counts(each), Counts(each)) for each in choices]
    for fields, *orders in blocks(train, layout):
        for index, counted in enumerate(counts):
            known = fields[:, index] < choices[index]
            for each, order in zip(counted, orders, strict=True):
                each.add(order[index][known], fields[known, index])
    cost = np.zeros((2, len(FIELDS)))
    for fields, here_0, here_1 in blocks(held_out, layout):
        for index, (count_0, count_1) in enumerate(counts):
            if FIELDS[index] == "velocity" and vocabulary.velocities == 1:
                continue
            known = fields[:, index] < choices[index]
            asked = fields[known, index]
            zero = count_0.probabilities(here_0[index][known], asked, None)
            one = count_1.probabilities(here_1[index][known], asked, zero)
            cost[:, index] -= np.log(zero).sum(), np.log(one).sum()
    return {"order 0": figures(cost[0], held_out), "order 1": figures(cost[1], held_out)}


Orders = list[NDArray[np.int64]]


def blocks(store: Store, layout: Layout) -> Iterator[tuple[NDArray[np.int64], Orders, Orders]]:
    """The fields of the events, and their contexts of order 0 and of order 1, for some pieces at a time."""
    first = 0
    while first < store.pieces:
        begin = store.starts[first]
        end = max(first + 1, int(np.searchsorted(store.starts, begin + BLOCK, "right")) - 1)
        fields = fields_of(store.events[begin : store.starts[end]], layout.vocabulary)
        yield fields, order_0(fields, layout), order_1(fields, store.starts[first : end + 1] - begin, layout)
        first = end


def order_0(fields: NDArray[np.int64], layout: Layout) -> Orders:
    """For each field the contexts of the events (N,) in the model of order 0, as numbers. fields: (N, 4)."""
    kind = fields[:, 1] // max(1, layout.vocabulary.symbols // 2)
    nothing = np.zeros(len(kind), dtype=np.int64)
    return [nothing, nothing, kind, nothing]


def order_1(now: NDArray[np.int64], starts: NDArray[np.int64], layout: Layout) -> Orders:
    """The same in the model of order 1. now: the fields, (N, 4). starts: the first event of each piece."""
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


class Counts:
    """How often each choice followed each context, and how many different choices did so (kinds)."""

    def __init__(self, choices: int) -> None:
        self._choices = choices
        self._pairs: Counter[int] = Counter()
        self._totals: Counter[int] = Counter()
        self._kinds: Counter[int] = Counter()

    def add(self, context: NDArray[np.int64], choice: NDArray[np.int64]) -> None:
        keys, counts = np.unique(context * self._choices + choice, return_counts=True)
        for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
            self._kinds[key // self._choices] += key not in self._pairs
            self._pairs[key] += count
            self._totals[key // self._choices] += count

    def probabilities(
        self, context: NDArray[np.int64], choice: NDArray[np.int64], lower: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """P(choice | context), (N,), smoothed with the probabilities of a lower order (None: uniform)."""
        keys = (context * self._choices + choice).tolist()
        pair = np.array([self._pairs.get(key, 0) for key in keys], dtype=np.float64)
        total = np.array([self._totals.get(key, 0) for key in context.tolist()], dtype=np.float64)
        if lower is None:
            return np.asarray((pair + 1) / (total + self._choices))
        kinds = np.array([self._kinds.get(key, 1) for key in context.tolist()], dtype=np.float64)
        return np.asarray((pair + kinds * lower) / (total + kinds))
