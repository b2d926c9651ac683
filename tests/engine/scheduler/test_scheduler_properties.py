"""Whatever is done to the scheduler, every note-on has exactly one note-off, in order, on its channel and port."""

from collections import defaultdict
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.ports.ledger import NoteLedger
from musiclstm.engine.scheduler.scheduler import COMMIT, PEDALLING, Entry, Scheduler, Sent
from musiclstm.errors import PortError
from musiclstm.music import midi_message
from tests.engine.fakes import RecordingPort
from tests.engine.piano import Piano


class Wire(RecordingPort):
    """A port that sometimes fails or disconnects, needs messages early, or loses them."""

    broken = False

    def __init__(self, name: str, lead: float, *, lossy: bool) -> None:
        super().__init__(name)
        self.lead = lead
        self.lossy = lossy

    def send(self, message: bytes, time: float) -> None:
        if self.broken:
            raise PortError("it is broken")
        super().send(message, time)


@dataclass
class World:
    clock: ManualClock = field(default_factory=lambda: ManualClock(120))
    wires: list[Wire] = field(default_factory=lambda: [Wire("a", 0.0, lossy=False), Wire("b", 0.007, lossy=True)])
    ledger: NoteLedger = field(default_factory=NoteLedger)
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.clock, self.wires, ledger=self.ledger, on_sent=self.sent.append)
        self.clock.start()

    def check(self) -> None:
        """Check what was sent so far against the ledger."""
        sounding: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for each in self.sent:
            message, port = each.entry.message, each.entry.port
            if each.entry.id == PEDALLING or not midi_message.is_note(message):
                continue
            key = (port, message[0] & 0x0F, message[1])
            if message[0] & 0xF0 == 0x90 and message[2]:
                sounding[key].append(each.entry.id)
            elif message[0] & 0xF0 in (0x80, 0x90):
                assert sounding[key], f"a note-off without a note: {each}"
                sounding[key].pop()
            assert each.time >= 0
        counts = sorted((*key, len(notes)) for key, notes in sounding.items() if notes)
        assert list(self.ledger.sounding()) == counts
        assert self.scheduler.sounding() == counts


BEATS = st.floats(-1, 4, width=16)
PORTS = st.integers(0, 1)
NOTES = st.tuples(st.integers(0, 1), st.integers(60, 62))  # few, so that they meet


def note(kind: int, place: tuple[int, int], velocity: int = 64) -> bytes:
    return bytes((kind | place[0], place[1], velocity))


PUT_NOTE = st.tuples(st.just("note"), BEATS, st.floats(0, 4, width=16), NOTES, PORTS)
PUT_ON = st.tuples(st.just("on"), BEATS, NOTES, PORTS)
PUT_OFF = st.tuples(st.just("off"), BEATS, NOTES, PORTS)
NOW = st.tuples(st.just("now"), st.booleans(), NOTES, PORTS)
RUN = st.tuples(st.just("run"), st.floats(0, 1, width=16))
CANCEL = st.tuples(st.just("cancel"), BEATS)
TEMPO = st.tuples(st.just("tempo"), st.floats(20, 500, width=16))
JUMP = st.tuples(st.just("jump"), st.floats(-4, 8, width=16))
NUDGE = st.tuples(st.just("nudge"), st.floats(-0.125, 0.125, width=16))
BREAK = st.tuples(st.just("break"), PORTS)
FOOT = st.tuples(st.just("foot"), st.booleans(), PORTS)
PLAIN = st.tuples(st.sampled_from(["stop", "panic", "clock off", "clock on"]))
CHANGE_PORT = st.tuples(st.just("port"), PORTS)
STEPS = st.lists(
    st.one_of(
        *(
            PUT_NOTE,
            PUT_NOTE,
            PUT_NOTE,
            PUT_ON,
            PUT_OFF,
            NOW,
            RUN,
            RUN,
            CANCEL,
            TEMPO,
            JUMP,
            NUDGE,
            BREAK,
            PLAIN,
            CHANGE_PORT,
        ),
        FOOT,
    ),
    max_size=40,
)


def do(world: World, step: tuple[object, ...]) -> None:
    scheduler, clock = world.scheduler, world.clock
    beat = clock.timeline.beat_at(clock.now())
    match step:
        case ("note", float(ahead), float(length), (int(channel), int(pitch)), int(port)):
            start = Entry(beat + ahead, note(0x90, (channel, pitch)), port, id=len(world.sent), pedal=True)
            scheduler.put_all([start, Entry(beat + ahead + length, note(0x80, (channel, pitch)), port, id=start.id)])
        case ("on", float(ahead), (int(channel), int(pitch)), int(port)):
            scheduler.put_all([Entry(beat + ahead, note(0x90, (channel, pitch)), port, pedal=True)])
        case ("off", float(ahead), (int(channel), int(pitch)), int(port)):
            scheduler.put(beat + ahead, note(0x90, (channel, pitch), 0), port=port)
        case ("now", bool(begins), (int(channel), int(pitch)), int(port)):
            scheduler.send_now(note(0x90 if begins else 0x80, (channel, pitch)), port=port)
        case ("pedal", bool(on), int(port)):
            scheduler.set_pedal(port, on=on)
        case ("foot", bool(down), int(port)):
            scheduler.send_now(b"\xb0\x40\x7f" if down else b"\xb0\x40\0", port=port, id=-1)
        case ("run", float(seconds)):
            scheduler.run_until(clock.now() + seconds)
        case ("cancel", float(ahead)):
            cancel(world, beat + ahead)
        case ("tempo", float(tempo)):
            clock.set_tempo(tempo)
        case ("jump", float(ahead)):
            clock.start(beat + ahead)
        case ("nudge", float(seconds)):
            scheduler.set_nudge(seconds)
        case ("break", int(port)):
            world.wires[port].broken = not world.wires[port].broken
        case ("stop",):
            scheduler.stop()
            assert not scheduler.pending()
            assert not scheduler.sounding()
        case ("panic",):
            scheduler.panic()
            assert not scheduler.sounding()
        case ("clock off",):
            clock.stop()
        case ("clock on",):
            clock.start(beat)
        case ("port", int(port)):
            old = scheduler.set_output(port, world.wires[port])
            assert old is world.wires[port]
            assert not scheduler.sounding(port)


def cancel(world: World, beat: float) -> None:
    before, commit = world.scheduler.pending(), world.scheduler.commit_beat()
    gone = world.scheduler.cancel_from(beat)
    assert all(entry.beat >= beat and entry.beat > commit for entry in gone)
    assert world.scheduler.pending() == [entry for entry in before if not (entry.beat >= beat and entry.beat > commit)]
    assert sorted(entry.beat for entry in gone) == [entry.beat for entry in gone]
    assert world.scheduler._queues._commit == COMMIT


@settings(max_examples=300)
@given(STEPS, st.booleans())
def test_each_note_on_has_exactly_one_note_off(steps: list[tuple[object, ...]], pedal: bool) -> None:
    world = World()
    if pedal:
        # At least one note goes under the pedal.
        steps = [("note", 0.0, 4.0, (0, 60), 0), ("run", 0.5), *steps]
        steps = [("pedal", True, 0), ("pedal", True, 1), *steps]
    for step in steps:
        do(world, step)
        world.check()
    world.scheduler.close()
    world.check()
    assert not world.scheduler.sounding()
    for number, wire in enumerate(world.wires):
        heard = [message for _, message in wire.sent]
        told = [each.entry.message for each in world.sent if each.entry.port == number and not each.by_pedal]
        if any(step[0] == "break" for step in steps):
            continue
        if not wire.lossy and not any(step[0] == "panic" for step in steps):
            assert (sorted(heard) == sorted(told)) if pedal else (heard == told)
        piano = Piano().hear(wire.sent)
        assert not piano.keys
        if not any(step[0] == "foot" for step in steps):
            assert piano.silent


@settings(max_examples=100)
@given(st.lists(st.tuples(st.floats(0, 8, width=16), st.integers(0, 1)), max_size=60), st.lists(TEMPO, max_size=4))
def test_without_jumps_messages_are_sent_in_the_order_of_their_beats(
    puts: list[tuple[float, int]], tempos: list[tuple[str, float]]
) -> None:
    world = World()
    for number, (beat, port) in enumerate(puts):
        world.scheduler.put(beat, b"\xb0\x07\x40", port=port, id=number)
    for _, tempo in tempos:
        world.scheduler.run_until(world.clock.now() + 0.3)
        world.clock.set_tempo(tempo)
    world.scheduler.run_until(world.clock.now() + 60)
    for port in (0, 1):
        mine = [each.entry for each in world.sent if each.entry.port == port]
        assert mine == sorted(mine, key=lambda entry: (entry.beat, entry.id))
        times = [moment for moment, _ in world.wires[port].sent]
        assert times == sorted(times)
    assert len(world.sent) == len(puts)
