"""A performer on a manual clock with recording ports: what tests play on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from itertools import takewhile

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.performer.routing import Destination
from musiclstm.engine.performer.telemetry import CLICK
from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.engine.scheduler.scheduler import Scheduler, Sent
from musiclstm.model.session import Session
from musiclstm.music.note import Part
from musiclstm.protocol.commands import Command, Play, SetControl
from musiclstm.protocol.controls import Value
from musiclstm.protocol.telemetry import Loaded, Played, Telemetry
from tests.engine.fakes import SATB, FakeSession, RecordingPort, vocabulary

PORTS = ("main", "second", "third")


@dataclass
class Stage:
    """clock, ports and performer; `run` lets time pass as the engine's process would."""

    session: Session = field(default_factory=FakeSession)
    tempo: float = 120.0
    time_machine: TimeMachine | None = None
    midi_map: MidiMap | None = None
    requested: list[Command] | None = None
    leader: InitVar[ManualClock | None] = None

    def __post_init__(self, leader: ManualClock | None) -> None:
        self.clock = leader or ManualClock(self.tempo)
        self.ports = [RecordingPort(name) for name in PORTS]
        self.missing: set[str] = set()  # ports of parts for which the main one plays
        self.retired: list[tuple[int, RecordingPort]] = []
        self.telemetry: list[Telemetry] = []
        self.sent: list[Sent] = []
        self.scheduler = Scheduler(self.clock, self.ports, on_sent=self._sent)
        self.performer = Performer(
            self.session,
            self.clock,
            self.scheduler,
            self.telemetry.append,
            midi_map=self.midi_map,
            request=None if self.requested is None else self.requested.append,
            port_number=lambda name: PORTS.index(name) if name in PORTS and name not in self.missing else 0,
            time_machine=self.time_machine,
        )

    def _sent(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.performer.sent(sent)

    @property
    def now(self) -> float:
        return self.clock.now()

    @property
    def beat(self) -> float:
        return self.clock.timeline.beat_at(self.now)

    def load(self, session: Session, name: str, defaults: tuple[tuple[str, Value], ...] = ()) -> None:
        """Another model, as the engine's process loads it."""
        self.performer.load(session, loaded(session, name, defaults))
        self.session = session
        self.plan()

    def do(self, *commands: Command) -> None:
        for command in commands:
            assert self.performer.handle(command, self.now), command
            self.plan()

    def play(self) -> None:
        self.do(Play())

    def midi(self, *message: int) -> None:
        self.performer.received(bytes(message), self.now)
        self.plan()

    def key(self, pitch: int, velocity: int = 80, channel: int = 0) -> None:
        self.midi(0x90 | channel, pitch, velocity)

    def plan(self) -> float:
        while (when := self.performer.tick(self.now)) <= self.now:
            pass
        return when

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.scheduler.run_until(min(end, self.plan()))
        self.plan()

    def run_beats(self, beats: float) -> None:
        self.run(beats * 60 / self.clock.timeline.tempo)

    # ---- what was heard --------------------------------------------------------------------------------------------

    def messages(self, port: int = 0) -> list[tuple[float, bytes]]:
        return self.ports[port].sent

    def notes(self, port: int = 0) -> list[tuple[float, bytes]]:
        """Note messages, rounded to the microsecond."""
        return [(round(time, 6), message) for time, message in self.messages(port) if message[0] & 0xE0 == 0x80]

    def starts(self, since: float = -1.0) -> list[tuple[float, int, int]]:
        """(time, channel, pitch) of the notes that started after `since`, at the main port."""
        return [(t, x[0] & 15, x[1]) for t, x in self.notes() if x[0] & 0xF0 == 0x90 and t > since]

    def sounding(self) -> Counter[tuple[int, int, int]]:
        """(port, channel, pitch) of what sounds at the ports; asserts that no note ends that has not begun."""
        counts: Counter[tuple[int, int, int]] = Counter()
        for number, port in (*self.retired, *enumerate(self.ports)):
            for _, message in port.sent:
                key = (number, message[0] & 0x0F, message[1])
                kind = message[0] & 0xF0
                if kind == 0x90 and message[2]:
                    counts[key] += 1
                elif kind in (0x80, 0x90):
                    counts[key] -= 1
                    assert counts[key] >= 0, f"{key} ends and did not sound"
        return +counts

    def disagreement(self) -> str:
        """How what sounds, or is as good as sent, differs from the voices and keys; '' if it does not."""
        performer = self.performer
        edge = performer.edge()
        counts = Counter(
            {Destination(port, channel, pitch): n for port, channel, pitch, n in self.scheduler.sounding()}
        )
        for output in self.scheduler._queues.outputs:
            for (channel, pitch), notes in output._notes.items():
                # Clicks are nobody's notes.
                counts[Destination(output._number, channel, pitch)] -= sum(note.entry.id == CLICK for note in notes)
        for entry in self.scheduler.pending():
            if entry.id == CLICK:
                continue
            kind = entry.message[0] & 0xF0
            key = Destination(entry.port, entry.message[0] & 0x0F, entry.message[1])
            if entry.beat <= edge and kind == 0x90:
                counts[key] += 1
            elif entry.beat <= edge and kind == 0x80 and counts[key]:
                counts[key] -= 1
        state = performer.state
        planned = takewhile(lambda step: not step.fixed and step.beat > edge, reversed(state.history.steps))
        voices = state.voices.before(step.effect for step in planned)
        believed = Counter(v.destination for v in voices.values() if v.destination is not None and not v.person)
        believed.update(key.destination for key in set(state.person.keys.values()) if key.destination is not None)
        held = set(state.session.context.sounding) if not state.history.steps else None
        if held is not None and held != set(voices):
            return f"the session holds {sorted(held)}, the voices are {sorted(voices)}"
        return (
            "" if +counts == +believed else f"sounds {sorted(counts - believed)}, believed {sorted(believed - counts)}"
        )

    def stranded(self) -> str:
        """Why nothing will be decided for a while although it plays; '' if something will be."""
        state = self.performer.state
        if not state.position.running:
            return ""
        ahead = state.beat_map.end - self.performer.edge()
        # As far as it plans, and one longest wait, which is two bars of the slowest model at most.
        most = state.steering.number("horizon") + 8
        return f"the memory is {ahead:g} beats ahead of the music" if ahead > most else ""

    # ---- what was reported ---------------------------------------------------------------------------------------

    def emitted(self, kind: type) -> list[Telemetry]:
        return [each for each in self.telemetry if isinstance(each, kind)]

    def played(self, since: float = -1.0) -> list[Played]:
        """Notes that started after `since`, in seconds."""
        return [x for x in self.telemetry if isinstance(x, Played) and x.velocity and x.time > since]

    def played_by_model(self, since: float = -1.0) -> list[Played]:
        return [x for x in self.played(since) if not x.by_person]


def loaded(session: Session, name: str, defaults: tuple[tuple[str, Value], ...] = ()) -> Loaded:
    v = session.vocabulary
    parts = tuple((part.name, part.program, part.channel) for part in v.parts)
    return Loaded(name, name.title(), parts, v.low, v.high, 1, 1, v.base.value, 4.0, defaults)


def stage_in_mode(mode: str, parts: Sequence[Part] = SATB, *commands: Command) -> Stage:
    """A stage that plays in a mode."""
    stage = Stage(FakeSession(vocabulary(parts)))
    stage.do(SetControl("mode", mode), *commands)
    stage.play()
    return stage
