"""Lit pads, against a fake of the devices' protocol: nobody has tried them on a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from musiclstm import paths
from musiclstm.engine.live import pad_table
from musiclstm.engine.live.pads import Pads
from musiclstm.engine.performer.midi_map import Trigger
from musiclstm.engine.ports.base import Receive, Report
from musiclstm.errors import UsageError
from musiclstm.protocol import commands, telemetry

SHIPPED = sorted((paths.resources() / "pads").glob("*.toml"))
PORTS = {"launchpad-x": "LPX MIDI", "launchpad-mini-mk3": "LPMiniMK3 MIDI", "launchpad-mk2": "Launchpad MK2"}


class FakePads:
    """A device as its programmer's manual has it: lit by notes and CCs once it is told to be, channel 3 pulses.

    leds: pad -> (palette number, whether it pulses); empty as long as it is not in the mode.
    """

    name, alive, lead, lossy = "pads", True, 0.0, True

    def __init__(self, table: pad_table.PadTable) -> None:
        self.table = table
        self.leds: dict[tuple[str, int], tuple[int, bool]] = {}
        self.mode = False
        self.messages = 0
        self.closed = False

    def send(self, message: bytes, time: float) -> None:
        self.messages += 1
        if message in self.table.begin and not (self.mode and message in self.table.end):
            self.mode = True
        elif message in self.table.end:
            self.mode = False
        elif self.mode:
            kind = {0x90: "note", 0xB0: "CC"}[message[0] & 0xF0]
            assert message[0] & 0x0F in (0, 2)
            assert message[1] % 10 in range(1, 10)
            self.leds[kind, message[1]] = (message[2], message[0] & 0x0F == 2)

    def close(self) -> None:
        self.closed = True


class Bench:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.commands: list[commands.Command] = []
        self.keys: list[str] = []
        self.problems: list[str] = []
        self.device = FakePads(pad_table.read(paths.resources() / "pads" / f"{table}.toml"))
        self.port = f"Novation {PORTS[table]} 20:1"
        self.receive: Receive
        self.report: Report

        def open_output(name: str, report: Report) -> FakePads:
            assert name == self.port
            self.report = report
            return self.device

        def open_input(name: str, receive: Receive) -> FakePads:
            self.receive = receive
            return self.device

        monkeypatch.setattr("musiclstm.engine.live.pads.ports.open_output", open_output)
        monkeypatch.setattr("musiclstm.engine.live.pads.ports.open_input", open_input)
        self.pads = Pads(self.calls.put, self.problems.append, command=self.commands.append, key=self.keys.append)

    def settle(self) -> None:
        """Until nothing is on its way any more: no call, no job of the sender's, and no call that one has asked for."""
        calls = -1
        while calls != 1:
            calls = 0
            done: list[None] = []
            self.pads._sender.run(lambda: None, done.append)
            while not done:
                self.calls.get(timeout=20)()
                calls += 1

    def hear(self, *messages: telemetry.Telemetry) -> None:
        for message in messages:
            self.pads.hear(message)
        self.settle()

    def plug(self) -> None:
        self.hear(telemetry.PortsChanged(("other", self.port), ("other", self.port)))

    def press(self, kind: str, number: int) -> None:
        status = 0x90 if kind == "note" else 0xB0
        self.receive(bytes((status, number, 127)), 0.0)
        self.receive(bytes((status, number, 0)), 0.0)
        self.settle()

    def led(self, target: str) -> tuple[int, bool]:
        (pad,) = (pad for pad, what in self.device.table.pads.items() if what == target)
        return self.device.leds[pad.kind, pad.number]


@pytest.fixture(params=sorted(PORTS))
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(paths, "user_settings", lambda: Path("/none"))
    made = Bench(monkeypatch, request.param)
    yield made
    made.pads.close()
    assert not made.problems


def part(number: int, *, mute: bool = False) -> telemetry.PartChanged:
    return telemetry.PartChanged(
        number, "auto", number, None, 0, 0, 127, None, None, 0, -1, False, mute=mute, silent=mute
    )


def test_all_of_it(bench: Bench) -> None:
    colours = bench.device.table.colours
    bench.hear(part(0), part(1, mute=True), telemetry.BookmarkSet("B", 8.0), telemetry.ControlChanged("mode", "solo"))
    bench.plug()
    assert bench.device.mode
    assert len(bench.device.leds) == len(bench.device.table.pads)
    assert bench.led("mute.1") == (colours["on"], False)
    assert bench.led("mute.2") == (colours["muted"], False)
    assert bench.led("mute.3") == (colours["off"], False)
    assert bench.led("slot.A") == (colours["free"], False)
    assert bench.led("slot.B") == (colours["here"], False)
    assert bench.led("mode.solo") == (colours["on"], False)

    sent = bench.device.messages  # only what changes is sent
    bench.hear(part(1), part(0))
    assert bench.device.messages == sent + 1
    assert bench.led("mute.2") == (colours["on"], False)

    bench.press("note", 81)  # a free slot is set, a set one gone to
    bench.press("note", 82)
    assert bench.commands == [commands.SetBookmark("A"), commands.Return("B")]
    bench.press("note", 89)
    assert bench.led("slot.B") == (colours["armed"], True)
    bench.press("note", 82)
    assert bench.commands[-1] == commands.SetBookmark("B")
    assert not bench.led("slot.B")[1]
    bench.press("note", 71)
    bench.press("note", 1)  # no pad of the table
    assert bench.keys == ["mute.1"]
    assert len(bench.commands) == 3

    bench.device.leds.clear()  # it was pulled out and comes back
    bench.device.mode = False
    bench.report("it is back", True)
    bench.settle()
    assert len(bench.device.leds) == len(bench.device.table.pads)

    bench.pads.close()
    assert not any(number for number, _ in bench.device.leds.values())
    assert bench.device.closed


def form(letter: str, coming: str) -> telemetry.FormChanged:
    return telemetry.FormChanged(("",), 0, ("A", "B", "C"), "", -1, letter, 0.0, coming, 8.0)


def test_sections_are_stored_gone_to_and_lit(bench: Bench) -> None:
    colours = bench.device.table.colours
    bench.plug()
    assert bench.led("section.A") == (colours["free"], False)
    bench.press("note", 41)
    bench.hear(form("A", "B"))
    assert bench.led("section.A") == (colours["here"], False)
    assert bench.led("section.B") == (colours["coming"], True)
    assert bench.led("section.C") == (colours["section"], False)
    assert bench.led("section.D") == (colours["free"], False)
    bench.press("note", 42)
    bench.press("note", 89)
    assert bench.led("section.C") == (colours["armed"], True)
    bench.press("note", 43)
    assert bench.commands == [commands.StoreSection("A"), commands.Section("B"), commands.StoreSection("C")]
    bench.press("note", 49)
    assert bench.keys == ["section.next"]


def test_a_table_of_an_earlier_version_lights_sections_as_bookmarks(tmp_path: Path) -> None:
    text = SHIPPED[0].read_text(encoding="utf-8")
    old = tmp_path / "old.toml"
    old.write_text("\n".join(line for line in text.splitlines() if not line.startswith(("section =", "coming ="))))
    table = pad_table.read(old)
    assert table.colours["section"] == table.colours["set"]


def test_a_relabelled_past_keeps_its_bookmarks(bench: Bench) -> None:
    bench.plug()
    bench.hear(
        telemetry.BookmarkSet("C", 8.0), telemetry.Jumped(20.0, "clock", 12.0), telemetry.Jumped(21.0, "back", 1.0)
    )
    assert bench.led("slot.C")[0] == bench.device.table.colours["set"]
    bench.hear(telemetry.Jumped(24.0, "bookmark", 16.0))
    assert bench.led("slot.C")[0] == bench.device.table.colours["here"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_tables_are_whole(path: Path) -> None:
    table = pad_table.read(path)
    assert {pad.kind for pad in table.pads} == {"note"}
    assert {f"slot.{slot}" for slot in "ABCDEFGH"} | {"arm", "surprise.up", "mode.solo"} <= {*table.pads.values()}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"note 81" = "slot.A"', '"note 81" = "fly"', "fly"),
        ('"note 81" = "slot.A"', '"note 281" = "slot.A"', "note 281"),
        ("on = 21", "on = 210", "0 to 127"),
        ("on = 21", "", "'on' is missing"),
        ('begin = ["F0', 'begin = ["90', "no MIDI message"),
        ("[pads]", "[pads", "not used"),
        ("pulse = 3", "pulse = true", "pulse"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = SHIPPED[0].read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError, match=says) as error:
        pad_table.read(tmp_path / "mine.toml")
    assert "mine.toml" in str(error.value)


def test_the_persons_table_hides_the_one_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_settings", lambda: tmp_path)
    (tmp_path / "pads").mkdir()
    mine = tmp_path / "pads" / SHIPPED[0].name
    mine.write_text(SHIPPED[0].read_text(encoding="utf-8").replace('"note 81" = "slot.A"', '"CC 91" = "play"'))
    assert mine in list(pad_table.all_tables())
    assert SHIPPED[0] not in list(pad_table.all_tables())
    assert pad_table.read(mine).pads[Trigger("CC", 91, None)] == "play"
