"""Training on two machines: each is a network namespace of Linux, with an address of its own and a cable to the other.

Making them takes root and iproute2; without, these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.test_distributed import CODE, SECONDS, arguments, assert_same, environment, last, trained
from tests.training.tiny_training import folder

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("ip"), reason="needs root and iproute2"
)
FIRST, SECOND = "10.99.0.1", "10.99.0.2"
PORT = 29400  # of a machine's own


class Machine:
    """What is started on it ends with it. address: as the other one reaches it."""

    def __init__(self, name: str, cable: str, address: str) -> None:
        self.name, self.address, self.cable = name, address, cable
        self._processes: list[subprocess.Popen[str]] = []

    def plug(self) -> None:
        for what in (f"addr add {self.address}/30 dev {self.cable}", "link set lo up", f"link set {self.cable} up"):
            ip("-n", self.name, *what.split())

    def start(self, *command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.name, sys.executable, *command],
            env=environment(GLOO_SOCKET_IFNAME=self.cable),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def fail(self) -> None:
        """As if its power was cut."""
        for number in ip("netns", "pids", self.name).split():
            os.kill(int(number), signal.SIGKILL)
        for process in self._processes:
            process.communicate()


@pytest.fixture
def machines() -> Iterator[tuple[Machine, Machine]]:
    own = os.getpid()
    first = Machine(f"musiclstm-{own}-a", f"a{own}", FIRST)
    second = Machine(f"musiclstm-{own}-b", f"b{own}", SECOND)
    made = []
    try:
        for machine in (first, second):
            if subprocess.run(["ip", "netns", "add", machine.name], capture_output=True, check=False).returncode:
                pytest.skip("there can be no network namespaces here")
            made.append(machine)
        ends = [("netns", machine.name, "name", machine.cable) for machine in (first, second)]
        ip("link", "add", *ends[0], "type", "veth", "peer", *ends[1])
        for machine in (first, second):
            machine.plug()
        yield first, second
    finally:
        for machine in made:
            machine.fail()
            ip("netns", "del", machine.name)


def ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True).stdout


def torchrun(machine: Machine, count: str, code: Path, *options: str) -> list[str]:
    """The command of one of so many machines, which meet at the first."""
    size = ["--nnodes", count, "--nproc-per-node", "1", "--max-restarts", "3"]
    # Host names, by which torchrun would find out, do not tell these machines apart. Where one is enough, it waits ten
    # seconds for the other, so that on a busy machine both take part.
    how = f"is_host={int(machine.address == FIRST)},last_call_timeout=10"
    meet = ["--rdzv-backend", "c10d", "--rdzv-endpoint", f"{FIRST}:{PORT}", "--rdzv-conf", how]
    meet += ["--local-addr", machine.address]
    return ["-m", "torch.distributed.run", *size, *meet, "--", str(code), *options]


def test_two_machines_train_as_one_process_does(tmp_path: Path, machines: tuple[Machine, Machine]) -> None:
    corpus, run, code = folder(tmp_path), tmp_path / "run", tmp_path / "code.py"
    code.write_text(CODE)
    options = arguments(corpus, run, "--steps", "30")
    both = [machine.start(*torchrun(machine, "2", code, *options)) for machine in machines]
    one = tmp_path / "one"
    trained(1, *arguments(corpus, one, "--steps", "30"))  # meanwhile
    said = [process.communicate(timeout=SECONDS) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert_same(one, run)


def test_where_a_machine_fails_the_other_goes_on(tmp_path: Path, machines: tuple[Machine, Machine]) -> None:
    corpus, run, code = folder(tmp_path), tmp_path / "run", tmp_path / "code.py"
    code.write_text("import time\nfrom training.trainer import Trainer\n" + SLOW + CODE)
    options = arguments(corpus, run, "--steps", "60")
    left, failing = (machine.start(*torchrun(machine, "1:2", code, *options)) for machine in machines)
    until = time.monotonic() + SECONDS
    while not (run / "checkpoint.pt").is_file():
        assert time.monotonic() < until
        assert failing.poll() is None, failing.communicate()
        time.sleep(0.05)
    machines[1].fail()
    out, err = left.communicate(timeout=SECONDS)
    assert left.returncode == 0, err
    assert last(run)["step"] == 60
    assert "Another process of this training has ended or cannot be reached" in err
    assert out.splitlines()[-1].startswith("nats per note")


# So that there is time to fail in.
SLOW = """
step = Trainer.train_step
def slow(self):
    time.sleep(0.05)
    step(self)
Trainer.train_step = slow
"""


def test_a_worker_on_another_machine_reads_the_corpus(tmp_path: Path, machines: tuple[Machine, Machine]) -> None:
    pytest.importorskip("distributed")
    corpus, (first, other) = folder(tmp_path), machines
    dask = ["-m", "dask"]
    first.start(*dask, "scheduler", "--host", first.address, "--port", "8786", "--no-dashboard")
    scheduler = f"tcp://{first.address}:8786"
    other.start(*dask, "worker", scheduler, "--nworkers", "1", "--nthreads", "1", "--no-dashboard")
    (tmp_path / "code.py").write_text(CODE)
    contents = []
    for machine, how in ((first, ["--scheduler", scheduler]), (other, [])):
        run = tmp_path / machine.name
        process = machine.start(str(tmp_path / "code.py"), *arguments(corpus, run, "--prepare", *how))
        said = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said
        contents.append({path.name: path.read_bytes() for path in run.iterdir()})
    assert contents[0] == contents[1]
    assert sum(name.endswith(".events") for name in contents[0]) == 2
