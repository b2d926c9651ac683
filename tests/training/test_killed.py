"""Training that is killed again and again, in processes of its own, ends with the weights of training that was not."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from musiclstm.engine.system.threads import ONE_THREAD
from tests.training.tiny_training import folder

KILLS = int(os.environ.get("KILLS", "3"))
# More than are done between the kills.
STEPS = max(120, 20 * KILLS)
SECONDS = 60  # before a process that does nothing is a failure
CODE = """
import sys
from training import loop, train
loop.SAVE_SECONDS = 0.0
sys.exit(train.main(sys.argv[1:]))
"""


def start(corpus: Path, run: Path) -> subprocess.Popen[bytes]:
    arguments = [str(corpus), "-o", str(run.with_suffix(".onnx")), "--run", str(run), "--resume", "--seed", "3"]
    arguments += ["--units", "16", "--steps", str(STEPS), "--lanes", "3", "--window", "16"]
    return subprocess.Popen([sys.executable, "-c", CODE, *arguments], env=environment(), stderr=subprocess.DEVNULL)


def environment() -> dict[str, str]:
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": str(Path(__file__).parents[2])}


def killed(corpus: Path, run: Path, numbers: random.Random) -> bool:
    """Whether it was killed a few checkpoints after it was started; it may have been done before."""
    process = start(corpus, run)
    checkpoint, seen, last = run / "checkpoint.pt", 0, 0
    after, until = numbers.randint(1, 12), time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < until:
        now = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        seen, last = seen + (now != last), now
        if seen > after:
            time.sleep(numbers.random() * 0.02)  # at any moment of a step or of writing
            process.kill()
        time.sleep(0.001)
    process.kill()
    return process.wait() != 0


def check(folder_: Path, kills: int) -> int:
    """How often it was killed."""
    numbers, corpus = random.Random(1), folder(folder_)
    undisturbed = start(corpus, folder_ / "whole")  # at the same time, if the machine has a second core
    times = sum(killed(corpus, folder_ / "parts", numbers) for _ in range(kills))
    assert start(corpus, folder_ / "parts").wait(SECONDS) == 0
    assert undisturbed.wait(SECONDS) == 0
    whole, parts = (torch.load(folder_ / name / "checkpoint.pt") for name in ("whole", "parts"))
    for name in ("network", "average", "best"):
        assert whole[name].keys() == parts[name].keys()
        assert all(torch.equal(value, parts[name][key]) for key, value in whole[name].items())
    assert whole["best_figures"] == parts["best_figures"]
    return times


@pytest.mark.timeout(SECONDS * (KILLS + 3))
def test_killed_at_any_moment_it_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    assert check(tmp_path, KILLS) == KILLS
