"""Token lanes: pieces as the tokens of `tokens`, in parallel lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musiclstm.music.vocabulary import Vocabulary
from training import prepare
from training.recipes import Recipe
from training.store import Store


@dataclass(frozen=True)
class Tokens:
    """Pieces as tokens. ids: all tokens, one piece after another. starts: (pieces + 1,). span, notes: see `Store`."""

    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    span: NDArray[np.int16]
    notes: int


class Alphabet:
    """The numbers of the tokens: shifts of 1..max_delta ticks, offs and ons by part and pitch, velocities, start."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = v = vocabulary
        keys = len(v.parts) * v.pitches
        self.off = v.max_delta
        self.on = self.off + keys
        self.velocity = self.on + keys
        self.start = self.velocity + v.velocities
        self.size = self.start + 1
        fixed = np.array([part.percussive for part in v.parts])
        self.moves = np.zeros(self.size, dtype=np.bool_)
        self.moves[self.off : self.velocity] = np.tile(np.repeat(~fixed, v.pitches), 2)

    def tokens(self, store: Store) -> Tokens:
        """The pieces of a store. A velocity token precedes each note whose velocity differs from the one before."""
        v = self.vocabulary
        ids: list[int] = []
        starts = [0]
        fields = prepare.fields_of(store.events, v).tolist()
        for first, end in zip(store.starts[:-1].tolist(), store.starts[1:].tolist(), strict=True):
            last_velocity = -1
            for delta, symbol, pitch, velocity in fields[first:end]:
                if delta:
                    ids.append(delta - 1)
                if symbol == v.symbols:
                    continue
                begins, part = divmod(symbol, len(v.parts))
                if begins and v.velocities > 1 and velocity != last_velocity:
                    ids.append(self.velocity + velocity)
                    last_velocity = velocity
                ids.append((self.on if begins else self.off) + part * v.pitches + pitch)
            starts.append(len(ids))
        return Tokens(np.array(ids), np.array(starts), store.span, int(store.notes.sum()))


class TokenLanes:
    """`lanes.Lanes` for tokens."""

    def __init__(self, tokens: Tokens, alphabet: Alphabet, recipe: Recipe, seed: int) -> None:
        self.tokens, self.alphabet, self.recipe = tokens, alphabet, recipe
        tuned = [part for part in recipe.vocabulary.parts if not part.percussive]
        self._low = max(recipe.vocabulary.low, min((part.low for part in tuned), default=0))
        self._high = min(recipe.vocabulary.high, max((part.high for part in tuned), default=127))
        self._rng = np.random.default_rng(seed)
        self._order: list[int] = []
        self._lanes = [self._take() for _ in range(recipe.lanes)]

    def _take(self) -> tuple[int, int, int]:
        if not self._order:
            self._order = self._rng.permutation(len(self.tokens.span)).tolist()
        piece = self._order.pop()
        lowest, highest = (int(pitch) for pitch in self.tokens.span[piece])
        down, up = (
            max(self.recipe.transpose[0], self._low - lowest),
            min(self.recipe.transpose[1], self._high - highest),
        )
        shift = int(self._rng.integers(min(down, 0), max(up, 0) + 1)) if lowest <= highest else 0
        return piece, 0, shift

    def next(self, window: int) -> tuple[Tensor, Tensor, Tensor]:
        """The tokens before, the tokens, and in which lanes a piece begins."""
        begins = torch.tensor([position == 0 for _, position, _ in self._lanes])
        before, tokens = cut(self.tokens, self.alphabet, self._lanes, window)
        for lane, (piece, position, shift) in enumerate(self._lanes):
            ended = self.tokens.starts[piece] + position + window >= self.tokens.starts[piece + 1]
            self._lanes[lane] = self._take() if ended else (piece, position + window, shift)
        return before, tokens, begins


def cut(
    tokens: Tokens, alphabet: Alphabet, lanes: Sequence[tuple[int, int, int]], window: int
) -> tuple[Tensor, Tensor]:
    """A window of lanes (piece, position, shift): the tokens before, and the tokens (-1: none), (lanes, window)."""
    before = np.full((len(lanes), window), alphabet.start)
    now = np.full((len(lanes), window), -1)
    for lane, (piece, position, shift) in enumerate(lanes):
        a, end = int(tokens.starts[piece]), int(tokens.starts[piece + 1])
        ids = tokens.ids[a + position : min(a + position + window, end)]
        n = len(ids)
        ids = ids + shift * alphabet.moves[ids]
        now[lane, :n] = ids
        if n:
            last = tokens.ids[a + position - 1] if position else alphabet.start
            before[lane, 0] = last + shift * alphabet.moves[last]
            before[lane, 1:n] = ids[:-1]
    return torch.from_numpy(before), torch.from_numpy(now)
