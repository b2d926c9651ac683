"""Who looks on at a random evening: a journal, out of which bars and captures are written, and lit pads that steer."""

from __future__ import annotations

import random
from typing import Any, cast

from musiclstm import paths
from musiclstm.engine.live import pad_table
from musiclstm.engine.live.pad_lights import PadLights
from musiclstm.engine.live.reporter import Reporter
from musiclstm.engine.recording.bars import timeline
from musiclstm.engine.recording.excerpt import captured
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.recording.journal_files import Line
from musiclstm.errors import UsageError
from musiclstm.music.note import Piece
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.modes import MODES
from musiclstm.protocol.telemetry import Played
from tests.engine.stage import Stage, loaded

_NEAR = 1e-3
_PADS = tuple(pad_table.read(paths.resources() / "pads" / "launchpad-x.toml").pads.values())


class Onlookers:
    """They hear the telemetry of a stage, as in the engine's process. written: excerpts that had notes."""

    def __init__(self, stage: Stage) -> None:
        self.written = 0
        self.pressed = 0
        self._stage = stage
        self._lights = PadLights()
        self._lines: list[Line] = []
        self._heard = 0
        stage.clock.subscribe(lambda _: self.hear())  # before the journal hears of the change
        self._reporter = Reporter(lambda _: None, stage.clock, resumed=False)
        self._reporter.journal = cast("Journal", self)
        self._reporter.hearer = self._lights.take
        # As of a model that was loaded.
        self._reporter.emit(loaded(stage.session, "first"))
        stage.performer.report_controls()
        for part in range(len(stage.performer.steering.parts)):
            stage.performer.state.report_part(part)

    def write(self, kind: str, seconds: float, *values: Any) -> None:
        """As `Journal`."""
        self._lines.append((kind, seconds, *values))

    def hear(self) -> None:
        """What was reported since the last time."""
        telemetry = self._stage.telemetry
        for message in telemetry[self._heard :]:
            self._reporter.emit(message)
        self._heard = len(telemetry)

    # ---- the journal -----------------------------------------------------------------------------------------------

    def drag_out(self, rng: random.Random) -> None:
        """Some of the last bars, or any, of all parts or one: what was heard in them, and nothing else."""
        self.hear()
        made = timeline(self._lines)
        part = rng.choice((None, None, -1, 0, 1))
        try:
            if rng.random() < 0.7:
                start, end = made.last(rng.choice((1, 4, 16)), self._stage.performer.state.position.heard())
            else:
                start = rng.uniform(-4.0, made.beat + 4.0)
                end = start + rng.choice((0.0, 1.0, 8.0))
            found = made.cut(start, end, part)
        except UsageError:
            return
        assert 0 < found.length == end - start
        self._check(found.piece)
        assert max(note.end for note in found.piece.notes) <= found.length + _NEAR
        assert [beat for beat, _ in found.tempos] == sorted(beat for beat, _ in found.tempos), found.tempos

    def capture(self) -> None:
        """What the person has just played: their last key is in it, and nothing of the model's."""
        self.hear()
        keys = [x.pitch for x in self._stage.emitted(Played) if isinstance(x, Played) and x.by_person and x.velocity]
        try:
            piece = captured(self._lines).piece
        except UsageError:
            assert not keys
            return
        self._check(piece)
        assert keys[-1] in {note.pitch for note in piece.notes}
        assert len(piece.notes) <= len(keys)

    def _check(self, piece: Piece) -> None:
        self.written += 1
        assert piece.notes
        assert min(note.onset for note in piece.notes) >= -_NEAR
        assert min(note.duration for note in piece.notes) > 0
        assert {note.part for note in piece.notes} <= set(range(len(piece.parts)))

    # ---- the pads --------------------------------------------------------------------------------------------------

    def press(self, rng: random.Random) -> str:
        """A pad is pressed. Returns what it is for."""
        self.hear()
        target = rng.choice(_PADS)
        meant = self._lights.press(target)
        self.pressed += 1
        if isinstance(meant, str):
            self._stage.performer.press(meant, self._stage.now)
            self._stage.plan()
        elif meant is not None:
            self._stage.do(meant)
        return target

    def wrong_light(self) -> str:
        """A pad that shows what is not so; '' if there is none."""
        self.hear()
        state, lights = self._stage.performer.state, self._lights
        parts = len(state.steering.parts)
        shown = {f"mute.{n + 1}": "muted" if state.steering.silent(n) else "on" for n in range(parts)}
        if state.repertoire.current.loaded is not None:  # a stage begins with a model that nobody has told of
            shown |= {f"mute.{n + 1}": "off" for n in range(parts, 16)}
        shown |= {f"mode.{mode}": "on" if state.steering.text("mode") == mode else "free" for mode in MODES}
        wrong = [
            f"{target} is {lights.colour(target)}" for target, is_ in shown.items() if lights.colour(target) != is_
        ]
        if not lights.armed:
            for kind, there in (("slot", state.time_machine.bookmarks), ("section", state.form.song.sections)):
                lit = {letter for letter in SLOTS if lights.colour(f"{kind}.{letter}") != "free"}
                wrong += [f"{kind}.{letter}" for letter in sorted(lit ^ (set(there) & set(SLOTS)))]
        return ", ".join(wrong)
