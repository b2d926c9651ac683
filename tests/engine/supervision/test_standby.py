"""Standby and guard: whichever process is killed, the notes end on the real port."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from musiclstm.engine.ports.jack_ports import own_port
from musiclstm.engine.ports.ledger import NoteLedger
from musiclstm.engine.ports.registry import open_output
from musiclstm.engine.supervision.guard import Guard
from musiclstm.engine.supervision.shared_memory import SharedMemory
from musiclstm.engine.supervision.standby import Standby
from musiclstm.errors import PortError
from tests.engine.ears import Ears, ears
from tests.engine.piano import Piano
from tests.waiting import PATIENCE, wait_for


class FakeSystem:
    """A system whose ports remember what they received."""

    def __init__(self, *names: str) -> None:
        self.names = set(names)
        self.ready: set[str] = set()
        self.got: list[tuple[str, bytes]] = []
        self.disconnected = 0

    def refresh(self, names: dict[int, str]) -> None:
        self.ready = {*names.values()} & self.names

    def send(self, name: str, messages: list[bytes]) -> bool:
        if name == "broken":
            raise PortError("it is broken")
        if name in self.names:
            self.got += [(name, message) for message in messages]
        return name in self.names

    def disconnect(self) -> None:
        self.disconnected += 1


def test_it_ends_sounding_notes_and_repeats_recent_note_offs() -> None:
    ledger = NoteLedger()
    for port, name in enumerate(("piano", "synth", "organ", "broken", "null")):
        ledger.set_port(port, name)
        ledger.begin(port, 2, 60)
    ledger.begin(0, 2, 64)
    ledger.begin(0, 2, 64)
    ledger.begin(0, 5, 50)
    ledger.end(0, 5, 50)
    for rest in (b"\xb5\x40\0", b"\xb2\x42\0", b"\xe2\0\x40"):
        ledger.move(0, rest)
    other, system = FakeSystem(), FakeSystem("piano", "organ")
    standby = Standby(ledger, (other, system))
    standby.refresh()
    assert system.ready == {"piano", "organ"}
    count, repeat = standby.end_notes()
    assert count == 7
    offs = [b"\x82\x3c\0", b"\x82\x40\0", b"\x82\x40\0", b"\x85\x32\0", b"\xb2\x42\0", b"\xb5\x40\0", b"\xe2\0\x40"]
    wanted = [("piano", message) for message in offs] + [("organ", b"\x82\x3c\0")]
    assert system.got == wanted
    assert not list(ledger.sounding())
    repeat()
    assert system.got == 2 * wanted
    assert system.disconnected == 1
    count, repeat = standby.end_notes()
    repeat()
    assert count == 0
    assert system.got == 2 * wanted


# An engine's part in this, without the engine: plays a chord, and ends one of its notes later.
PLAYER = """
import sys, time
from pathlib import Path
from musiclstm.engine.ports.registry import open_output
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.engine.clock.base import InternalClock
from musiclstm.engine.supervision.shared_memory import SharedMemory
shared = SharedMemory.open(Path(sys.argv[1]))
shared.lock()
scheduler = Scheduler(InternalClock(), [open_output(sys.argv[2])], ledger=shared.ledger)
time.sleep(0.1)
for pitch in (48, 60, 64, 67):
    scheduler.send_now(bytes((0x91, pitch, 80)))
print("ready", flush=True)
for beats in range(1_000_000):
    shared.write_counters(beats + 1, 0)
    if beats == 20:
        scheduler.send_now(bytes((0x81, 48, 0)))
        print("one ended", flush=True)
    time.sleep(0.01)
"""


# Plays two long notes with the sustain pedal.
PIANIST = """
import sys, time
from pathlib import Path
from musiclstm.engine.ports.registry import open_output
from musiclstm.engine.scheduler.scheduler import Entry, Scheduler
from musiclstm.engine.clock.base import InternalClock
from musiclstm.engine.supervision.shared_memory import SharedMemory
shared = SharedMemory.open(Path(sys.argv[1]))
shared.lock()
clock = InternalClock(60)
scheduler = Scheduler(clock, [open_output(sys.argv[2])], ledger=shared.ledger)
scheduler.set_pedal(0, on=True)
time.sleep(0.1)
for pitch in (60, 64):
    scheduler.put_all((Entry(0, bytes((0x91, pitch, 80)), 0, pitch, 0, True),))
    scheduler.put_all((Entry(1000, bytes((0x81, pitch, 0)), 0, pitch),))
clock.start()
scheduler.start()
print("ready", flush=True)
time.sleep(1000)
"""

# Passes on what a person does with pedals and wheels, and one thing that has no rest; then dies.
MOVER = """
import os, sys, time
from pathlib import Path
from musiclstm.engine.ports.registry import open_output
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.engine.clock.base import InternalClock
from musiclstm.engine.supervision.shared_memory import SharedMemory
shared = SharedMemory.open(Path(sys.argv[1]))
shared.lock()
scheduler = Scheduler(InternalClock(), [open_output(sys.argv[2])], ledger=shared.ledger)
time.sleep(0.1)
for message in ("b0427f", "b0437f", "b00160", "b00b20", "b00750", "e10000", "d240", "a33c50", "b1407f"):
    scheduler.send_now(bytes.fromhex(message))
print("ready", flush=True)
time.sleep(1000)
"""

Player = subprocess.Popen[bytes]
Play = Callable[..., Player]


@pytest.fixture
def shared() -> Iterator[SharedMemory]:
    shared = SharedMemory.create()
    yield shared
    shared.close()
    shared.delete()


@pytest.fixture
def guard(shared: SharedMemory) -> Iterator[Guard]:
    guard = Guard(shared.path)
    yield guard
    guard.close()


@pytest.fixture
def play(shared: SharedMemory, listener: Ears) -> Iterator[Play]:
    """Start a player to a port, once no other is left in the server, but what is to play beside it."""
    players: list[Player] = []

    def play(port: str, player: str = PLAYER, beside: str = "") -> Player:
        wait_for(lambda: {each.name for each in listener.client.get_ports("musiclstm.*:out")} <= {beside})
        players.append(subprocess.Popen([sys.executable, "-c", player, str(shared.path), port], stdout=subprocess.PIPE))
        output = players[-1].stdout
        assert output is not None
        assert output.readline() == b"ready\n"
        return players[-1]

    yield play
    for process in players:
        kill(process)
        assert process.stdout is not None
        process.stdout.close()


def kill(process: Player) -> None:
    process.kill()
    process.wait()


def chord(listener: Ears) -> bool:
    """Whether it hears several notes; a listener in Python may miss one on a busy machine, or hear it twice."""
    return len(listener.sounding()) > 1


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="JACK and signals are of Linux and macOS")


@pytest.mark.jack
def test_a_killed_engines_notes_end_on_the_real_port(guard: Guard, play: Play, listener: Ears) -> None:
    process = play(listener.full_name)
    assert listener.wait(lambda: chord(listener))
    time.sleep(0.4)  # the guard has had time to connect
    kill(process)
    assert guard.end_notes() in (3, 4)
    assert listener.wait(lambda: not listener.sounding())


@pytest.mark.jack
def test_a_killed_engines_pedal_comes_up(guard: Guard, play: Play, listener: Ears) -> None:
    process = play(listener.full_name, PIANIST)
    assert listener.wait(lambda: listener.begun().total() == 2 and not listener.sounding())  # by their keys
    assert Piano().hear(listener.messages).pedals == {1}
    time.sleep(0.4)
    kill(process)
    guard.end_notes()
    assert listener.wait(lambda: Piano().hear(listener.messages).silent)


@pytest.mark.jack
def test_whatever_a_killed_engine_had_moved_comes_to_rest(guard: Guard, play: Play, listener: Ears) -> None:
    process = play(listener.full_name, MOVER)
    time.sleep(0.4)
    kill(process)
    guard.end_notes()
    rests = {"b04200", "b04300", "b00100", "b00b7f", "e10040", "d200", "a33c00", "b14000"}
    assert listener.wait(lambda: {message.hex() for _, message in listener.messages} >= rests)
    assert "b00700" not in {message.hex() for _, message in listener.messages}


@pytest.mark.jack
def test_a_note_off_that_was_lost_with_the_engine_is_sent_again(guard: Guard, play: Play, listener: Ears) -> None:
    process = play(listener.full_name)
    assert process.stdout is not None
    assert process.stdout.readline() == b"one ended\n"
    kill(process)  # within JACK's period, perhaps
    guard.end_notes()
    assert listener.wait(lambda: not listener.sounding())


@pytest.mark.jack
def test_a_guard_that_was_killed_is_replaced(guard: Guard, play: Play, listener: Ears) -> None:
    process = play(listener.full_name)
    assert listener.wait(lambda: chord(listener))
    guard._process.kill()
    guard._process.wait()
    kill(process)
    assert guard.end_notes() in (3, 4)
    assert listener.wait(lambda: not listener.sounding())


@pytest.mark.jack
def test_without_host_and_engine_the_guard_ends_the_notes(
    shared: SharedMemory, guard: Guard, play: Play, listener: Ears
) -> None:
    process = play(listener.full_name)
    assert listener.wait(lambda: chord(listener))
    guard._close_pipes(stdin_only=True)  # as a killed host does
    time.sleep(0.5)
    assert guard._process.poll() is None  # the engine lives
    kill(process)
    assert listener.wait(lambda: not listener.sounding())
    guard._process.wait(PATIENCE)
    assert not shared.path.exists()


@pytest.mark.jack
def test_listeners_of_a_virtual_port_hear_the_end_and_the_next_engine(
    shared: SharedMemory, guard: Guard, play: Play, listener: Ears
) -> None:
    process = play("virtual")
    (output,) = listener.client.get_ports("musiclstm.*:out")  # its client is numbered if this process has one, too
    listener.client.connect(output, listener.port)
    listener.guard_looked()
    kill(process)
    assert guard.end_notes() in (3, 4)
    assert listener.wait(lambda: {message[1] for _, message in listener.messages if message[0] == 0x81} >= {60, 64, 67})
    process = play("virtual")

    def connected() -> bool:
        connections = listener.client.get_all_connections(listener.port)
        return bool(connections) and connections == listener.client.get_ports("musiclstm.*:out")

    wait_for(connected)  # and the guard's own port is gone
    kill(process)


@pytest.mark.jack
def test_the_virtual_port_of_another_engine_is_left_alone(guard: Guard, play: Play, listener: Ears) -> None:
    process = play("virtual")
    (output,) = listener.client.get_ports("musiclstm.*:out")
    listener.client.connect(output, listener.port)
    other = open_output("virtual")
    theirs = own_port(other.name)
    assert theirs is not None
    with ears("other") as beside:
        beside.client.connect(theirs, beside.port)
        listener.guard_looked()
        kill(process)
        guard.end_notes()
        assert listener.wait(lambda: bool(listener.messages))
        process = play("virtual", beside=theirs)
        wait_for(lambda: len(listener.client.get_all_connections(listener.port)) == 1)
        assert [each.name for each in beside.client.get_all_connections(beside.port)] == [theirs]
        assert not beside.messages
    kill(process)
    other.close()


@pytest.mark.jack
def test_a_listener_that_is_disconnected_stays_so(guard: Guard, play: Play, listener: Ears) -> None:
    process = play("virtual")
    (output,) = listener.client.get_ports("musiclstm.*:out")
    listener.client.connect(output, listener.port)
    listener.guard_looked()
    listener.client.disconnect(output, listener.port)
    time.sleep(0.6)
    assert not listener.client.get_all_connections(listener.port)
    kill(process)
    guard.end_notes()
