"""Processes: one training by several of them, on one machine or many, as `torchrun` starts them.

Each has its share of the lanes, and the same weights: PyTorch's DistributedDataParallel averages their gradients. All
decide from the same numbers; else one would wait for the others for ever.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

from musiclstm.errors import TrainingError, UsageError
from musiclstm.model.net.network import LSTMState
from training.devices import device_of

# How long the others wait for a machine that is lost without a word; that a process ends is noticed at once.
PATIENCE = timedelta(minutes=30)
# How long the others wait while the first process prepares a corpus.
PREPARATION = timedelta(days=7)


class Share:
    """A process's part of a training: every `size`-th lane, from number `rank` on. By default there is one process.

    restarted: torchrun has started the processes again. `whole`, `sum`, `mean`, `any`, `parallel` and `first` return
    only when every process has called them, and raise TrainingError if one has ended.
    """

    def __init__(self, rank: int = 0, size: int = 1, *, restarted: bool = False) -> None:
        self.rank, self.size, self.restarted = rank, size, restarted
        self._waiting = dist.new_group(backend="gloo", timeout=PREPARATION) if size > 1 else None

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files and messages for all."""
        return self.rank == 0

    def of(self, whole: LSTMState) -> LSTMState:
        """The state of this process's lanes."""
        if self.size == 1:
            return whole
        part = slice(self.rank, None, self.size)
        return LSTMState(whole.h[:, part].contiguous(), None if whole.c is None else whole.c[:, part].contiguous())

    def whole(self, part: LSTMState, lanes: int) -> LSTMState:
        """The state of all lanes. part: that of this process's lanes."""
        if self.size == 1:
            return part

        def gathered(values: Tensor) -> Tensor:
            every = values.new_zeros(values.shape[0], lanes, values.shape[2])
            every[:, self.rank :: self.size] = values
            return self.sum(every)

        return LSTMState(gathered(part.h), None if part.c is None else gathered(part.c))

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.size > 1:
            with self.together():
                dist.all_reduce(values)
        return values

    def mean(self, value: float) -> float:
        """The mean over all processes."""
        return value if self.size == 1 else float(self.sum(torch.tensor(value, dtype=torch.float64)) / self.size)

    def any(self, *values: bool) -> tuple[bool, ...]:
        """For each value whether it is true in any process."""
        if self.size == 1:
            return values
        return tuple(self.sum(torch.tensor(values, dtype=torch.int32)).bool().tolist())

    def parallel(self, network: nn.Module, *, unused: bool) -> nn.Module:
        """The network, so that gradients become the mean over all processes. unused: some parameters get none."""
        if self.size == 1:
            return network
        with self.together():
            return nn.parallel.DistributedDataParallel(network, find_unused_parameters=unused)

    def seed(self, seed: int) -> None:
        """Seeds the dropout of every process but the first, each in its own way."""
        if not self.leads:
            torch.manual_seed(seed + 1_000_003 * self.rank)

    @contextmanager
    def first(self) -> Iterator[None]:
        """For what the first process does before the others, which then find on the disk what it has written."""
        if not self.leads:
            self._wait()
        yield
        if self.leads:
            self._wait()
        self._wait()

    def _wait(self) -> None:
        if self.size > 1:
            with self.together():
                dist.barrier(self._waiting)

    @contextmanager
    def together(self) -> Iterator[None]:
        """For what all processes do at once. Raises TrainingError if it fails, as when another process has ended."""
        try:
            yield
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            if self.size == 1:
                raise
            why = re.sub(r"^\[\S+\] ", "", str(error)).partition(". ")[0].partition("\n")[0]
            raise TrainingError(f"Another process of this training has ended or cannot be reached ({why}).") from error


@contextmanager
def joined(name: str) -> Iterator[tuple[torch.device, Share]]:
    """This process's device, and its share of the training for which it was started. name: of `devices.NAMES`.

    Raises UsageError, TrainingError.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield device_of(name), Share(restarted=_starts() > 1)
        return
    if not dist.is_available():
        raise UsageError("This PyTorch trains in one process only.")
    device = _own_device(name)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    rank = int(os.environ["RANK"])
    try:
        store, rank, size = next(dist.rendezvous("env://", timeout=PATIENCE))  # type: ignore[attr-defined]
        # The store outlives the processes: what earlier ones have left in it must not be found.
        store = dist.PrefixStore(f"start {_starts()}", store)  # type: ignore[attr-defined]
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=PATIENCE)
        share = Share(rank, size, restarted=_starts() > 1)
    except (RuntimeError, ValueError) as error:
        raise TrainingError(f"Process {rank} of {size} cannot reach the others: {error}.") from error
    yield device, share
    # After an error the others may be gone.
    dist.destroy_process_group()


def _starts() -> int:
    """How often torchrun has started the processes: again whenever one has ended."""
    return 1 + int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def _own_device(name: str) -> torch.device:
    """The device of this process; on graphics cards, each has a card of its own. Raises UsageError."""
    device = device_of(name)
    if device.type == "mps":
        raise UsageError("Several processes train on processors or on NVIDIA's cards; choose --device cpu.")
    if device.type == "cpu":
        return device
    number, cards = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if number >= cards:
        raise UsageError(
            f"Each process needs a graphics card, of which there are {cards}; start as many, or choose --device cpu."
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)
