"""Random evenings: commands, keys, knobs, tempo changes, jumps, port faults and stops, by seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from musiclstm.errors import PortError
from musiclstm.model.session import Session
from musiclstm.music.note import TimeBase
from musiclstm.protocol import commands
from musiclstm.protocol.controls import CONTROLS
from musiclstm.protocol.modes import MODES, PART_MODES
from tests.engine import fakes
from tests.engine.fakes import FakeSession, RecordingPort
from tests.engine.stage import PORTS, Stage

_LINEUPS = (fakes.SATB, fakes.PIANO, fakes.BAND)


class FailingPort(RecordingPort):
    """Fails now and then, as a port does whose client goes away; what fails is not heard."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.broken = False

    def send(self, message: bytes, time: float) -> None:
        if self.broken:
            raise PortError("The port is gone.")
        super().send(message, time)


def fake(dice: random.Random) -> Session:
    base = dice.choice((TimeBase.BEATS, TimeBase.BEATS, TimeBase.SECONDS))
    return FakeSession(fakes.vocabulary(dice.choice(_LINEUPS), base), dice.randrange(1000))


class Script:
    """One evening on a stage, by seed; `steps` steps, then it stops.

    What is checked as it goes (`Stage.sounding` asserts that no note ends that does not sound) and afterwards is the
    caller's business.
    """

    def __init__(self, seed: int, session: Callable[[random.Random], Session] = fake, *, faults: bool = True) -> None:
        self._dice = random.Random(seed)
        self.stage = Stage(session(self._dice), tempo=self._dice.choice((60.0, 120.0, 187.5)))
        self._faults = faults
        parts = self.stage.session.vocabulary.parts
        # Drum notes end by themselves, which the voices know nothing of; and a fault ends notes behind their back.
        self._checkable = not faults and not any(part.percussive for part in parts)
        self._down: list[tuple[int, int]] = []
        self.log: list[object] = []

    def run(self, steps: int = 40) -> Stage:
        stage, dice = self.stage, self._dice
        if dice.random() < 0.9:
            stage.play()
        for _ in range(steps):
            self._one()
            if self._checkable:
                assert not (wrong := stage.disagreement()), wrong
            if dice.random() < 0.6:
                stage.run(dice.choice((0.0, 0.001, 0.004, 0.05, 0.3, 1.0, 2.5)))
        stage.do(commands.Stop())
        for channel, pitch in self._down:
            stage.midi(0x80 | channel, pitch, 0)
        return stage

    def _one(self) -> None:
        dice = self._dice
        actions = [self._key] * 6 + [self._command] * 5 + [self._control, self._part, self._midi, self._clock]
        if self._faults:
            actions.append(self._fault)
        dice.choice(actions)()

    def _key(self) -> None:
        dice = self._dice
        if self._down and dice.random() < 0.5:
            channel, pitch = self._down.pop(dice.randrange(len(self._down)))
            self._note(0x80 | channel, pitch, dice.choice((0, 64)))
        elif dice.random() < 0.2:
            pitch = dice.randrange(30, 100)
            self._down.append((0, pitch))
            self._do(commands.PlayerNote(pitch, dice.choice((0, 90))))
        else:
            channel, pitch = dice.choice((0, 0, 0, 5)), dice.randrange(30, 100)
            self._down.append((channel, pitch))
            self._note(0x90 | channel, pitch, dice.randrange(1, 128))

    def _note(self, status: int, pitch: int, velocity: int) -> None:
        self.log.append((self.stage.now, status, pitch, velocity))
        self.stage.midi(status, pitch, velocity)

    def _do(self, command: commands.Command) -> None:
        self.log.append((self.stage.now, command))
        self.stage.do(command)

    def _command(self) -> None:
        dice = self._dice
        slot = dice.choice("AAABBBC")
        past = dice.uniform(-3.0, max(0.0, self.stage.beat) + 2.0)
        self._do(
            dice.choice(
                (
                    commands.Play(),
                    commands.Play(),
                    commands.Stop(),
                    commands.Panic(),
                    commands.Hold(dice.random() < 0.4),
                    commands.Hold(False),
                    commands.Forget(),
                    commands.Seed(dice.randrange(9)),
                    commands.Back(dice.choice((0.25, 1.0, 2.0, 7.0))),
                    commands.Back(1.0),
                    commands.GoTo(past),
                    commands.SetBookmark(slot),
                    commands.SetBookmark(slot),
                    commands.SetBookmark(slot, past),
                    commands.Return(slot),
                    commands.Return(slot),
                    commands.Morph("A", "B", dice.random()),
                    commands.Watch(dice.random() < 0.5, dice.random() < 0.5),
                )
            )
        )

    def _control(self) -> None:
        dice = self._dice
        if dice.random() < 0.3:
            self._do(commands.SetControl("mode", dice.choice(MODES)))
            return
        control = dice.choice(CONTROLS)
        value = None if control.optional and dice.random() < 0.3 else control.from_unit(dice.random())
        self._do(commands.SetControl(control.name, value))

    def _part(self) -> None:
        dice = self._dice
        parts = len(self.stage.performer.steering.parts)
        part = dice.randrange(parts)
        choices: list[dict[str, Any]] = [
            {"mode": dice.choice(PART_MODES)},
            {"mode": "follow", "source": dice.choice([p for p in range(-1, parts) if p != part])},
            {"channel": dice.randrange(4)},
            {"port": dice.choice(PORTS)},
            {"program": dice.randrange(128)},
            {"low": dice.randrange(40, 60), "high": dice.randrange(60, 80)},
            {"polyphony": dice.randrange(4)},
            {"longest": dice.choice((0.0, 0.25, 1.0))},
            {"transpose": dice.choice((-60, -12, 0, 5, 60))},
            {"punch_in": dice.random() < 0.5},
        ]
        self._do(commands.SetPart(part, **dice.choice(choices)))

    def _midi(self) -> None:
        dice = self._dice
        choices: list[tuple[int, ...]] = [
            (0xB0, 64, dice.choice((0, 127))),
            (0xB0, 1, dice.randrange(128)),
            (0xE0, 0, dice.randrange(128)),
            (0xC0, dice.randrange(128)),
            (0xF8,),
        ]
        message = dice.choice(choices)
        # And what was sent comes back in now and then.
        if self.stage.sent and dice.random() < 0.5:
            message = tuple(self.stage.sent[-1].entry.message)
        self.log.append((self.stage.now, message))
        self.stage.midi(*message)

    def _clock(self) -> None:
        dice, stage = self._dice, self.stage
        choice = dice.random()
        if choice < 0.6:
            self._do(commands.SetTempo(dice.choice((30.0, 90.0, 120.0, 187.5, 300.0))))
        else:
            # A leader that starts, jumps or stops by itself.
            beat = dice.choice((0.0, 4.0, max(0.0, stage.beat - 3.3), stage.beat + 9.7))
            self.log.append((stage.now, "leader", "stop" if choice < 0.75 else beat))
            if choice < 0.75:
                stage.clock.stop()
            else:
                stage.clock.start(beat)
            stage.plan()

    def _fault(self) -> None:
        """The port goes away, or is replaced while it plays."""
        dice, stage = self._dice, self.stage
        number = dice.randrange(len(PORTS))
        self.log.append((stage.now, "fault", number))
        port = FailingPort(f"{PORTS[number]} {len(stage.retired)}")
        stage.retired.append((number, stage.ports[number]))
        stage.ports[number] = port
        stage.scheduler.set_output(number, port)
        stage.plan()
