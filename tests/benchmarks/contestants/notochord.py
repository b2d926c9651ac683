"""Notochord: whole events, sampled and fed back; a GRU of two layers of 1,024, two events a note, as ours.

Random weights: they cost as much as those of its checkpoint, which cannot be had without a network.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import torch

from tests.benchmarks.contestants.answer import answer


def main() -> None:
    # It wants PortAudio, for its synth.
    sys.modules["sounddevice"] = ModuleType("sounddevice")
    from notochord import Notochord
    from notochord.event import EventConstraints

    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = Notochord().eval()
    model.reset()
    constraints = EventConstraints(note_on_map={1: range(21, 109)}, max_polyphony=8, max_time=1.0)

    def measure(events: int) -> list[float]:
        seconds = []
        # It prints at each call.
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            for _ in range(events):
                begin = time.perf_counter()
                model.feed(**model.sample(constraints).as_dict())
                seconds.append(time.perf_counter() - begin)
        return seconds

    answer(f"Notochord {version('notochord')} with torch {version('torch')}", measure)


if __name__ == "__main__":
    main()
