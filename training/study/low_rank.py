"""Low rank: what a few files teach a model if all of its weights change, or only a low-rank part of its matrices.

    python -m training.study.low_rank FOLDER --model piano --files 5 20 --minutes 3 --trials 0:1 8:3 32:3

A trial is RANK:RATE. RATE is a multiple of the learning rate of `musiclstm train --from`. Rank 0 changes all weights,
as that command does. Another rank is that of LoRA (Hu et al. 2022, "LoRA: Low-rank adaptation of large language
models"): to each matrix of the LSTM, of the heads' projections and of their outputs a product A·B is added. It begins
at 0 and is learnt; the biases are learnt as well, and nothing else. Printed are nats per note on validation pieces of
the folder: before, and at best within so many minutes of CPU time on one thread.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from musiclstm.model.modelfile import open_model
from musiclstm.model.net.network import MusicLSTM
from musiclstm.model.net.restored import network_of
from training.budget import Budget
from training.command import run_command
from training.corpora import entries
from training.gather import held_out
from training.options import parser
from training.splits import SPLITS
from training.trainer import VALIDATIONS, WEIGHT_DECAY, Trainer

MATRICES = ("cell.weight", ".projection.weight", ".out.weight")
VALID_FILES = 20


class LowRank(torch.optim.AdamW):
    """Steps of A and B for each of the network's matrices, from the gradients of these."""

    def __init__(self, network: MusicLSTM, rank: int, rate: float) -> None:
        self._network = network
        self._products, learnt = [], []
        for name, weight in network.named_parameters():
            if any(each in name for each in MATRICES):
                one = torch.zeros(len(weight), rank)
                other = torch.randn(rank, weight.shape[1]) / weight.shape[1] ** 0.5
                self._products.append((weight, weight.detach().clone(), one, other))
                learnt += [one, other]
            elif "bias" in name:
                learnt.append(weight)
            else:
                weight.requires_grad = False
        super().__init__(learnt, lr=rate, betas=(0.9, 0.99), weight_decay=WEIGHT_DECAY, fused=True)

    def zero_grad(self, set_to_none: bool = True) -> None:
        self._network.zero_grad(set_to_none=set_to_none)

    @torch.no_grad()
    def step(self, closure: object = None) -> None:  # type: ignore[override] # noqa: ARG002
        for weight, _, one, other in self._products:
            gradient = cast(Tensor, weight.grad)
            one.grad, other.grad = gradient @ other.T, one.T @ gradient
        super().step()
        for weight, start, one, other in self._products:
            torch.addmm(start, one, other, out=weight)


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser("python -m training.study.low_rank", description="Low-rank beside whole learning.")
    p.add_argument("folder")
    p.add_argument("--model", default="piano")
    p.add_argument("--files", type=int, nargs="+", default=[5, 20, 100])
    p.add_argument("--minutes", type=float, default=3.0)
    p.add_argument("--validations", type=int, default=VALIDATIONS)
    p.add_argument("--trials", nargs="+", default=["0:1", "8:3", "32:3"])
    options = p.parse_args(argv)
    torch.set_num_threads(1)
    for count in options.files:
        with tempfile.TemporaryDirectory() as place:
            folder = some_files(options.folder, count, Path(place) / "files")
            for trial in options.trials:
                rank, times = trial.split(":")
                said = run(folder, options, int(rank), float(times))
                print(f"{count} files, rank {rank}, rate x {times}: {said}", flush=True)
    return 0


def some_files(name: str, count: int, folder: Path) -> Path:
    """The first files to train on and to validate on, in a folder of their own."""
    folder.mkdir()
    rows = ["midi,split"]
    for split, most in zip(SPLITS, (count, VALID_FILES, 0), strict=True):
        files = [each.source for each in entries(name)[0] if each.split == split and isinstance(each.source, Path)]
        for file in files[:most]:
            shutil.copy(file, folder)
            rows.append(f"{file.name},{split}")
    (folder / "splits.csv").write_text("\n".join(rows))
    return folder


def run(folder: Path, options: argparse.Namespace, rank: int, times: float) -> str:
    arguments = [str(folder), "-o", "mine.onnx", "--from", options.model, "--run", str(folder.parent / "run")]
    recipe, train_store, valid_store = held_out(parser().parse_args(arguments))
    recipe = replace(recipe, rate=recipe.rate * times)
    trainer = Trainer(
        recipe, train_store, valid_store, Budget(minutes=options.minutes),
        validations=options.validations, clock=time.process_time,
    )  # fmt: skip
    before = trainer.begin_with(network_of(open_model(options.model))).per_note
    if rank:
        trainer.optimiser = LowRank(trainer.network, rank, recipe.rate)
    while not trainer.done:
        trainer.train_step()
        if trainer.time_to_validate:
            trainer.validate()
    last = trainer.validate()["valid_nats_per_note"]
    return (
        f"before {before:.3f}, best {trainer.best_figures.per_note:.3f}, last {last:.3f}; "
        f"{trainer.step} steps, {trainer.lanes.epochs:.1f} epochs, gone back {trainer.guard.backs} times"
    )


if __name__ == "__main__":
    run_command(main)
