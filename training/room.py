"""Room: whether this machine has the memory that a training takes, which the system would otherwise kill."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import torch

from musiclstm.errors import UsageError
from training.processes import Share
from training.recipes import Recipe

# Bytes, measured; rather too few, because what is refused could not be trained for certain.
_AN_EVENT, _A_UNIT = 50_000, 36  # of a step; and of each unit for each event
_A_WEIGHT = 28  # the weight, its gradient, two averages of that, and three copies


def check(recipe: Recipe, device: torch.device, share: Share) -> None:
    """Raises UsageError where one process's share of the training cannot fit into the memory there is."""
    most = _memory(device)
    need = needed(recipe, share.size)
    if most is not None and need > most:
        config = recipe.config
        raise UsageError(
            f"{recipe.lanes} lanes of {recipe.window} events with {config.layers} layers of {config.units} units take "
            f"at least {need / 1e9:,.0f} GB of memory, and there are {most / 1e9:,.0f}; choose less of --lanes, "
            f"--window, --units or --layers."
        )


def ran_out(error: Exception) -> bool:
    """Whether an error says that there is no more memory."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)  # PyTorch's on a processor


def needed(recipe: Recipe, processes: int = 1) -> int:
    """Bytes that each process takes, about."""
    config = recipe.config
    events = recipe.window * -(-recipe.lanes // processes)
    weights = 4 * config.units * (config.embedding + config.units * (2 * config.layers - 1))
    return events * (_AN_EVENT + _A_UNIT * config.units * config.layers) + _A_WEIGHT * weights


def _memory(device: torch.device) -> int | None:
    """Bytes that there are for it; None if that is not known."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    found: list[int] = []
    with suppress(OSError, ValueError, AttributeError):  # not on Windows
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):  # of a container; "max" where there is no limit
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return min(found, default=None)
