"""The outbox never waits for its reader, and drops only what may be dropped."""

import threading
import time

from musiclstm.engine.live import outbox
from musiclstm.engine.live.outbox import Outbox
from musiclstm.protocol import telemetry

STATUS = telemetry.Status(
    time=0.0,
    beat=0.0,
    tempo=120.0,
    playing=False,
    mode="solo",
    sync="internal",
    locked=True,
    output="null",
    output_alive=True,
    input=None,
    input_alive=False,
)


class Slow:
    """A reader that blocks until it may read."""

    def __init__(self) -> None:
        self.got: list[telemetry.Telemetry] = []
        self.may = threading.Event()

    def write(self, message: telemetry.Telemetry) -> None:
        assert self.may.wait(10)
        self.got.append(message)


def test_a_fast_reader_gets_all_in_order() -> None:
    reader = Slow()
    reader.may.set()
    box = Outbox(reader.write, "test")
    box.start()
    messages = [telemetry.Notice(str(number)) for number in range(500)]
    for message in messages:
        box.put(message)
    box.close(5)
    assert reader.got == messages


def test_a_slow_reader_loses_states_but_no_faults() -> None:
    reader = Slow()
    box = Outbox(reader.write, "test")
    box.start()
    begun = time.perf_counter()
    for number in range(outbox.DROP_NOTES + 10):
        box.put(STATUS)
        box.put(telemetry.Played(number, 0.0, 0, 60, 80, 0.0, 0.0))
    box.put(telemetry.Notice("the port is gone"))
    box.put(telemetry.PortsChanged((), ()))
    assert time.perf_counter() - begun < 5
    assert box.waiting <= outbox.DROP_NOTES + 3
    reader.may.set()
    box.close(10)
    assert sum(message is STATUS for message in reader.got) <= outbox.DROP_STATES
    assert reader.got[-2:] == [telemetry.Notice("the port is gone"), telemetry.PortsChanged((), ())]
    notes = [message.id for message in reader.got if isinstance(message, telemetry.Played)]
    assert notes == list(range(len(notes)))


def test_each_kind_is_dropped_from_its_own_limit_on() -> None:
    """Nobody reads: states are dropped from DROP_STATES messages on, notes from DROP_NOTES, and nothing else ever."""
    played = telemetry.Played(1, 0.0, 0, 60, 80, 0.0, 0.0)
    notes = (played, telemetry.PlanEnded(1, 1.0), telemetry.Withdrawn(0.0))
    box = Outbox(lambda _: None, "test")
    for _ in range(outbox.DROP_STATES - 1):
        box.put(played)
    box.put(STATUS)
    assert box.waiting == outbox.DROP_STATES
    for state in telemetry.MAY_DROP:
        box.put(object.__new__(state))  # type: ignore[arg-type]
    assert box.waiting == outbox.DROP_STATES
    for note in notes:
        box.put(note)
    assert box.waiting == outbox.DROP_STATES + len(notes)
    while box.waiting < outbox.DROP_NOTES - 1:
        box.put(played)
    box.put(notes[1])
    assert box.waiting == outbox.DROP_NOTES
    for note in notes:
        box.put(note)
    box.put(STATUS)
    assert box.waiting == outbox.DROP_NOTES
    box.put(telemetry.Notice("the port is gone"))
    assert box.waiting == outbox.DROP_NOTES + 1


def test_a_reader_that_is_gone_ends_it() -> None:
    def write(_: telemetry.Telemetry) -> None:
        raise BrokenPipeError

    box = Outbox(write, "test")
    box.start()
    for _ in range(1000):
        box.put(STATUS)
        box.put(telemetry.Notice("x"))
    box.close(5)
    assert box.waiting == 0
    assert not box._thread.is_alive()


def test_a_message_that_cannot_be_written_silences_no_other() -> None:
    got: list[telemetry.Telemetry] = []

    def write(message: telemetry.Telemetry) -> None:
        if isinstance(message, telemetry.Saved):
            raise TypeError("no such thing")
        got.append(message)

    box = Outbox(write, "test")
    box.start()
    for message in (STATUS, telemetry.Saved("x"), telemetry.Notice("after it")):
        box.put(message)
    box.close(timeout=5)
    assert got == [STATUS, telemetry.Notice("after it")]
