"""OSC: the addresses follow from the messages, and no packet disturbs the playing."""

import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import MISSING, fields
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, get_args

import numpy as np
import pytest
from pythonosc import osc_message
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from musiclstm.engine.live import osc
from musiclstm.engine.live.osc_server import OscServer
from musiclstm.errors import EngineError
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.controls import CONTROLS
from tests.waiting import PATIENCE


def packet(path: str, *values: Any) -> bytes:
    builder = OscMessageBuilder(path)
    for value in values:
        builder.add_arg(value)
    return bytes(builder.build().dgram)


class Peer:
    """A server and a script beside it, over real sockets."""

    def __init__(self) -> None:
        self.commands: SimpleQueue[commands.Command] = SimpleQueue()
        self.server = OscServer(0, self.commands.put)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)

    def say(self, path: str, *values: Any) -> None:
        self.raw(packet(path, *values))

    def raw(self, data: bytes) -> None:
        self.socket.sendto(data, ("127.0.0.1", self.server.port))

    def heard(self) -> tuple[str, list[Any]]:
        message = osc_message.OscMessage(self.socket.recv(65_536))
        return message.address, list(message.params)


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    peer.server.start()
    yield peer
    peer.server.close()
    peer.socket.close()


def test_a_command_arrives(peer: Peer) -> None:
    peer.say("/musiclstm/set_tempo", 96.0)
    peer.say("/musiclstm/control/time/temperature", 0.5)
    peer.say("/musiclstm/control/polyphony", None)
    peer.say("/musiclstm/control/scale", "dorian")
    peer.say("/musiclstm/player/1/hear/onsets", 0.5)
    peer.say("/musiclstm/player/Drums/density", "all")
    peer.say("/musiclstm/set_part/transpose", 1, -12)
    peer.say("/musiclstm/open_input", None)
    peer.say("/musiclstm/watch", True)
    expected: list[commands.Command] = [
        commands.SetTempo(96.0),
        commands.SetControl("time.temperature", 0.5),
        commands.SetControl("polyphony", None),
        commands.SetControl("scale", "dorian"),
        commands.SetControl("1:hear.onsets", 0.5),
        commands.SetControl("Drums:density", "all"),
        commands.SetPart(1, transpose=-12),
        commands.OpenInput(None),
        commands.Watch(memory=True),
    ]
    assert [peer.commands.get(timeout=PATIENCE) for _ in expected] == expected


def test_controllers_that_only_know_floats_can_play(peer: Peer) -> None:
    peer.say("/musiclstm/player_note", 60.0, 100.0)
    peer.say("/musiclstm/hold", 1.0)
    peer.say("/musiclstm/play", 1.0)
    peer.say("/musiclstm/play", 0.0)
    peer.say("/musiclstm/stop")
    expected: list[commands.Command] = [
        commands.PlayerNote(60, 100),
        commands.Hold(True),
        commands.Play(),
        commands.Stop(),
    ]
    assert [peer.commands.get(timeout=PATIENCE) for _ in expected] == expected


@pytest.mark.parametrize("kind", get_args(commands.Command), ids=lambda kind: kind.__name__)
def test_every_command_has_an_address_that_makes_it(kind: Any) -> None:
    samples = {"str": "A", "int": 3, "float": 0.5, "bool": True, "Value": 0.5}
    values = [samples[str(field.type).removesuffix(" | None")] for field in fields(kind)]
    address = osc.addresses()[osc._path(kind)]
    assert address.command(values) == kind(*values)
    needed = [value for value, field in zip(values, fields(kind), strict=True) if field.default is MISSING]
    assert address.command(needed) == kind(*needed)


def test_every_control_has_an_address() -> None:
    for control in CONTROLS:
        address = osc.addresses()[f"/musiclstm/control/{control.name.replace('.', '/')}"]
        assert address.command([control.default]) == commands.SetControl(control.name, control.default)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/musiclstm/nothing", []),
        ("/musiclstm/player/1/swing", [0.5]),
        ("/musiclstm/player/1/density", ["much"]),
        ("/musiclstm/set_tempo", []),
        ("/musiclstm/set_tempo", ["fast"]),
        ("/musiclstm/set_tempo", [float("nan")]),
        ("/musiclstm/set_tempo", [1.0, 2.0]),
        ("/musiclstm/player_note", [60.5, 1]),
        ("/musiclstm/play", ["now"]),
        ("/musiclstm/play", [float("nan")]),
        ("/musiclstm/hold", [float("nan")]),
        ("/musiclstm/control/metronome", [float("nan")]),
        ("/musiclstm/set_part/mute", [0, float("nan")]),
        ("/musiclstm/control/density", ["x"]),
        ("/musiclstm/subscribe", [-1]),
        ("/musiclstm/subscribe", ["here"]),
    ],
)
def test_invalid_packets_are_answered_and_change_nothing(peer: Peer, path: str, values: list[Any]) -> None:
    peer.say(path, *values)
    address, (text,) = peer.heard()
    assert address == "/musiclstm/error"
    assert path in text
    assert peer.commands.empty()


def test_errors_say_what_an_address_takes(peer: Peer) -> None:
    peer.say("/musiclstm/control/density", "x")
    peer.say("/musiclstm/set_part", 1, "auto", "y")
    peer.raw(b"no packet")
    assert [peer.heard()[1] for _ in range(3)] == [
        ["/musiclstm/control/density takes -1 to 1 (f), not 'x'"],
        ["/musiclstm/set_part takes channel (i or N), not 'y'"],
        ["That is not an OSC packet."],
    ]


def test_a_bundle_is_carried_out_as_a_whole_or_not_at_all(peer: Peer) -> None:
    def bundle(*packets: bytes) -> bytes:
        builder = OscBundleBuilder(IMMEDIATELY)
        for each in packets:
            builder.add_content(osc_message.OscMessage(each))
        return bytes(builder.build().dgram)

    first = packet("/musiclstm/seed", 1)
    peer.raw(bundle(first, packet("/musiclstm/nonsense"), packet("/musiclstm/seed", 2)))
    assert peer.heard()[0] == "/musiclstm/error"
    peer.raw(bundle(first, packet("/musiclstm/play", 0), packet("/musiclstm/seed", 3)))
    assert [peer.commands.get(timeout=PATIENCE) for _ in range(2)] == [commands.Seed(1), commands.Seed(3)]


def test_what_is_not_carried_out_is_answered(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer.server, "_on_command", lambda _command: False)
    peer.say("/musiclstm/back", 1.0)
    address, (text,) = peer.heard()
    assert (address, "Send fewer" in text) == ("/musiclstm/error", True)


@pytest.mark.parametrize("depth", [0, 3])
def test_a_bundle_with_a_size_below_0_does_not_stop_the_server(peer: Peer, depth: int) -> None:
    bundle = b"#bundle\0" + bytes(8) + (-4).to_bytes(4, "big", signed=True) + packet("/musiclstm/play")
    for _ in range(depth):
        bundle = b"#bundle\0" + bytes(8) + len(bundle).to_bytes(4, "big") + bundle
    peer.raw(bundle)
    assert peer.heard() == ("/musiclstm/error", ["That is not an OSC packet."])
    peer.say("/musiclstm/stop")
    assert peer.commands.get(timeout=PATIENCE) == commands.Stop()


def test_bytes_that_are_not_osc_never_stop_the_server(peer: Peer) -> None:
    chance = random.Random(1)
    valid = packet("/musiclstm/set_part", 1, "auto", 2)
    for _ in range(300):
        data = bytearray(valid if chance.random() < 0.7 else chance.randbytes(chance.randrange(60)))
        for _ in range(chance.randrange(6)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        peer.raw(bytes(data[: chance.randrange(len(data) + 1)]))
    for junk in (b"", b"#bundle\0", b"#bundle\0" * 200, b"/\0\0\0,[[[[[[["):
        peer.raw(junk)
    for _ in range(50):  # what came before may have filled the socket's buffer
        peer.say("/musiclstm/seed", 7)
        try:
            while peer.commands.get(timeout=0.2) != commands.Seed(7):
                pass
        except Empty:
            continue
        return
    pytest.fail("the server no longer listens")


def test_telemetry_reaches_subscribers_and_no_one_else(peer: Peer) -> None:
    played = telemetry.Played(3, 4.5, 1, 60, 90, 1234567.000125, 1234567.0, by_person=True)
    peer.server.emit(played)  # nobody listens yet
    peer.say("/musiclstm/subscribe")
    peer.say("/musiclstm/seed", 1)
    peer.commands.get(timeout=PATIENCE)
    peer.server.emit(telemetry.PortsChanged(("in",), ("out", "é")))
    assert peer.heard() == ("/musiclstm/ports_changed", ['["in"]', '["out", "\\u00e9"]'])
    peer.server.emit(played)
    assert peer.heard() == ("/musiclstm/played", [3, 4.5, 1, 60, 90, 1234567.000125, 1234567.0, True])
    peer.say("/musiclstm/unsubscribe")
    peer.say("/musiclstm/seed", 2)
    peer.commands.get(timeout=PATIENCE)
    peer.server.emit(played)
    peer.socket.settimeout(0.05)
    with pytest.raises(TimeoutError):
        peer.socket.recv(1000)


def test_arrays_are_little_endian_blobs() -> None:
    frame = telemetry.StateFrame(
        1.0,
        np.arange(6, dtype=">f2").reshape(2, 3),
        np.zeros((2, 3), np.float16),
        np.ones((2, 3, 3), np.float16),
        2.5,
    )
    message = osc_message.OscMessage(osc.encode(frame))
    beat, cell, hidden, gates, surprise = message.params
    assert (beat, surprise) == (1.0, 2.5)
    assert np.frombuffer(cell, "<f2").tolist() == [0, 1, 2, 3, 4, 5]
    assert (len(hidden), len(gates)) == (12, 36)


def test_a_port_in_use_is_reported_in_one_line(peer: Peer) -> None:
    with pytest.raises(EngineError, match=f"OSC port {peer.server.port}"):
        OscServer(peer.server.port, peer.commands.put)
    with pytest.raises(EngineError):
        OscServer(70_000, peer.commands.put)


def test_only_this_machine_reaches_it(peer: Peer) -> None:
    assert peer.server._socket.getsockname()[0] == "127.0.0.1"


def test_the_table_names_every_message_and_the_page_has_it() -> None:
    table = osc.table()
    readme = Path(__file__).parents[3] / "docs" / "osc.md"
    assert table in readme.read_text(encoding="utf-8"), "run `python docs/generate.py`"
    for kind in (*get_args(commands.Command), *get_args(telemetry.Telemetry)):
        assert f"`{osc._path(kind)}`" in table


@pytest.mark.parametrize("path", sorted(osc.addresses()))
def test_no_argument_of_an_address_raises_anything_else(path: str) -> None:
    """What comes out is a command with values of its types, or a controller's release; or it is refused."""
    hostile = (None, "", "x", -1, 0, 3, 2**31, 2**63 - 1, 1e300, float("nan"), float("inf"), True, b"x", [1], "a\0b")
    address = osc.addresses()[path]
    chance = random.Random(path)
    for _ in range(200):
        values = [chance.choice(hostile) for _ in range(chance.randrange(len(address.arguments) + 2))]
        with suppress(ValueError, TypeError, OverflowError):
            address.command(values)


def test_whose_turn_it_is_is_told(peer: Peer) -> None:
    peer.say("/musiclstm/subscribe")
    peer.say("/musiclstm/reset")
    peer.say("/musiclstm/undo")
    assert [peer.commands.get(timeout=PATIENCE) for _ in range(2)] == [commands.Reset(), commands.Undo()]
    peer.server.emit(telemetry.TurnChanged("listening"))
    peer.server.emit(telemetry.TurnChanged("model", 16.0))
    assert peer.heard() == ("/musiclstm/turn_changed", ["listening", None])
    assert peer.heard() == ("/musiclstm/turn_changed", ["model", 16.0])


def test_telemetry_that_cannot_be_encoded_silences_no_other(peer: Peer) -> None:
    peer.say("/musiclstm/subscribe")
    peer.say("/musiclstm/seed", 1)
    peer.commands.get(timeout=PATIENCE)
    peer.server.emit(telemetry.Saved(object()))  # type: ignore[arg-type]
    peer.server.emit(telemetry.Exited(10**30, restarting=True))
    peer.server.emit(telemetry.Notice("after it"))
    while (heard := peer.heard())[0] != "/musiclstm/notice":
        pass
    assert heard[1][0] == "after it"
