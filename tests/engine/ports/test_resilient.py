"""A port that disconnects is null until it reconnects."""

import threading
from collections.abc import Callable

import pytest

from musiclstm.engine.ports import resilient
from musiclstm.engine.ports.base import InputPort, OutputPort
from musiclstm.engine.ports.resilient import ResilientInput, ResilientPort
from musiclstm.errors import PortError
from tests.engine.fakes import RecordingPort
from tests.waiting import wait_for

ON, OFF = b"\x92\x3c\x40", b"\x82\x3c\x00"


class Plug:
    """Something that is plugged in and out."""

    def __init__(self) -> None:
        self.ports: list[Plugged] = []
        self.there = True

    def open(self) -> "Plugged":
        if not self.there:
            raise PortError("it is gone")
        self.ports.append(Plugged(self))
        return self.ports[-1]


class Plugged(RecordingPort):
    """What was opened while it was plugged in; dead once it was not, for good."""

    lead = 0.007
    lossy = True

    def __init__(self, plug: Plug) -> None:
        super().__init__("plug")
        self._plug = plug
        self._dead = False

    @property
    def alive(self) -> bool:  # type: ignore[override]
        self._dead |= not self._plug.there
        return not self._dead

    def messages(self) -> list[bytes]:
        return [message for _, message in self.sent]


class News:
    """What was reported, and waiting for it."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bool]] = []
        self._changed = threading.Condition()

    def __call__(self, text: str, alive: bool) -> None:
        with self._changed:
            self.said.append((text, alive))
            self._changed.notify_all()

    def wait(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.said) >= count, 10)


def test_a_pedal_that_was_down_comes_up() -> None:
    plug, news = Plug(), News()
    port = ResilientPort(plug.open(), plug.open, news, watch=0.001)
    for message in (ON, b"\xb2\x40\x7f", OFF, b"\xb3\x40\x7f", b"\xb3\x40\x00"):
        port.send(message, 0.0)
    plug.there = False
    news.wait(1)
    port.send(b"\xb2\x40\x00", 0.0)  # into the void
    plug.there = True
    news.wait(2)
    assert plug.ports[-1].messages() == [b"\xb2\x40\x00"]
    port.close()


def test_what_was_moved_comes_to_rest_when_it_is_closed() -> None:
    """A pedal that was held while another output was chosen held the notes of this one for good."""
    plug = Plug()
    port = ResilientPort(plug.open(), plug.open)
    rests = [b"\xb2\x40\x00", b"\xb2\x42\x00", b"\xd1\x00", b"\xe1\x00\x40"]
    for message in (b"\xb2\x40\x7f", b"\xb2\x42\x7f", b"\xd1\x50", b"\xe1\x00\x60", b"\xe0\x00\x60", b"\xe0\x00\x40"):
        port.send(message, 0.0)
    port.close()
    assert plug.ports[0].messages()[6:10] == rests


class Losing(Plugged):
    """Loses each message the first time; `heard` by whoever listens is what is left."""

    def __init__(self, plug: Plug) -> None:
        super().__init__(plug)
        self.heard: list[bytes] = []

    def send(self, message: bytes, time: float) -> None:
        if message in self.messages():
            self.heard.append(message)
        super().send(message, time)


def test_what_ends_just_before_it_is_closed_ends_though_that_gets_lost() -> None:
    """JACK loses what it has no time for; three keys stayed on after 91 changes of output."""
    port = ResilientPort(losing := Losing(Plug()), Plug().open)
    for message in (b"\x90\x3c\x40", b"\x90\x3e\x40", b"\xb0\x40\x7f", b"\xb0\x42\x7f", b"\xb0\x42\x00"):
        port.send(message, 0.0)
    port.send(b"\x90\x3c\x00", 0.0)
    port.close()
    assert set(losing.heard) == {b"\x80\x3c\x00", b"\x80\x3e\x00", b"\xb0\x40\x00", b"\xb0\x42\x00"}


def test_what_sounded_when_it_was_lost_ends_though_that_gets_lost() -> None:
    plug, news = Plug(), News()

    def reopen() -> OutputPort:
        plug.open()  # or raises, while it is gone
        plug.ports[-1] = losing = Losing(plug)
        return losing

    port = ResilientPort(plug.open(), reopen, news, watch=0.001)
    for message in (b"\x90\x3c\x40", b"\x90\x3e\x40", b"\xe0\x00\x60"):
        port.send(message, 0.0)
    plug.there = False
    news.wait(1)
    plug.there = True
    news.wait(2)
    port.send(b"\x90\x3e\x40", 0.0)  # sounds again
    losing = plug.ports[-1]
    assert isinstance(losing, Losing)
    wait_for(lambda: b"\xe0\x00\x40" in losing.heard)
    wait_for(lambda: b"\x80\x3c\x00" in losing.heard)
    assert b"\x80\x3e\x00" not in losing.heard
    port.close()


def test_what_ended_long_ago_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    port = ResilientPort(plugged := Plugged(Plug()), Plug().open)
    port.send(ON, 0.0)
    port.send(OFF, 0.0)
    monkeypatch.setattr(resilient, "_RECENT", 0.0)
    port.close()
    assert plugged.messages() == [ON, OFF]


def test_twenty_losses_and_reconnections() -> None:
    plug, news = Plug(), News()
    port = ResilientPort(plug.open(), plug.open, news, watch=0.001)
    for number in range(20):
        port.send(ON, 0.0)
        plug.there = False
        news.wait(2 * number + 1)
        alive = port.alive
        assert plug.ports[-1].closed
        port.send(OFF, 0.0)  # where nobody hears it
        plug.there = True
        news.wait(2 * number + 2)
        assert (alive, port.alive) == (False, True)
        # The note that sounded when it went is over, before anything else; and again, for it may have got lost.
        first, *rest = plug.ports[-1].messages()
        assert (first, {*rest}) == (b"\xb2\x7b\x00", {OFF})
    port.close()
    assert plug.ports[-1].closed
    assert news.said[:2] == [("plug disconnected; it reconnects automatically.", False), ("plug reconnected.", True)]


def test_it_has_the_name_under_which_it_came_back() -> None:
    plug, news = Plug(), News()

    def reopen() -> OutputPort:
        port = plug.open()
        port.name = "plug 28:0"
        return port

    port = ResilientPort(plug.open(), reopen, news, watch=0.001)
    plug.there = False
    news.wait(1)
    assert port.name == "plug"
    plug.there = True
    news.wait(2)
    assert port.name == "plug 28:0"
    assert news.said[-1] == ("plug 28:0 reconnected.", True)
    port.close()


def test_a_note_that_ended_before_the_loss_is_not_ended_again() -> None:
    plug, news = Plug(), News()
    port = ResilientPort(plug.open(), plug.open, news, watch=0.001)
    port.send(ON, 0.0)
    port.send(b"\x92\x3c\x00", 0.0)  # a note-off too
    plug.there = False
    news.wait(1)
    plug.there = True
    news.wait(2)
    assert plug.ports[-1].messages() == []
    port.close()


def test_nothing_shifts_while_it_is_gone() -> None:
    plug, news = Plug(), News()
    port = ResilientPort(plug.open(), plug.open, news, watch=0.001)
    assert port.lead == Plugged.lead
    plug.there = False
    news.wait(1)
    assert port.lead == Plugged.lead
    port.close()


def test_it_is_closed_while_it_is_gone() -> None:
    plug, news = Plug(), News()
    port = ResilientPort(plug.open(), plug.open, news, watch=0.001)
    plug.there = False
    news.wait(1)
    port.close()
    assert len(plug.ports) == 1


def test_inputs_reconnect_too() -> None:
    plug, news = Plug(), News()
    reopen: Callable[[], InputPort] = plug.open
    port = ResilientInput(plug.open(), reopen, news, watch=0.001)
    plug.there = False
    news.wait(1)
    plug.there = True
    news.wait(2)
    assert port.alive
    port.close()


@pytest.mark.parametrize("error", [PortError("it is broken"), OSError("no such device"), RuntimeError("driver")])
def test_an_error_of_the_port_is_passed_on(error: Exception) -> None:
    """As a PortError, which ends neither the dispatch thread's round nor the engine."""

    class Broken(RecordingPort):
        def send(self, message: bytes, time: float) -> None:
            raise error

    def reopen() -> OutputPort:
        return Broken()

    port = ResilientPort(Broken(), reopen)
    with pytest.raises(PortError, match=str(error)):
        port.send(ON, 0.0)
    port.close()


@pytest.mark.parametrize(
    "error", [RuntimeError("driver"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd"), OSError()]
)
def test_whatever_a_driver_raises_the_port_is_reported_and_comes_back(error: Exception) -> None:
    plug, news = Plug(), News()
    fails = [error, error]

    class Broken(Plugged):
        def close(self) -> None:
            raise error

    def reopen() -> OutputPort:
        if plug.there and fails:
            raise fails.pop()
        return plug.open()

    port = ResilientPort(Broken(plug), reopen, news, watch=0.001)
    plug.there = False
    news.wait(1)
    plug.there = True
    news.wait(2)
    assert [alive for _, alive in news.said] == [False, True]
    assert port.alive
    assert not fails
    port.close()
