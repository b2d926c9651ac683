"""Takes: what was recorded, as the window asks for it; the files that are made of it and what they are called."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from musiclstm.engine.supervision.host import Entry, Library, lesson
from musiclstm.errors import MusicLSTMError
from musiclstm.files import make_folder

log = logging.getLogger(__name__)


def new_take(folder: Path, name: str, when: datetime | None = None) -> Path:
    """A file in the takes folder, called after `name` and a time (None: now); makes the folder.

    Raises UsageError where the folder cannot be made.
    """
    make_folder(folder)
    stamp = (when or datetime.now().astimezone()).strftime("%Y-%m-%d %H.%M.%S")
    return folder / f"{fit_for_a_file(name)} {stamp}.mid"


def fit_for_a_file(name: str) -> str:
    """Without what some file system would not have in a name."""
    fit = ("-" if each in '<>:"/\\|?*' or not each.isprintable() else each for each in name)
    return "".join(fit).strip(" .") or "take"


def file_of(folder: Path, entry: Entry) -> Path:
    """Where an entry is saved, called after its name, or else its model, and the time it began. Raises UsageError."""
    summary = entry.summary
    models = summary.models if summary is not None else ()
    begun = datetime.fromtimestamp(summary.started).astimezone() if summary is not None else None
    return new_take(folder, entry.name or (models[0] if models else "take"), begun)


class Takes(QObject):
    """Asks the library in a thread of its own, and answers by signals, in the window's thread.

    listed(entries): all of them, newest first. changed(entry): one was looked at. saved(entry, file). exported(entry,
    file, what for): a file that lasts as long as the window. taught(folder): takes are there as files to learn from;
    untaught(a line for a person): they are not. failed(a line for a person).
    """

    listed = Signal(object)
    changed = Signal(object)
    saved = Signal(object, str)
    exported = Signal(object, str, str)
    taught = Signal(str)
    untaught = Signal(str)
    failed = Signal(str)
    _answer = Signal(object)

    def __init__(self, library: Library, folder: Callable[[], Path]) -> None:
        super().__init__()
        self._library, self._folder = library, folder
        self._thread = ThreadPoolExecutor(1, "takes")
        self._looking = ThreadPoolExecutor(1, "takes-look")
        self._exports: tempfile.TemporaryDirectory[str] | None = None
        self._closed = self._asked = False
        self._answer.connect(lambda do: do(), Qt.ConnectionType.QueuedConnection)

    def list(self) -> None:
        """Say what there is, at once, and then what is found out about those that are new."""
        self._run(self._thread, self._list)
        if not self._asked:
            self._asked = True
            self._run(self._looking, self._look)

    def rename(self, session: str, name: str) -> None:
        self._change(lambda: self._library.rename(session, name))

    def delete(self, session: str) -> None:
        self._change(lambda: self._library.delete(session))

    def restore(self, session: str) -> None:
        self._change(lambda: self._library.restore(session))

    def dismiss(self, session: str) -> None:
        self._change(lambda: self._library.dismiss(session))

    def save(self, entry: Entry) -> None:
        """Write it to a file in the takes folder."""

        def job() -> None:
            file = str(file_of(self._folder(), entry))
            self._library.save(entry.session, file)
            self._say(lambda: self.saved.emit(entry, file))
            self._list()

        self._run(self._thread, job)

    def notate(self, entry: Entry) -> None:
        """Write it to a file for notation programs in the takes folder."""

        def job() -> None:
            file = str(file_of(self._folder(), entry).with_suffix(".musicxml"))
            self._library.export(entry.session, file)
            self._say(lambda: self.saved.emit(entry, file))

        self._run(self._thread, job)

    def export(self, entry: Entry, what_for: str) -> None:
        """Write it to a file that nobody keeps."""

        def job() -> None:
            if self._exports is None:
                self._exports = tempfile.TemporaryDirectory(prefix="musiclstm-", ignore_cleanup_errors=True)
            file = str(file_of(Path(self._exports.name), entry))
            self._library.export(entry.session, file)
            self._say(lambda: self.exported.emit(entry, file, what_for))

        self._run(self._thread, job)

    def teach(self, entries: Sequence[Entry], folder: Path, *, only_mine: bool) -> None:
        """Write them into a folder as files to learn from (`lesson`)."""

        def job() -> None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                lesson.write(self._library.folder, entries, folder, only_mine=only_mine)
            except (MusicLSTMError, OSError) as error:
                text = str(error)
                self._say(lambda: self.untaught.emit(text))
            else:
                self._say(lambda: self.taught.emit(str(folder)))

        self._run(self._thread, job)

    def close(self) -> None:
        """What was deleted goes for good. A file that is being written is finished."""
        self._closed = True
        self._library.stop_looking()
        self._looking.shutdown(wait=False, cancel_futures=True)
        self._thread.submit(self._clear)
        self._thread.shutdown(wait=True)

    # ---- in the threads ----------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        self._library.empty()
        if self._exports is not None:
            self._exports.cleanup()

    def _list(self) -> None:
        entries = tuple(self._library.entries())
        self._say(lambda: self.listed.emit(entries))

    def _look(self) -> None:
        # What it finds is read and told by the thread that renames and deletes, or it might be told after that.
        try:
            self._library.look(lambda session: self._run(self._thread, lambda: self._tell_of(session)))
            self._run(self._thread, self._list)
        finally:
            self._asked = False

    def _tell_of(self, session: str) -> None:
        entry = self._library.entry(session)
        if entry is not None:
            self._say(lambda: self.changed.emit(entry))

    def _change(self, do: Callable[[], None]) -> None:
        def job() -> None:
            do()
            self._list()

        self._run(self._thread, job)

    def _run(self, thread: ThreadPoolExecutor, job: Callable[[], None]) -> None:
        def run() -> None:
            try:
                job()
            except MusicLSTMError as error:
                text = str(error)
                self._say(lambda: self.failed.emit(text))
            except Exception:
                log.exception("takes")
                self._say(lambda: self.failed.emit("Something went wrong with the takes."))

        if not self._closed:
            with suppress(RuntimeError):  # the window was closed meanwhile
                thread.submit(run)

    def _say(self, do: Callable[[], None]) -> None:
        if not self._closed:
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._answer.emit(do)
