"""Training by two real processes: it is the training of one, and each goes on with the other's checkpoint."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from musiclstm.engine.system.threads import ONE_THREAD
from tests.training.tiny_training import ARRAYS, RECIPE, VOCABULARY, folder
from training.budget import Budget
from training.lanes import Lanes
from training.processes import Share
from training.trainer import Trainer

SECONDS = 180  # before processes that do nothing are a failure
# Dropout is random, and other in each process.
SIZES = ["--units", "16", "--lanes", "5", "--window", "16", "--dropout", "1e-9", "--seed", "3"]
CODE = """
import sys
from dataclasses import replace
from training import gather, loop, train
from training.command import run_command
loop.SAVE_SECONDS = 0.0
plain = gather.for_summaries
def undropped(*arguments):
    recipe = plain(*arguments)
    return replace(recipe, config=replace(recipe.config, input_dropout=0.0, head_dropout=0.0, weight_drop=0.0))
gather.for_summaries = undropped
run_command(train.main)
"""


def environment(**more: str) -> dict[str, str]:
    own = {"PYTHONPATH": str(Path(__file__).parents[2]), "GLOO_SOCKET_IFNAME": "lo"}
    return {**os.environ, **ONE_THREAD, **own, **more}


def arguments(corpus: Path, run: Path, *more: str) -> list[str]:
    return [str(corpus), "-o", str(run.with_suffix(".onnx")), "--run", str(run), "--device", "cpu", *SIZES, *more]


@contextmanager
def started(size: int, *options: str, code: str = CODE) -> Iterator[list[subprocess.Popen[str]]]:
    """So many processes of one training, which know each other by a port of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    shared = {"WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, *options],
            env=environment(**shared, RANK=str(rank), LOCAL_RANK=str(rank)),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def trained(size: int, *options: str, code: str = CODE) -> list[str]:
    """What each process said."""
    with started(size, *options, code=code) as processes:
        said = [process.communicate(timeout=SECONDS) for process in processes]
        assert [process.returncode for process in processes] == [0] * size, said
    return [out + err for out, err in said]


def last(run: Path) -> dict[str, float]:
    with (run / "metrics.csv").open() as file:
        return {name: float(value) for name, value in list(csv.DictReader(file))[-1].items()}


def assert_same(one: Path, two: Path) -> None:
    """To the precision of sums in another order, which Adam makes large where there is nearly no gradient."""
    first, second = (torch.load(run / "checkpoint.pt") for run in (one, two))
    for name in ("network", "average", "best"):
        for key, value in first[name].items():
            assert float((value - second[name][key]).abs().mean()) < 3e-5, f"{name}.{key}"
    assert first["lanes"] == second["lanes"]
    assert float((first["h"] - second["h"]).abs().mean()) < 1e-3
    wanted, found = last(one), last(two)
    for name in ("train_nats_per_event", "valid_nats_per_note"):
        assert found[name] == pytest.approx(wanted[name], rel=1e-4)


@pytest.mark.parametrize("size", [2, 3])
def test_the_shares_are_the_lanes_of_one(size: int) -> None:
    """Also from a state on, and of lanes that are not as many for each."""
    whole = Lanes(ARRAYS, VOCABULARY, lanes=5, window=16, transpose=(-2, 2), seed=1)
    parts = [
        Lanes(ARRAYS, VOCABULARY, lanes=5, window=16, transpose=(-2, 2), seed=1, rank=rank, size=size)
        for rank in range(size)
    ]
    for step in range(20):
        batch, shares = whole.next(), [part.next() for part in parts]
        for rank, share in enumerate(shares):
            for name in ("event", "timing", "echoes", "held", "real", "begins"):
                assert torch.equal(getattr(batch, name)[rank::size], getattr(share, name)), name
        assert whole.events == int(batch.real.sum())
        assert [part.events for part in parts] == [whole.events] * size
        assert all(part.state() == whole.state() for part in parts)
        if step == 9:
            for part in parts:
                part.restore(part.state())


@pytest.mark.parametrize("taught", [False, True], ids=["alone", "taught"])
def test_two_processes_train_as_one_and_go_on_with_each_others_checkpoint(tmp_path: Path, taught: bool) -> None:
    corpus, (one, two) = folder(tmp_path), (tmp_path / "one", tmp_path / "two")
    more = []
    if taught:
        trained(1, *arguments(corpus, tmp_path / "teacher", "--steps", "24"))
        more = ["--teacher", str(tmp_path / "teacher.onnx")]
    trained(1, *arguments(corpus, one, "--steps", "24", *more))
    first, second = trained(2, *arguments(corpus, two, "--steps", "24", *more))
    assert second == ""
    assert "nats per note" in first
    assert_same(one, two)
    for run, size in ((one, 2), (two, 1)):
        trained(size, *arguments(corpus, run, "--steps", "40", "--resume", *more))
    assert last(one)["step"] == 40
    assert_same(one, two)


def test_one_that_is_killed_ends_the_other_with_one_line(tmp_path: Path) -> None:
    corpus, run = folder(tmp_path), tmp_path / "run"
    with started(2, *arguments(corpus, run, "--steps", "100000")) as processes:
        until = time.monotonic() + SECONDS
        while not (run / "checkpoint.pt").exists():
            assert time.monotonic() < until
            assert all(process.poll() is None for process in processes)
            time.sleep(0.05)
        processes[0].kill()
        _, err = processes[1].communicate(timeout=SECONDS)
        assert processes[1].returncode == 1
    assert "Another process of this training has ended" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_both_go_back_where_the_loss_of_one_is_no_number(tmp_path: Path) -> None:
    """And have the same weights in the end, or one would have decided otherwise."""
    sick = """
import os, sys
from training.trainer import Trainer
step, done = Trainer.train_step, Trainer.validate
def train_step(self):
    if os.environ["RANK"] == "1" and self.step == 10:
        self.state.h.fill_(float("nan"))
    step(self)
def validate(self, *stopped):
    found = done(self, *stopped)
    weights = sum(float(each.double().sum()) for each in self.network.parameters())
    print(f"{self.step} {self.guard.backs} {weights!r} {self.best_figures}", file=sys.stderr)
    return found
Trainer.train_step, Trainer.validate = train_step, validate
"""
    corpus, run = folder(tmp_path), tmp_path / "run"
    first, second = trained(2, *arguments(corpus, run, "--steps", "20"), code=sick + CODE)
    assert "ran away" in first
    assert "ran away" not in second
    lines = second.splitlines()
    assert lines[-1].startswith("20 1 ")
    assert set(lines) <= set(first.splitlines())


def test_one_that_is_interrupted_stops_both_with_a_checkpoint(tmp_path: Path) -> None:
    corpus, run = folder(tmp_path), tmp_path / "run"
    with started(2, *arguments(corpus, run, "--steps", "100000")) as processes:
        until = time.monotonic() + SECONDS
        while not (run / "checkpoint.pt").exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        processes[1].send_signal(signal.SIGTERM)
        said = [process.communicate(timeout=SECONDS)[1] for process in processes]
        assert [process.returncode for process in processes] == [130, 130], said
    assert "with --resume" in said[0]


def test_torchrun_starts_again_from_the_checkpoint(tmp_path: Path) -> None:
    """A process that dies twice, the first time before there is one; not from that of another run."""
    corpus, run, code = folder(tmp_path), tmp_path / "run", tmp_path / "dies.py"
    run.mkdir()
    (run / "checkpoint.pt").write_bytes(b"of yesterday")
    dies = """
import os
from training.trainer import Trainer
step = Trainer.train_step
def dying(self):
    step(self)
    life = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    assert self.step > (0, 0, 8)[life]
    if os.environ["RANK"] == "1" and self.step == (1, 12, None)[life]:
        os._exit(9)
Trainer.train_step = dying
"""
    code.write_text(dies + CODE)
    # After -- torchrun leaves --run alone.
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--max-restarts", "2", "--"]
    done = subprocess.run(
        [sys.executable, *command, str(code), *arguments(corpus, run, "--steps", "30")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert last(run)["step"] == 30
    one = tmp_path / "one"
    trained(1, *arguments(corpus, one, "--steps", "30"))
    assert_same(one, run)


def test_more_processes_than_lanes_are_refused() -> None:
    share = Share()
    share.size = RECIPE.lanes + 1
    with pytest.raises(ValueError, match="cannot be shared"):
        Trainer(RECIPE, ARRAYS, ARRAYS, Budget(steps=1), share=share)


def test_alone_nothing_changes() -> None:
    share = Share()
    assert share.leads
    assert share.mean(0.1) == 0.1
    assert share.any(True, False) == (True, False)
    assert np.array_equal(share.sum(torch.ones(2)), [1, 1])
