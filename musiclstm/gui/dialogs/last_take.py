"""At the start: offers takes that a crash cut off, and says where the last take is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from musiclstm.engine.supervision.host import Entry
from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.dialogs.take_words import length_words, short_date
from musiclstm.gui.settings import Settings
from musiclstm.gui.takes import Takes

_TOLD = "takes/told"
_ENDING = 10.0  # seconds that the engine of a window that crashed may still need to end; until then its take is in use
_AGAIN = 500  # milliseconds


class LastTake(QObject):
    """session: the one that this window records. show(session): opens the takes with this one chosen."""

    def __init__(
        self, takes: Takes, session: str, line: MessageLine, settings: Settings, show: Callable[[str], object]
    ) -> None:
        super().__init__(line)  # and goes with it
        self._takes, self._session, self._line, self._settings, self._show = takes, session, line, settings, show
        self._until = time.monotonic() + _ENDING
        self._again = QTimer(self, singleShot=True, interval=_AGAIN)
        self._again.timeout.connect(takes.list)
        self._offered = False
        self._saving: set[str] = set()
        takes.listed.connect(self._listed)
        takes.saved.connect(self._saved)
        takes.failed.connect(lambda text: line.say(text, serious=True))

    def _listed(self, entries: Sequence[Entry]) -> None:
        if self._offered or not all(entry.fresh or entry.playing for entry in entries):
            return
        if any(entry.playing and entry.session != self._session for entry in entries) and (
            time.monotonic() < self._until
        ):  # by another window, or by an engine whose window has just crashed: then it will be one to offer
            self._again.start()
            return
        self._offered = True
        ended = [entry for entry in entries if not entry.playing]
        cut_off = [entry for entry in ended if entry.cut_off]
        if cut_off:
            self._offer(cut_off)
        elif ended and ended[0].summary is not None and ended[0].summary.unsaved:
            self._tell(ended[0])

    def _offer(self, entries: Sequence[Entry]) -> None:
        newest = entries[0]
        more = f" (and {len(entries) - 1} more)" if len(entries) > 1 else ""
        self._line.say(
            f"A take of {self._words(newest)} was cut off before it was saved{more}.",
            offer=True,
            actions=(("Save it", lambda: self._save(entries)), ("Show takes", lambda: self._look(entries))),
        )

    def _tell(self, entry: Entry) -> None:
        """Once."""
        if self._settings.text(_TOLD) != entry.session:
            self._settings.put(_TOLD, entry.session)
            self._line.say(
                f"The take of {self._words(entry)} is kept in Takes.",
                actions=(("Show takes", lambda: self._show(entry.session)),),
            )

    def _words(self, entry: Entry) -> str:
        summary = entry.summary
        return "" if summary is None else f"{length_words(summary.seconds)} from {short_date(summary.started)}"

    def _save(self, entries: Sequence[Entry]) -> None:
        self._saving = {entry.session for entry in entries}
        for entry in entries:
            self._takes.save(entry)
            self._takes.dismiss(entry.session)

    def _saved(self, entry: Entry, _file: str) -> None:
        if entry.session in self._saving:
            self._saving.discard(entry.session)
            if not self._saving:
                self._line.say(f"Saved what was cut off in {self._settings.takes_folder}.")

    def _look(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._takes.dismiss(entry.session)
        self._show(entries[0].session)
