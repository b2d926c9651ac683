"""Background: jobs on a thread of their own, results in the thread that asked for them."""

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest

from musiclstm.engine.live.background import Background
from musiclstm.errors import PortError
from tests.waiting import PATIENCE


class Caller:
    """The thread that asks: `settle` makes the next scheduled call."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.errors: SimpleQueue[str] = SimpleQueue()
        self.background = Background("test", self.calls.put, self.errors.put)

    def settle(self) -> None:
        self.calls.get(timeout=PATIENCE)()


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.background.close(wait=True)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("test_")]


def test_results_arrive_in_order_in_the_callers_thread(caller: Caller) -> None:
    done: list[tuple[int, threading.Thread]] = []
    for number in range(3):
        caller.background.run(lambda number=number: number, lambda n: done.append((n, threading.current_thread())))  # type: ignore[misc]
    for _ in range(3):
        caller.settle()
    assert done == [(number, threading.current_thread()) for number in range(3)]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (PortError("It is gone."), "It is gone."),
        (RuntimeError("broken"), "Something went wrong; see "),
        (SystemExit(1), "Something went wrong; see "),
        (MemoryError(), "Something went wrong; see "),
        (RecursionError(), "Something went wrong; see "),
        (KeyboardInterrupt(), "Something went wrong; see "),
    ],
)
def test_every_failure_is_reported_and_the_next_job_runs(caller: Caller, error: BaseException, line: str) -> None:
    def broken() -> None:
        raise error

    outcomes: list[str] = []
    caller.background.run(broken, lambda _: outcomes.append("done"), lambda: outcomes.append("failed"))
    caller.background.run(lambda: "next", outcomes.append)
    caller.settle()
    caller.settle()
    assert outcomes == ["failed", "next"]
    assert caller.errors.get(timeout=PATIENCE).startswith(line)


def test_jobs_that_have_not_begun_fail_when_it_closes(caller: Caller) -> None:
    may_end = threading.Event()
    outcomes: list[object] = []
    caller.background.run(lambda: may_end.wait(5), outcomes.append)
    caller.background.run(lambda: True, outcomes.append, lambda: outcomes.append("cancelled"))
    caller.background.close()
    may_end.set()
    caller.settle()
    caller.settle()
    assert outcomes in (["cancelled", True], [True, "cancelled"])


def test_a_job_that_comes_too_late_fails(caller: Caller) -> None:
    outcomes: list[object] = []
    caller.background.close(wait=True)
    caller.background.run(lambda: True, outcomes.append, lambda: outcomes.append("failed"))
    caller.settle()
    assert outcomes == ["failed"]
