"""Random evenings over several models: every way back leads to the same music."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from musiclstm.model.mixture import mixture
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music.note import Meter, TimeBase
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.performer.models import band, heard, model, of_a_family, piano
from tests.engine.stage import Stage
from tests.model.tiny import child, tiny_model


@dataclass
class Stretch:
    """Undisturbed music from `begin` to `end`, in seconds."""

    begin: float
    end: float


class Journey:
    """A random evening over three models, with jumps to places that lie whole bars of all of them away."""

    ROUND = 6.0  # seconds: twelve beats, whole bars of three beats and of four

    def __init__(self, seed: int, sessions: list[Callable[[], Session]]) -> None:
        self.rng = rng = Random(seed)
        self.sessions = sessions
        self.names = [f"model {n}" for n in range(len(sessions))]
        self.defaults = [(("density", rng.choice((0.5, 0.7, 0.9))), ("swing", rng.random())) for _ in sessions]
        first = sessions[0]()
        if first.can_mix:
            self.defaults[1] = self.defaults[0]  # what has learnt from a model has its defaults
        self.stage = stage = Stage(first)
        stage.load(first, self.names[0], self.defaults[0])
        self.compared = self.changes = 0
        self.drums = False
        self.stretches: list[Stretch] = []
        self.marks: dict[str, float] = {}
        stage.play()
        stage.run(rng.uniform(0, self.ROUND))
        self.log: list[object] = []

    def run(self, steps: int) -> None:
        stage, rng = self.stage, self.rng
        for _ in range(steps):
            begin, was = stage.now, model(stage)
            before = self.act()
            self.changes += model(stage) != was
            seconds = self.ROUND * rng.randrange(1, 4)
            stage.run(begin + seconds - stage.now)
            # Drum notes have no voices.
            self.drums |= any(part.percussive for part in stage.performer.state.session.vocabulary.parts)
            assert self.drums or stage.disagreement() == ""
            assert stage.stranded() == ""
            if not stage.performer.hold:
                self.check_that_it_plays(begin, seconds)
                if before is not None:
                    self.compare(before, begin, seconds)
                self.stretches.append(Stretch(begin, stage.now))
        stage.do(commands.Stop())
        assert not stage.sounding()

    def act(self) -> float | None:
        """Does something. Returns the time whose music is to be heard again."""
        stage, rng = self.stage, self.rng
        if stage.performer.hold:
            stage.do(commands.Hold(False))
        # A place after the beginning of a stretch, where what sounded and what is remembered are the same.
        places = [
            begin + self.ROUND * n
            for begin, end in ((x.begin, x.end) for x in self.stretches)
            for n in range(1, round((end - begin) / self.ROUND))
        ]
        choices = ("load", "go to", "go to", "back", "mark", "mark past", "return", "return", "morph", "else")
        choice = rng.choice(choices + ("mix", "mix") * stage.performer.state.session.can_mix)
        self.log.append((stage.now, choice))
        if choice == "load":
            number = rng.randrange(len(self.sessions))
            stage.load(self.sessions[number](), self.names[number], self.defaults[number])
        elif choice == "mix":
            # Dragged, and left there.
            for _ in range(rng.randrange(1, 4)):
                stage.do(commands.SetControl("learnt", rng.choice((0, 29, 50, 100))))
                stage.run(rng.uniform(0, 1))
        elif choice in ("go to", "back") and places:
            then = rng.choice(places)
            beats = 2 * (stage.now - then)
            bar = stage.performer.state.beat_map.bar
            stage.do(commands.GoTo(stage.performer.edge() - beats) if choice == "go to" else commands.Back(beats / bar))
            return then
        elif choice.startswith("mark"):
            slot = rng.choice("ABC")
            then = rng.choice(places) if choice == "mark past" and places else stage.now
            self.marks[slot] = then
            stage.do(commands.SetBookmark(slot, stage.performer.edge() - 2 * (stage.now - then)))
        elif choice == "return" and self.marks:
            slot = rng.choice(sorted(self.marks))
            stage.do(commands.Return(slot))
            return self.marks[slot]
        elif choice == "morph":
            stage.do(commands.Morph("A", rng.choice("BC"), rng.random()))
        else:
            stage.do(rng.choice((commands.Forget(), commands.Hold(True), commands.Seed(rng.randrange(9)))))
        return None

    def check_that_it_plays(self, begin: float, seconds: float) -> None:
        starts = [t for t, _, _ in self.stage.starts(begin)]
        gaps = [b - a for a, b in zip([begin, *starts], [*starts, begin + seconds], strict=True)]
        # Twelve beats without a note while it says that it plays: these fakes never rest so long.
        assert max(gaps) < self.ROUND, f"silent for {max(gaps)} s"

    def compare(self, then: float, now: float, seconds: float) -> None:
        """What was heard from `then` on is heard from `now` on, for as long as both went on undisturbed."""
        undisturbed = [x.end - then for x in self.stretches if x.begin <= then < x.end]
        if undisturbed:
            length = min(undisturbed[0], seconds)
            assert heard(self.stage, now, length) == heard(self.stage, then, length)
            self.compared += 1


FAKES: list[Callable[[], Session]] = [
    lambda: FakeSession(seed=1),
    band,
    piano,
]
A_FAMILY: list[Callable[[], Session]] = [
    lambda: of_a_family("before", 3),
    lambda: of_a_family("learnt", 4),
    band,
]
WITH_A_WALTZ: list[Callable[[], Session]] = [
    lambda: FakeSession(seed=1),
    lambda: FakeSession(fakes.vocabulary(fakes.PIANO), seed=2, meter=Meter(3, 4)),
]


@pytest.mark.parametrize("sessions", [FAKES, WITH_A_WALTZ, A_FAMILY], ids=["three", "a waltz", "a family"])
@pytest.mark.parametrize("seeds", [range(8), pytest.param(range(8, 48), marks=pytest.mark.slow)], ids=["few", "many"])
def test_every_way_back_leads_to_the_same_music(sessions: list[Callable[[], Session]], seeds: range) -> None:
    compared = changes = 0
    for seed in seeds:
        journey = Journey(seed, sessions)
        try:
            journey.run(14)
        except AssertionError as error:
            raise AssertionError(f"journey {seed}: {error}\n{journey.log}") from error
        compared, changes = compared + journey.compared, changes + journey.changes
    assert compared > 2 * len(seeds)
    assert changes > len(seeds)


def test_and_with_the_real_network(tmp_path: Path) -> None:
    files = [
        open_model(tiny_model(tmp_path, TimeBase.BEATS, name="voices", velocities=4)),
        open_model(tiny_model(tmp_path, TimeBase.BEATS, fakes.BAND, velocities=4, name="band")),
    ]
    for seed in range(3):
        journey = Journey(seed, [lambda: Session(files[0], 3), lambda: Session(files[1], 4)])
        journey.run(10)
        assert journey.compared


def test_a_family_of_real_networks(tmp_path: Path) -> None:
    parent = open_model(tiny_model(tmp_path, TimeBase.BEATS, velocities=4))
    learnt = mixture(parent, child(tmp_path, parent))
    compared, mixes = 0, 0
    for seed in (0, 1, 2, 4, 5):  # others rest for long: the weights are random
        learnt.mix(1.0)
        journey = Journey(seed, [lambda: Session(learnt, 3), lambda: Session(parent, 4)])
        journey.run(10)
        compared += journey.compared
        mixes += telemetry.ControlChanged("learnt", 29) in journey.stage.telemetry
    assert compared > 5
    assert mixes
