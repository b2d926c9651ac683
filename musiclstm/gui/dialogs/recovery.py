"""Takes that a crash cut off are offered in the message line; they are found and written in a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from musiclstm.engine.supervision.host import Take, dismiss, recover
from musiclstm.errors import MusicLSTMError
from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.takes import new_take


def length_words(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{max(1, round(seconds)):.0f} seconds"


class Recovery(QObject):
    """find: returns the takes that can be recovered; it may read files."""

    _found = Signal(object)
    _done = Signal(str, bool)

    def __init__(self, find: Callable[[], Sequence[Take]], line: MessageLine, folder: Callable[[], Path]) -> None:
        super().__init__(line)  # and goes with it
        self._find_takes, self._line, self._folder = find, line, folder
        self._found.connect(self._offer, Qt.ConnectionType.QueuedConnection)
        self._done.connect(lambda text, serious: line.say(text, serious=serious), Qt.ConnectionType.QueuedConnection)

    def find(self) -> None:
        threading.Thread(target=self._search, name="recovery", daemon=True).start()

    def _search(self) -> None:
        takes = self._find_takes()
        if takes:
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._found.emit(tuple(takes))

    def _offer(self, takes: tuple[Take, ...]) -> None:
        newest = takes[0]
        started = datetime.fromtimestamp(newest.started).astimezone().strftime("%d %B, %H:%M")
        more = f" (and {len(takes) - 1} more)" if len(takes) > 1 else ""
        self._line.say(
            f"A take of {length_words(newest.seconds)} from {started} was cut off before it was saved{more}.",
            offer=True,
            actions=(("Save it", lambda: self._save(takes)), ("Discard it", lambda: self._discard(takes))),
        )

    def _save(self, takes: tuple[Take, ...]) -> None:
        threading.Thread(target=self._write, args=(takes,), name="recovery", daemon=True).start()

    def _write(self, takes: tuple[Take, ...]) -> None:
        folder = self._folder()
        for take in takes:
            try:
                file = new_take(folder, "recovered", datetime.fromtimestamp(take.started).astimezone())
                recover(take, str(file))
            except MusicLSTMError as error:  # noqa: PERF203 (files are slower than that)
                self._done.emit(str(error), True)
                return
        self._done.emit(f"Saved what was cut off in {folder}.", False)

    def _discard(self, takes: tuple[Take, ...]) -> None:
        for take in takes:
            dismiss(take)
