"""The plain float32 loop that `training_speed` compares the trainer with: training as one would write it first.

A network of the recipe's sizes, with fewer inputs (no timing, echoes, ages or pitch classes). An embedding for each
field, `nn.LSTM`, and heads that give logits for every event and every pitch; what sounds is followed in Python, batch
by batch; AdamW as PyTorch has it by default; no thread, no half precision, no averaged weights, no guard.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.features.pitches import REACH, WINDOW
from musiclstm.music.event import Kind
from musiclstm.music.vocabulary import Vocabulary
from training.prepare import fields_of
from training.recipes import Recipe
from training.store import Store


class PlainNetwork(nn.Module):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        v, c = recipe.vocabulary, recipe.config
        self.parts = len(v.parts)
        self.choices = (v.times, v.symbols, v.pitches, v.velocities)
        sounding = self.parts * v.pitches
        self.fields = nn.ModuleList(nn.Embedding(n + 1, c.embedding) for n in self.choices)
        self.sounding = nn.Linear(sounding, c.embedding)
        self.cell = nn.LSTM(c.embedding, c.units, c.layers, batch_first=True)
        self.dropout = nn.Dropout(c.dropout)
        self.hidden = nn.ModuleList(nn.Linear(c.units + sounding, c.head) for _ in self.choices)
        self.chosen = nn.ModuleList(nn.Embedding(n + 1, c.head) for n in self.choices)
        self.out = nn.ModuleList(nn.Linear(c.head, n) for n in self.choices)
        self.window = nn.Linear(2 * WINDOW, c.tied)
        self.given = nn.Linear(c.head, c.tied)
        self.middle = nn.Linear(c.tied, c.tied)
        self.score = nn.Linear(c.tied, 1)

    def forward(
        self, previous: Tensor, event: Tensor, held: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, ...]:
        """Nats of all events. previous, event: (B, T, 4). held: (B, T, parts, pitches) float32."""
        flat = held.flatten(-2)
        x = self.sounding(flat)
        for field, embedding in enumerate(self.fields):
            x = x + embedding(previous[..., field])
        h, (hidden, cell) = self.cell(x, state)
        h = torch.cat([self.dropout(h), flat], -1)
        cost = h.new_zeros(())
        for field, count in enumerate(self.choices):
            z = self.hidden[field](h)
            for earlier in range(field):
                z = z + self.chosen[earlier](event[..., earlier])
            z = torch.relu(z)
            logits = self.out[field](z)
            if field == 2:
                logits = self.pitches(logits, z, event[..., 1], held)
            cost = cost + F.cross_entropy(
                logits.flatten(0, 1), event[..., field].flatten(), ignore_index=count, reduction="sum"
            )
        return cost, hidden.detach(), cell.detach()

    def pitches(self, logits: Tensor, z: Tensor, symbol: Tensor, held: Tensor) -> Tensor:
        """With the scores of one network for every pitch; impossible ones have none."""
        part = (symbol % self.parts)[..., None, None].expand(*symbol.shape, 1, held.shape[-1])
        own = held.gather(-2, part).squeeze(-2)
        planes = torch.stack([own, held.amax(-2)], -2)
        neighbours = F.pad(planes, (REACH, REACH)).unfold(-1, WINDOW, 1).transpose(-3, -2).flatten(-2)
        inner = torch.relu(self.window(neighbours) + self.given(z)[..., None, :])
        scores = self.score(torch.relu(self.middle(inner))).squeeze(-1)
        starts = (symbol // self.parts == int(Kind.ON))[..., None]
        masked: Tensor = (logits + scores).masked_fill(torch.where(starts, own > 0, own == 0), -1e9)
        return masked


class PlainLoop:
    """`step` trains on one window of every lane, and returns the number of its events."""

    def __init__(self, recipe: Recipe, store: Store) -> None:
        self.recipe, self.store = recipe, store
        self.network = PlainNetwork(recipe)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=recipe.rate)
        v, lanes = recipe.vocabulary, recipe.lanes
        self.state = tuple(torch.zeros(recipe.config.layers, lanes, recipe.config.units) for _ in range(2))
        self.held = np.zeros((lanes, len(v.parts), v.pitches), dtype=np.float32)
        self.previous = np.tile(np.array([v.times, v.symbols, v.pitches, v.velocities]), (lanes, 1))
        self.places = [(lane % store.pieces, 0) for lane in range(lanes)]

    def batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """`PlainNetwork.forward`'s previous, event and held."""
        rows = [self.lane(lane) for lane in range(self.recipe.lanes)]
        previous, event, held = (torch.from_numpy(np.stack(each)) for each in zip(*rows, strict=True))
        return previous, event, held

    def lane(self, lane: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        v: Vocabulary = self.recipe.vocabulary
        piece, position = self.places[lane]
        if position + self.recipe.window > len(self.store.piece(piece)):
            piece, position = (piece + 1) % self.store.pieces, 0
            self.held[lane] = 0
        end = position + self.recipe.window
        events = self.store.piece(piece)[position:end]
        self.places[lane] = piece, end
        event = fields_of(events, v)
        event = np.pad(event, ((0, self.recipe.window - len(event)), (0, 0)), mode="edge")
        held = np.empty((self.recipe.window, *self.held.shape[1:]), dtype=np.float32)
        for index, (_, symbol, pitch, _) in enumerate(event.tolist()):
            held[index] = self.held[lane]
            if symbol < v.symbols and pitch < v.pitches:
                self.held[lane, symbol % len(v.parts), pitch] = symbol // len(v.parts) == int(Kind.ON)
        previous = np.concatenate([self.previous[lane, None], event[:-1]])
        self.previous[lane] = event[-1]
        return previous, event, held

    def step(self) -> int:
        previous, event, held = self.batch()
        self.optimiser.zero_grad()
        cost, *state = self.network(previous, event, held, self.state)
        count = event.shape[0] * event.shape[1]
        (cost / count).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.state = tuple(state)
        if not np.isfinite(cost.item()):
            raise ValueError("the plain loop has lost itself")
        return count
