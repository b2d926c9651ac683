"""A song of a set list for a file: the performer plays it as it does live, by a clock that waits for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from musiclstm.engine.clock.base import ManualClock
from musiclstm.engine.offline.finish import with_tempos
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.performer.repertoire import described
from musiclstm.engine.recording.journal import line_of
from musiclstm.engine.recording.transcript import transcription
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.errors import UsageError
from musiclstm.model.band import open_session
from musiclstm.model.modelfile import ModelFile
from musiclstm.music.form import SetList, Song
from musiclstm.music.note import Piece
from musiclstm.protocol import commands, telemetry

_STEP = 0.05  # seconds of music between two looks at whether it has ended
_LONGEST = 4 * 3600.0  # seconds of music


def check(song: Song) -> None:
    """Raises UsageError for a song that would never end by itself."""
    name = f'"{song.title}"' if song.title else "the song"
    if not song.chain:
        raise UsageError(f'There is no chain in {name}; write one, as in chain = "A B A".')
    if endless := [letter for letter in song.chain if song.sections[letter].bars is None]:
        raise UsageError(f"Section {endless[0]} of {name} has no number of bars, so its chain never moves on.")


def play(song: Song, models: Mapping[str, ModelFile], seed: int) -> Piece:
    """The song's chain, once, with its tempos. models: by the names of `Song.model_names`, in their order.

    The same seed gives the same piece, and the notes that live playing with that seed gives. Raises UsageError.
    """
    check(song)
    lines: list[tuple[object, ...]] = []
    first = next(iter(models))
    clock = ManualClock(song.sections[song.opening].tempo or song.tempo or models[first].tempo)

    def emit(message: telemetry.Telemetry) -> None:
        if (line := line_of(message, clock.now())) is not None:
            lines.append(line)

    lines.append(("tempo", 0.0, clock.timeline.tempo))
    clock.subscribe(lambda change: lines.append(("tempo", change.time, clock.timeline.tempo)))
    session = open_session(models[first], seed)
    scheduler = Scheduler(clock, (), on_sent=lambda sent: performer.sent(sent))  # noqa: PLW0108 - it is made below
    performer = Performer(session, clock, scheduler, emit)
    performer.load(session, described(first, session))
    for name, model in models.items():
        performer.form.models.learn(name, other := open_session(model, seed), described(name, other))
    performer.form.take(SetList((replace(song, at_end="end" if song.at_end == "end" else "stop"),)))
    performer.handle(commands.Play(), clock.now())
    while performer.playing and clock.now() < _LONGEST:
        while (when := performer.tick(clock.now())) <= clock.now():
            pass
        scheduler.run_until(min(when, clock.now() + _STEP))
    scheduler.close()
    made = transcription(lines)
    piece = replace(made.piece, title=song.title or made.piece.title)
    return with_tempos(piece, ((0.0, piece.tempo), *made.tempos) if made.tempos else ())
