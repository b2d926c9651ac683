"""Tokens: the usual recipe, to compare with: one softmax over note-ons, note-offs, time shifts and velocities.

python -m training.study.tokens CORPUS… --like NAME --minutes M [--cpu] [--parameters N | --beside MODEL.onnx] [--json]

The recipe is Performance RNN's (Simon and Oore 2017): a plain LSTM reads one token at a time and knows nothing but the
tokens. So that the figures can be compared, pieces, grid, split, transposition, optimiser and averaging are those of
`training.train`, nats are counted per note, and the number of parameters can be given, or taken from a model file
(--beside), into whose card and page the figure is then written. Performances are read as they are, without variations.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.modelfile import open_model
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from training import gather
from training.card import relabel, write_card
from training.command import run_command
from training.devices import CPU, has_bf16, keep_memory
from training.options import parser
from training.recipes import Recipe
from training.store import Store
from training.study.token_lanes import Alphabet, TokenLanes, Tokens, cut
from training.trainer import CLIP, DECAY, VALIDATIONS, WARMUP, WEIGHT_DECAY

EMBEDDING = 256
State = tuple[Tensor, Tensor]


class TokenLSTM(nn.Module):
    """Embedding, LSTM, softmax."""

    def __init__(self, size: int, units: int, config: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(size, EMBEDDING)
        self.cell = nn.LSTM(EMBEDDING, units, batch_first=True)
        self.out = nn.Linear(units, size - 1)
        self.input_dropout, self.dropout = nn.Dropout(config.input_dropout), nn.Dropout(config.dropout)

    def forward(self, before: Tensor, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Nats of each token, (B, T), 0 for padding (-1); and the state after."""
        h, state = self.cell(self.input_dropout(self.embedding(before)), state)
        logits = self.out(self.dropout(h)).float()
        cost = F.cross_entropy(logits.flatten(0, 1), tokens.flatten(), ignore_index=-1, reduction="none")
        return cost.view_as(tokens), state

    def start(self, lanes: int) -> State:
        zeros = torch.zeros(1, lanes, self.cell.hidden_size)
        return zeros, zeros


def units_for(parameters: int, size: int) -> int:
    """Units with which a TokenLSTM has about so many parameters."""
    # 4·u² + (4·E + 8 + size - 1)·u + size·E + size - 1 = parameters
    b = 4 * EMBEDDING + 7 + size
    c = size * EMBEDDING + size - 1 - parameters
    return max(16, round((-b + math.sqrt(max(0.0, b * b - 16 * c))) / 8))


@torch.no_grad()
def nats_per_note(network: TokenLSTM, tokens: Tokens, alphabet: Alphabet, lanes: int = 16, window: int = 512) -> float:
    """The cost of every piece as a whole, from an empty state."""
    network.eval()
    lengths = np.diff(tokens.starts)
    order = np.argsort(-lengths, kind="stable").tolist()
    total = 0.0
    for first in range(0, len(order), lanes):
        group = order[first : first + lanes]
        state = network.start(len(group))
        for position in range(0, int(lengths[group[0]]), window):
            cost, state = network(*cut(tokens, alphabet, [(piece, position, 0) for piece in group], window), state)
            total += float(cost.double().sum())
    return total / max(1, tokens.notes)


def run(
    recipe: Recipe,
    train_store: Store,
    valid_store: Store,
    *,
    minutes: float,
    parameters: int,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Trains for so long; returns the best figure on the held-out pieces."""
    torch.manual_seed(seed)
    keep_memory()
    alphabet = Alphabet(recipe.vocabulary)
    learn, held_out = alphabet.tokens(train_store), alphabet.tokens(valid_store)
    units = units_for(parameters, alphabet.size)
    network = TokenLSTM(alphabet.size, units, recipe.config)
    average = copy.deepcopy(network)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=recipe.rate, betas=(0.9, 0.99), weight_decay=WEIGHT_DECAY, fused=True
    )
    lanes = TokenLanes(learn, alphabet, recipe, seed)
    # A window holds as much music as one of events.
    window = round(recipe.window * len(learn.ids) / len(train_store.events))
    state = network.start(recipe.lanes)
    elapsed, step, looked, best = 0.0, 0, 0.0, math.inf
    while elapsed < minutes * 60:
        began = clock()
        network.train()
        progress = elapsed / (minutes * 60)
        fall = 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * min(1.0, (step + 1) / WARMUP) * fall
        before, tokens, begins = lanes.next(window)
        keep = (~begins).float()[None, :, None]
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bf16(CPU)):
            cost, after = network(before, tokens, (state[0] * keep, state[1] * keep))
        loss = cost.sum() / (tokens >= 0).sum().clamp(min=1)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        state = (after[0].detach().float(), after[1].detach().float())
        step += 1
        with torch.no_grad():
            share = 1 - min(DECAY, (1 + step) / (10 + step))
            for mean, weight in zip(average.parameters(), network.parameters(), strict=True):
                mean.lerp_(weight, share)
        elapsed += clock() - began
        if elapsed / (minutes * 60) - looked >= 1 / VALIDATIONS or elapsed >= minutes * 60:
            looked = elapsed / (minutes * 60)
            best = min(best, nats_per_note(average, held_out, alphabet))
    return {
        "nats_per_note": best,
        "units": units,
        "parameters": count(network),
        "steps": step,
        "minutes": elapsed / 60,
    }


def count(network: nn.Module) -> int:
    """How many parameters a network has."""
    return sum(each.numel() for each in network.parameters())


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser(
        "python -m training.study.tokens", description="The usual token recipe, to compare with."
    )
    p.add_argument("--parameters", type=int, help="as many as this (default: as the recipe's own network)")
    p.add_argument("--beside", type=Path, help="a model file to compare with: its parameters and its minutes")
    p.add_argument("--json", action="store_true")
    own, rest = p.parse_known_args(argv)
    options = parser().parse_args([*rest, "-o", "tokens.onnx"])
    torch.set_num_threads(options.threads)
    card = open_model(own.beside).card if own.beside else {}
    recipe, learn, held_out = gather.held_out(options)
    v = recipe.vocabulary
    run_folder = gather.run_of(options)
    parameters = own.parameters or card.get("parameters") or count(MusicLSTM(recipe.config, v))
    minutes = options.minutes or card.get("training_minutes", 20.0)
    clock = time.process_time if options.cpu else time.perf_counter
    found = run(recipe, learn, held_out, minutes=minutes, parameters=parameters, seed=options.seed, clock=clock)
    print(json.dumps(found, indent=1) if own.json else report(found, card))
    (run_folder / "tokens.json").write_text(json.dumps(found, indent=1))
    if own.beside:
        write(own.beside, found)
    return 0


def report(found: dict[str, float], card: dict[str, Any]) -> str:
    said = (
        f"tokens: {found['nats_per_note']:.3f} nats a note on held-out pieces; {found['units']} units, "
        f"{found['parameters']:,} parameters, {found['steps']:,} steps in {found['minutes']:.1f} minutes"
    )
    if "valid" in card:
        ours = card["valid"]["nats_per_note"]
        said += (
            f"\nmodel:  {ours:.3f}, {1 - ours / found['nats_per_note']:.1%} less; {card['parameters']:,} parameters, "
            f"{card.get('steps', 0):,} steps in {card['training_minutes']:g} minutes"
        )
    return said


def write(path: Path, found: dict[str, float]) -> None:
    """Puts the figure into a model file's card and onto its page. Raises ModelError."""
    model = open_model(path)
    relabel(path, model.defaults, {"baselines": {**model.card.get("baselines", {}), "tokens": found}})
    write_card(path.with_suffix(".md"), model.title, open_model(path).card)


if __name__ == "__main__":
    run_command(main)
