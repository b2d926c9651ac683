"""Devices: where a network is trained: on the processor, or on a graphics card of NVIDIA's or Apple's."""

from __future__ import annotations

import ctypes
from pathlib import Path

import torch

from musiclstm.errors import UsageError

NAMES = ("auto", "cpu", "cuda", "mps")
CPU = torch.device("cpu")


def device_of(name: str) -> torch.device:
    """The device of one of `NAMES`; auto: a graphics card if there is one. Raises UsageError if it is not there."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(each for each in ("cuda", "mps", "cpu") if there[each])
    if not there[name]:
        raise UsageError(f"PyTorch finds no device {name} here. Leave out --device, or install a PyTorch that has it.")
    return torch.device(name)


def has_bf16(device: torch.device) -> bool:
    """Whether a device multiplies in bfloat16. A processor that does not is slower with it than in single precision."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device.type == "mps":
        return False
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def keep_memory() -> None:
    """Keeps the C library from returning memory after each step and requesting it again: a third of a step's time."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return  # not the GNU C library
    for option, value in ((-1, 2**31 - 1), (-2, 1 << 28), (-4, 0)):  # M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX
        mallopt(option, value)
