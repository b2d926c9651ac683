"""Reporter: what the engine says goes to the host, to OSC and to the journal."""

from __future__ import annotations

import time
from collections.abc import Callable

from musiclstm.engine.clock.base import Change, Clock, ClockChange
from musiclstm.engine.recording.journal import Journal
from musiclstm.model.session import Session
from musiclstm.protocol import telemetry

# A clock that is followed is corrected all the time; the journal gets what a tempo map needs.
_TEMPO = 0.001


class Reporter:
    """`emit` and `problem` may be called from any thread and never block.

    send: to the host. listener: also told everything, once it is set (OSC). resumed: the next start of the clock is
    none of a person's.
    """

    def __init__(self, send: Callable[[telemetry.Telemetry], None], clock: Clock, *, resumed: bool) -> None:
        self._send = send
        self.listener: Callable[[telemetry.Telemetry], None] | None = None
        self.journal: Journal | None = None
        self._clock = clock
        self._resumed = resumed
        self._tempo = 0.0
        clock.subscribe(self._clock_changed)

    def emit(self, message: telemetry.Telemetry) -> None:
        self._send(message)
        if self.listener is not None:
            self.listener(message)
        if self.journal is None:
            return
        match message:
            case telemetry.Played():
                what = (message.part, message.pitch, message.velocity, int(message.by_person))
                self.journal.write("note", message.time, round(message.beat, 5), *what)
            case telemetry.Loaded():
                self.journal.write("model", time.perf_counter(), message.title, message.parts, message.bar_beats)
            case telemetry.Jumped():
                self.journal.write("jump", time.perf_counter(), message.beat, message.reason)
            case _:
                pass

    def problem(self, text: str) -> None:
        """A line that stays until it is read."""
        self.emit(telemetry.Notice(text, serious=True))

    def keep(self, journal: Journal) -> None:
        """Write to this journal from now on."""
        self.journal = journal
        self._write_tempo(time.perf_counter())

    def _clock_changed(self, change: ClockChange) -> None:
        if self.journal is None:
            return
        if abs(self._clock.timeline.tempo - self._tempo) > _TEMPO * self._tempo:
            self._write_tempo(change.time)
        if change.change is Change.STOP:
            self.journal.write("stop", change.time)
        elif change.change is Change.START:
            self.journal.write("resume" if self._resumed else "play", change.time)
            self._resumed = False

    def _write_tempo(self, seconds: float) -> None:
        self._tempo = self._clock.timeline.tempo
        if self.journal is not None:
            self.journal.write("tempo", seconds, self._tempo)


def loaded_of(name: str, session: Session) -> telemetry.Loaded:
    """What the window is told of a model that was loaded by this name."""
    model, vocabulary = session.model, session.vocabulary
    numerator, denominator = vocabulary.meters[0]
    return telemetry.Loaded(
        model=name,
        title=model.title,
        parts=tuple((part.name, part.program, part.channel) for part in vocabulary.parts),
        low=vocabulary.low,
        high=vocabulary.high,
        layers=model.layers,
        units=model.units,
        base=vocabulary.base.value,
        bar_beats=4 * numerator / denominator,
        defaults=tuple(model.defaults.items()),
    )
