"""FormEditor: stores what is set now as a section, and sets the chain."""

from __future__ import annotations

from dataclasses import replace

from musiclstm.engine.performer.form_player import FormPlayer
from musiclstm.engine.performer.place import Before
from musiclstm.engine.performer.state import PerformerState
from musiclstm.errors import UsageError
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.form import LETTERS, PartOfSection, Section, read_chain
from musiclstm.protocol.controls import SETUP

BARS = 8
"""Of a section that a person stores for the first time."""
_NOT_STORED = SETUP | {"horizon"}


class FormEditor:
    """Writes the state's form: its set list."""

    def __init__(self, state: PerformerState, player: FormPlayer) -> None:
        self._state = state
        self._player = player

    def store(self, letter: str) -> None:
        """Lets a section be what is set now. Raises UsageError for what is no letter."""
        state, form = self._state, self._state.form
        if letter not in tuple(LETTERS):
            raise UsageError(f"Sections are A to H, not {letter}.")
        now, old = self._player.settings.now(), form.song.sections.get(letter)
        section = Section(
            controls={name: value for name, value in now.values.items() if name not in _NOT_STORED},
            parts={number: PartOfSection(part.mode, part.mute) for number, part in enumerate(now.parts)},
            chords=now.chords[0],
            model=now.model,
            tempo=round(now.tempo, 2),
            bars=BARS if old is None else old.bars,
        )
        form.replace_song(form.place.song, replace(form.song, sections={**form.song.sections, letter: section}))
        if not form.place.letter:
            edge, beat_map = state.position.edge(), state.beat_map
            begin = beat_map.clock_line(edge)  # its bars are counted from the one that plays
            form.enter(edge, replace(form.place, letter=letter, begin=begin, bar=beat_map.bar), Before())
        current = state.repertoire.current
        if current.loaded is not None and not self._player.models.is_open(now.model):
            # A section's model begins from nothing; so does this one when it comes again.
            self._player.models.learn(now.model, current.session, current.loaded, _empty(current.session))
        self._player.report()

    def set_chain(self, text: str) -> None:
        """Raises UsageError for what is no chain of the song's sections."""
        form, chain = self._state.form, read_chain(text)
        if missing := [letter for letter in chain if letter not in form.song.sections]:
            raise UsageError(f"There is no section {missing[0]} yet; store it first.")
        form.set_chain(chain)
        self._player.report()


def _empty(session: Session) -> Snapshot:
    """A session's snapshot from nothing; the session stays as it is."""
    here = session.snapshot()
    session.forget()
    empty = session.snapshot()
    session.restore(here)
    return empty
