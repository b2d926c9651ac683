"""The plain float32 loop that `training_speed` compares the trainer with: training as one would write it first.

The same network with the same inputs and the same loss. But every head gives logits for every event, the tied head
scores for every pitch, and what does not count is masked afterwards; AdamW, dropout and sums of rows as PyTorch has
them; no half precision, no averaged weights, no guard. The compiled core makes the features, as the trainer's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.features.layout import FIELDS, HEAD_GROUPS
from musiclstm.model.net import heads, tied
from musiclstm.model.net.batch import Batch, masks
from musiclstm.model.net.heads import Head
from musiclstm.model.net.network import MusicLSTM
from musiclstm.music.event import Kind
from training.lanes import Lanes
from training.recipes import Recipe
from training.store import Store
from training.trainer import CLIP

IMPOSSIBLE = -1e9  # a logit


class PlainNetwork(MusicLSTM):
    def nats(self, h: Tensor, batch: Batch, targets: Sequence[Tensor] = ()) -> Tensor:
        if targets:
            raise ValueError("the plain loop has no teachers")
        v = self.vocabulary
        event, h = batch.event.flatten(0, 1), h.flatten(0, 1)
        allowed = masks(v, batch.held, batch.previous, batch.event)
        real, symbol = batch.real.flatten(), event[:, 1]
        note = real & (symbol < v.symbols)
        counts = (real, note, note, note & (symbol // len(v.parts) == int(Kind.ON)))
        choices = (v.times, v.symbols, v.pitches, v.velocities)
        cost = []
        for index, field in enumerate(FIELDS):
            logits = self.dense(index, h, batch)
            if field == "time":
                now = logits[:, :1].masked_fill(~allowed.now.view(-1, 1), IMPOSSIBLE)
                logits = torch.cat([now, logits[:, 1:]], 1)
            elif field != "velocity":
                logits = logits.masked_fill(~getattr(allowed, field).flatten(0, 1), IMPOSSIBLE)
            chosen = event[:, index].clamp(max=choices[index] - 1)
            nats = F.cross_entropy(logits, chosen, reduction="none")
            if field == "time":
                later = torch.arange(logits.shape[1]) >= chosen[:, None]
                rest = logits.masked_fill(~later, IMPOSSIBLE).logsumexp(-1)
                nats = torch.where(symbol == v.symbols, logits.logsumexp(-1) - rest, nats)
            cost.append(nats * counts[index])
        return torch.stack(cost, -1).view(*batch.real.shape, len(FIELDS))

    def dense(self, index: int, h: Tensor, batch: Batch) -> Tensor:
        """A field's logits for all N events, (N, choices), given h (N, units)."""
        field = FIELDS[index]
        head = cast(Head, self.heads[field])
        event, echoes = batch.event.flatten(0, 1), batch.echoes.flatten(0, 1)
        timing = (batch.timing_before if field == "time" else batch.timing).flatten(0, 1)
        velocities = batch.velocities.flatten(0, 1)
        if field in {"pitch", "velocity"}:
            echoes = torch.cat([echoes[:, :-1], batch.melody.flatten(0, 1)[:, None]], 1)
        rows = self.rows(event, HEAD_GROUPS[field], timing, echoes, velocities)
        hidden = head.hidden(h, rows, batch.held.flatten(-2).flatten(0, 1).float())
        count = len(self.layout.expectation_groups[field])
        expected = timing[:, timing.shape[1] - count :] if field == "time" else velocities[:, :count]
        logits = head.logits(hidden, echoes, event, index, expected)
        if field == "pitch" and self.tied and batch.age is not None:
            inputs = self.pitch_inputs(batch, batch.age, torch.arange(len(event)))
            logits = logits + self.tied(hidden, inputs, torch.ones_like(logits, dtype=torch.bool))
        return logits


class PlainLoop:
    """`step` trains on one window of every lane, and returns the number of its events."""

    def __init__(self, recipe: Recipe, store: Store) -> None:
        self.network = PlainNetwork(recipe.config, recipe.vocabulary)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=recipe.rate)
        self.lanes = Lanes(
            store, recipe.vocabulary, lanes=recipe.lanes, window=recipe.window,
            transpose=recipe.transpose, config=recipe.config,
        )  # fmt: skip
        self.state = self.network.start(recipe.lanes)
        check(self.network, recipe, self.lanes.next())
        make_plain(self.network)

    def step(self) -> int:
        batch = self.lanes.next()
        self.optimiser.zero_grad()
        cost, state = self.network(batch, self.state)
        loss = cost.sum() / self.lanes.events
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimiser.step()
        self.state = state.carried()
        if not loss.isfinite():
            raise ValueError("the plain loop has lost itself")
        return batch.real.numel()


def make_plain(network: MusicLSTM) -> None:
    """What the network has of its own to be fast becomes PyTorch's, in this process."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Dropout):
                setattr(module, name, nn.Dropout(child.p))
    for room in (heads, tied):
        vars(room)["sum_of_rows"] = partial(F.embedding_bag, mode="sum")


@torch.no_grad()
def check(plain: PlainNetwork, recipe: Recipe, batch: Batch) -> None:
    """Raises ValueError unless the trainer's network with these weights has the same loss."""
    ours = MusicLSTM(recipe.config, recipe.vocabulary).eval()
    ours.load_state_dict(plain.state_dict())
    start = ours.start(recipe.lanes)
    one, other = (network(batch, start)[0].sum((0, 1)) / batch.real.sum() for network in (plain.eval(), ours))
    plain.train()
    if not torch.allclose(one, other, rtol=0, atol=1e-3):
        raise ValueError(f"the plain loop has another loss: {one.tolist()}, not {other.tolist()} nats an event")
