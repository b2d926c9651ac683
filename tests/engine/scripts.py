"""Random evenings, by seed: whatever a person, a device, a leader and a driver may do, in any order.

Commands, keys, knobs that are mapped, channel mode messages, broken bytes, an input that goes away, other models, tempo
changes, jumps, a leader that sends MIDI clock, port faults, parts' ports that come and go, outputs with the sustain
pedal and without, lit pads, bars dragged out and captures while it plays, music to go on from, ends in every mode, and
stops.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.clock.midi import MidiClockFollower
from musiclstm.engine.performer.person import WINDOW
from musiclstm.errors import PortError
from musiclstm.model.prime import read_piece
from musiclstm.model.session import Session
from musiclstm.music.note import Note, Piece, TimeBase
from musiclstm.music.timeline import Timeline
from musiclstm.protocol import commands
from musiclstm.protocol.controls import ALL, BY_NAME, CONTROLS, OF_PLAYER, of_player
from musiclstm.protocol.modes import MODES, PART_MODES
from tests.engine import fakes
from tests.engine.fakes import FakeSession, RecordingPort
from tests.engine.onlookers import Onlookers
from tests.engine.stage import PORTS, Stage

LEARNT = BY_NAME["learnt"]
_LINEUPS = (fakes.SATB, fakes.PIANO, fakes.BAND)


def meters_of(stage: Stage) -> tuple[tuple[int, int], ...]:
    """Those of its model, and one that it does not know."""
    return (*stage.performer.state.session.vocabulary.meters, (11, 16))


class FailingPort(RecordingPort):
    """Fails now and then, as a port does whose client goes away; what fails is not heard."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.broken = False

    def send(self, message: bytes, time: float) -> None:
        if self.broken:
            raise PortError("The port is gone.")
        super().send(message, time)


class LedClock(ManualClock):
    """Follows MIDI clock, in a time that moves only when it is set."""

    def __init__(self, tempo: float) -> None:
        super().__init__(tempo)
        self.follower = MidiClockFollower(tempo, now=self.now)
        self.follower.subscribe(lambda told: self._emit(told.change, told.time, told.beat))

    @property
    def timeline(self) -> Timeline:
        return self.follower.timeline

    @property
    def running(self) -> bool:
        return self.follower.running

    @property
    def locked(self) -> bool:
        return self.follower.locked

    @property
    def leads(self) -> bool:
        return False

    def start(self, beat: float = 0.0, lead: float = 0.0) -> None:
        self.follower.start(beat, lead)

    def stop(self) -> None:
        self.follower.stop()

    def set_tempo(self, tempo: float) -> None:
        self.follower.set_tempo(tempo)


def fake(rng: random.Random) -> Session:
    base = rng.choice((TimeBase.BEATS, TimeBase.BEATS, TimeBase.SECONDS))
    number = rng.randrange(len(_LINEUPS))
    session = FakeSession(fakes.vocabulary(_LINEUPS[number], base), rng.randrange(1000))
    # Some have learnt from another one.
    session.family, session._fingerprint = f"{number} {base.value}", rng.choice(("before", "learnt"))
    return session


class Script:
    """One evening on a stage, by seed; `commands` steps, then it stops.

    What is checked as it goes (`Stage.sounding` asserts that no note ends that does not sound) and afterwards is the
    caller's business.
    """

    def __init__(self, seed: int, session: Callable[[random.Random], Session] = fake, *, faults: bool = True) -> None:
        self._rng = random.Random(seed)
        self._session = session
        tempo = self._rng.choice((60.0, 120.0, 187.5))
        self._led = LedClock(tempo) if self._rng.random() < 0.3 else None
        self._period = 60 / tempo / 24  # of the leader's ticks; 0: it sends none
        self._tick_at = 0.0
        self.stage = Stage(session(self._rng), tempo, leader=self._led)
        self.onlookers = Onlookers(self.stage)
        self._faults = faults
        self._drums = False  # some model of the evening has had them
        self._down: list[tuple[int, int]] = []
        self.log: list[object] = []

    def run(self, count: int = 40) -> Stage:
        stage, rng = self.stage, self._rng
        if rng.random() < 0.5:
            stage.scheduler.set_pedal(0, on=True)
        if rng.random() < 0.9:
            stage.play()
        for _ in range(count):
            self._one()
            # Drum notes have no voices, and a fault ends notes without the voices' knowledge.
            self._drums |= any(part.percussive for part in stage.performer.state.session.vocabulary.parts)
            assert not (wrong := stage.stranded()), wrong
            assert not (wrong := self.onlookers.wrong_light()), wrong
            if not self._faults and not self._drums:
                assert not (wrong := stage.disagreement()), wrong
            if rng.random() < 0.6:
                self._pass(rng.choice((0.0, 0.001, 0.004, 0.05, 0.3, 1.0, 2.5)))
        stage.do(commands.Stop())
        for channel, pitch in self._down:
            self._lift(channel, pitch)
        stage.run(0.5)  # what may be our own waits until it is known whose it is
        return stage

    def _one(self) -> None:
        rng = self._rng
        actions = (
            [self._key] * 6
            + [self._command] * 5
            + [self._control, self._part, self._midi, self._clock, self._unplug, self._missing, self._knob]
            + [self._channel_mode, self._broken, self._pedal, self._look_on, self._pad, self._pad, self._end]
            + [self._prime]
        )
        if rng.random() < 0.2:
            actions.append(self._load)
        if self._faults:
            actions.append(self._fault)
        rng.choice(actions)()

    def _unplug(self) -> None:
        self.log.append("input gone")
        self.stage.performer.release_keys(self.stage.now)
        self._down.clear()

    def _missing(self) -> None:
        """A part's own port goes away, or is there again."""
        name = self._rng.choice(PORTS[1:])
        self.stage.missing ^= {name}
        self.log.append(("missing", set(self.stage.missing)))
        self.stage.performer.reroute(self.stage.now)
        self.stage.plan()

    def _knob(self) -> None:
        """A knob is turned, which may be mapped to a control of all, or of a player."""
        rng, steering = self._rng, self.stage.performer.steering
        if rng.random() < 0.4:
            name, players = rng.choice(CONTROLS).name, len(steering.players)
            if name in OF_PLAYER and players:
                name = of_player(rng.randrange(players), name)
            self._do(commands.Learn(name))
        number, value = rng.randrange(20, 24), rng.randrange(128)
        self.log.append((self.stage.now, "knob", number, value))
        self.stage.midi(0xB0, number, value)

    def _key(self) -> None:
        rng = self._rng
        if self._down and rng.random() < 0.5:
            channel, pitch = self._down.pop(rng.randrange(len(self._down)))
            self._lift(channel, pitch)
        elif rng.random() < 0.2:
            pitch = rng.randrange(30, 100)
            self._down.append((WINDOW, pitch))
            self._do(commands.PlayerNote(pitch, rng.choice((0, 90))))
        else:
            channel, pitch = rng.choice((0, 0, 0, 5)), rng.randrange(30, 100)
            if self._down and rng.random() < 0.2:
                pitch = rng.choice(self._down)[1]  # on several channels, it may be one and the same note
            self._down.append((channel, pitch))
            self._note(0x90 | channel, pitch, rng.randrange(1, 128))

    def _lift(self, channel: int, pitch: int) -> None:
        if channel == WINDOW:
            self._do(commands.PlayerNote(pitch, 0))
        else:
            self._note(0x80 | channel, pitch, self._rng.choice((0, 64)))

    def _end(self) -> None:
        """The music is to end, in any mode, while somebody plays on; now and then it is called off."""
        rng = self._rng
        self._do(commands.SetControl("mode", rng.choice((*MODES, "harmonise"))))
        self._do(commands.End(rng.choice((1, 1, 1, 2)), rng.random() < 0.2, rng.random() < 0.2))
        for _ in range(rng.randrange(16)):
            self._key()
            self._pass(rng.choice((0.0, 0.05, 0.3, 1.0)))
        if rng.random() < 0.3:
            self._do(rng.choice((commands.End(0), commands.Undo(), commands.Back(1.0), commands.Hold(True))))

    def _note(self, status: int, pitch: int, velocity: int) -> None:
        self.log.append((self.stage.now, status, pitch, velocity))
        self.stage.midi(status, pitch, velocity)

    def _do(self, command: commands.Command) -> None:
        self.log.append((self.stage.now, command))
        self.stage.do(command)

    def _command(self) -> None:
        rng = self._rng
        slot = rng.choice("AAABBBC")
        past = rng.uniform(-3.0, max(0.0, self.stage.beat) + 2.0)
        self._do(
            rng.choice(
                (
                    commands.Play(),
                    commands.Play(),
                    commands.Stop(),
                    commands.Panic(),
                    commands.Hold(rng.random() < 0.4),
                    commands.Hold(False),
                    commands.Forget(),
                    commands.Undo(),
                    commands.Reset(),
                    commands.Seed(rng.randrange(9)),
                    commands.Back(rng.choice((0.25, 1.0, 2.0, 7.0))),
                    commands.Back(1.0),
                    commands.GoTo(past),
                    commands.SetBookmark(slot),
                    commands.SetBookmark(slot),
                    commands.SetBookmark(slot, past),
                    commands.Return(slot),
                    commands.Return(slot),
                    commands.Morph("A", "B", rng.random()),
                    commands.Morph(slot, slot, rng.random()),
                    commands.Loop(past, past + rng.choice((0.0, 1.0, 4.0, 9.0))),
                    commands.LoopLast(rng.choice((0, 1, 1, 2))),
                    commands.End(rng.choice((0, 1, 1, 2)), rng.random() < 0.5, rng.random() < 0.5),
                    commands.SetMeter(*rng.choice(meters_of(self.stage))),
                    commands.SetControl("metronome", rng.random() < 0.7),
                    self._chords(),
                    self._form(),
                    commands.SetControl("count_in", rng.choice((0, 1, 2))),
                    commands.Watch(rng.random() < 0.5, rng.random() < 0.5),
                )
            )
        )

    def _chords(self) -> commands.Command:
        rng = self._rng
        return rng.choice(
            (
                commands.Chords(rng.choice(("", "Dm7 | G7 | C/E", "C F#ø | Bb"))),
                commands.Chord(rng.choice(("Am", "E7b9", "N.C."))),
                commands.SetControl("chords.hand", rng.choice(("off", "latched", "held"))),
                commands.SetControl("chords.player", rng.choice(("off", "0", "0", "1"))),
            )
        )

    def _form(self) -> commands.Command:
        rng = self._rng
        return rng.choice(
            (
                commands.StoreSection(rng.choice("AABC")),
                commands.SetChain(rng.choice(("A×2", "A B A", ""))),
                commands.Section(rng.choice("AABC")),
                commands.NextSection(),
                commands.Song(rng.choice((0, 1, 2))),
                commands.AddSong(rng.choice(("", "Reel"))),
                commands.MoveSong(rng.choice((1, 2)), rng.choice((1, 2, 3))),
                rng.choice((commands.RemoveSong(rng.choice((1, 2))), commands.RestoreSong())),
            )
        )

    def _control(self) -> None:
        rng = self._rng
        if rng.random() < 0.3:
            self._do(commands.SetControl("mode", rng.choice(MODES)))
            return
        control = rng.choice((*CONTROLS, LEARNT, LEARNT, LEARNT))
        value = None if control.optional and rng.random() < 0.3 else control.from_unit(rng.random())
        name, players = control.name, len(self.stage.performer.steering.players)
        if name in OF_PLAYER and players and rng.random() < 0.5:
            name, value = of_player(rng.randrange(players), name), rng.choice((value, value, ALL))
        self._do(commands.SetControl(name, value))

    def _part(self) -> None:
        rng = self._rng
        parts = len(self.stage.performer.steering.parts)
        part = rng.randrange(parts)
        choices: list[dict[str, Any]] = [
            {"mode": rng.choice(PART_MODES)},
            {"mode": "follow", "source": rng.choice([p for p in range(-1, parts) if p != part])},
            {"channel": rng.randrange(4)},
            {"port": rng.choice(PORTS)},
            {"program": rng.randrange(128)},
            {"low": rng.randrange(40, 60), "high": rng.randrange(60, 80)},
            {"polyphony": rng.randrange(4)},
            {"longest": rng.choice((0.0, 0.25, 1.0))},
            {"transpose": rng.choice((-60, -12, 0, 5, 60))},
            {"punch_in": rng.random() < 0.5},
            {"mute": rng.random() < 0.5},
            {"solo": rng.random() < 0.5},
            {"volume": rng.randrange(128)},
        ]
        self._do(commands.SetPart(part, **rng.choice(choices)))

    def _midi(self) -> None:
        rng = self._rng
        choices: list[tuple[int, ...]] = [
            (0xB0, 64, rng.choice((0, 127))),
            (0xB0, 1, rng.randrange(128)),
            (0xE0, 0, rng.randrange(128)),
            (0xC0, rng.randrange(128)),
            (0xF8,),
        ]
        message = rng.choice(choices)
        # And what was sent comes back in now and then.
        if self.stage.sent and rng.random() < 0.5:
            message = tuple(self.stage.sent[-1].entry.message)
            if message[0] & 0xF0 == 0x90:
                self._down.append((message[0] & 0x0F, message[1]))
        self.log.append((self.stage.now, message))
        self.stage.midi(*message)

    def _pedal(self) -> None:
        """An output is played with the sustain pedal from now on, or without."""
        port, on = self._rng.randrange(len(PORTS)), self._rng.random() < 0.7
        self.log.append((self.stage.now, "pedal", port, on))
        self.stage.scheduler.set_pedal(port, on=on)

    def _look_on(self) -> None:
        """Bars are dragged out, or what the person played is captured, while it plays."""
        captures = self._rng.random() < 0.4
        self.log.append((self.stage.now, "capture" if captures else "drag out"))
        if captures:
            self.onlookers.capture()
        else:
            self.onlookers.drag_out(self._rng)

    def _pad(self) -> None:
        self.log.append((self.stage.now, "pad", self.onlookers.press(self._rng)))

    def _channel_mode(self) -> None:
        rng = self._rng
        channels = range(16) if rng.random() < 0.2 else (rng.choice((0, 0, 1, 5)),)
        number, value = rng.randrange(120, 128), rng.choice((0, 127))
        self.log.append((self.stage.now, "channel mode", number, tuple(channels)))
        for channel in channels:
            self.stage.midi(0xB0 | channel, number, value)

    def _broken(self) -> None:
        """Bytes as a bad cable delivers them; a whole message may be among them."""
        rng = self._rng
        message = bytes(rng.choice((0, 60, 64, 127, 128, 0x90, 0xB0, 0xF0, 255)) for _ in range(rng.randrange(5)))
        self.log.append((self.stage.now, "bytes", message.hex(" ")))
        if len(message) == 3 and message[0] == 0x90 and message[1] < 128:
            self._down.append((0, message[1]))
        self.stage.midi(*message)
        if self._led is not None and message:
            self._led.follower.feed(message, self.stage.now)
            self.stage.plan()

    def _load(self) -> None:
        """Another model, or the same again."""
        session = self._session(self._rng)
        self.log.append((self.stage.now, "load", session.vocabulary.parts))
        self.stage.load(session, "other", self._rng.choice(((), (("density", 0.3),), (("time.temperature", 1.2),))))

    def _prime(self) -> None:
        """It goes on from the end of a scale."""
        stage, session = self.stage, self.stage.performer.state.session
        self.log.append((stage.now, "prime"))
        vocabulary, here = session.vocabulary, session.snapshot()
        session.forget()
        scale = tuple(Note(0.5 * step, 0.5, 60 + step, 80, 0) for step in range(8))
        read_piece(session, Piece(scale, parts=vocabulary.parts[:1], base=vocabulary.base))
        primed = session.snapshot()
        session.restore(here)
        stage.performer.prime(primed, stage.now)
        stage.plan()

    def _clock(self) -> None:
        rng, stage = self._rng, self.stage
        choice = rng.random()
        beat = rng.choice((0.0, 4.0, max(0.0, stage.beat - 3.3), stage.beat + 9.7))
        if self._led is not None:
            self._lead(self._led.follower, round(4 * beat))
        elif choice < 0.6:
            self._do(commands.SetTempo(rng.choice((30.0, 90.0, 120.0, 187.5, 300.0))))
        else:
            # A leader that starts, jumps or stops by itself.
            self.log.append((stage.now, "leader", "stop" if choice < 0.75 else beat))
            if choice < 0.75:
                stage.clock.stop()
            else:
                stage.clock.start(beat)
            stage.plan()

    def _lead(self, follower: MidiClockFollower, position: int) -> None:
        """What a leader of MIDI clock may do, in any order. position: in sixteenths."""
        rng, stage = self._rng, self.stage
        said = rng.choice(("start", "start", "continue", "stop", "position", "tempo", "silence", "burst"))
        self.log.append((stage.now, "leader", said, position))
        messages: dict[str, list[bytes]] = {
            "start": [b"\xfa"],
            "continue": [b"\xfb"],
            "stop": [b"\xfc"],
            "position": [bytes((0xF2, position & 127, position >> 7)), b"\xfb"],
            "burst": [b"\xf8"] * 30,
        }
        if said == "tempo":
            self._period = 60 / rng.choice((30.0, 90.0, 121.3, 300.0)) / 24
        elif said == "silence":
            self._period = 0.0 if self._period else 60 / 120 / 24
        for message in messages.get(said, []):
            follower.feed(message, stage.now)
        stage.plan()

    def _pass(self, seconds: float) -> None:
        """Time passes, and the leader's ticks arrive more or less on time."""
        stage = self.stage
        end = stage.now + seconds
        while self._led is not None and self._period and self._tick_at < end:
            self._tick_at = max(self._tick_at, stage.now)
            stage.run(max(0.0, self._tick_at + self._rng.uniform(0, 0.002) - stage.now))
            self._led.follower.feed(b"\xf8", stage.now)
            stage.plan()
            self._tick_at += self._period
        stage.run(max(0.0, end - stage.now))

    def _fault(self) -> None:
        """The port goes away, or is replaced while it plays."""
        rng, stage = self._rng, self.stage
        number = rng.randrange(len(PORTS))
        self.log.append((stage.now, "fault", number))
        port = FailingPort(f"{PORTS[number]} {len(stage.retired)}")
        stage.retired.append((number, stage.ports[number]))
        stage.ports[number] = port
        stage.scheduler.set_output(number, port)
        stage.plan()
