"""SetLists: reads and writes the files of set lists, and opens the models that they name, in the background."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from musiclstm import paths, set_list
from musiclstm.engine.live.background import Background
from musiclstm.engine.live.models import Models
from musiclstm.engine.performer.repertoire import described
from musiclstm.errors import ModelError, UsageError
from musiclstm.files import is_file, make_folder
from musiclstm.model.band import open_session
from musiclstm.model.mixture import open_with_parent
from musiclstm.model.session import Session
from musiclstm.music.form import SetList
from musiclstm.protocol import commands
from musiclstm.protocol.telemetry import Saved, Telemetry

ENDING = ".toml"


@dataclass(frozen=True)
class _Read:
    """A set list with the sessions of its models by name, and what kept others from being opened."""

    set_list: SetList
    sessions: dict[str, Session]
    problems: tuple[str, ...]


class SetLists:
    """Owned by the engine's thread, once there is a performer. carry_out: carries out a command."""

    def __init__(
        self,
        models: Models,
        opener: Background,
        saver: Background,
        *,
        emit: Callable[[Telemetry], None],
        problem: Callable[[str], None],
        carry_out: Callable[[commands.Command], None],
    ) -> None:
        self._models, self._opener, self._saver = models, opener, saver
        self._emit, self._problem, self._carry_out = emit, problem, carry_out
        self._ours: set[Path] = set()  # files that may be written again without asking

    def load(self, command: commands.LoadSetList) -> None:
        """Read a set list and open its models; then it plays."""
        path = _place(command.file)

        def read() -> _Read:
            return _with_models(set_list.read(path))

        self._opener.run(read, partial(self._loaded, path, play=command.play))

    def resumed(self) -> None:
        """The performer goes on from a checkpoint: open what its sections name."""
        performer = self._models.performer
        found = None if performer is None else performer.state.form.set_list
        if found is not None:
            self._opener.run(partial(_with_models, found), self._opened)

    def _opened(self, read: _Read) -> None:
        performer = self._models.performer
        if performer is not None:
            for name, session in read.sessions.items():
                performer.form.models.learn(name, session, described(name, session))
        for problem in read.problems:
            self._problem(problem)

    def _loaded(self, path: Path, read: _Read, *, play: bool) -> None:
        performer = self._models.performer
        if performer is None:
            return
        self._opened(read)
        if not path.is_relative_to(paths.resources()):
            self._ours.add(path)
        performer.form.take(read.set_list)
        if play:
            self._carry_out(commands.Play())

    def save(self, command: commands.SaveSetList, *, confirmed: bool) -> None:
        """Write what the form is now. confirmed: a person knows that the file may exist. Raises UsageError."""
        performer = self._models.performer
        found = None if performer is None else performer.state.form.set_list
        if found is None:
            raise UsageError("There is nothing to save: no section has been stored, and no set list loaded.")
        path = _place(command.file, new=True)
        if path.suffix != ENDING:
            raise UsageError(f"{command.file} cannot be saved: let the name of a set list end in {ENDING}.")
        if not confirmed and path not in self._ours and is_file(path):
            raise UsageError(f"{command.file} cannot be saved: such a file exists; take another name.")

        def write() -> None:
            if not Path(command.file).is_absolute():
                make_folder(path.parent)
            set_list.write(path, found)

        def written(_: None) -> None:
            self._ours.add(path)
            self._emit(Saved(str(path)))

        self._saver.run(write, written)


def folder() -> Path:
    """Where set lists are whose name has no folder."""
    return paths.user_data() / "set-lists"


def _place(file: str, *, new: bool = False) -> Path:
    """The file that is meant: one of that folder, or else a shipped one, where it has no whole path."""
    path = Path(file)
    if path.is_absolute():
        return path.resolve()
    if not file or path.name != file:
        raise UsageError(f"A set list is a whole path, or a name in {folder()}, not {file or 'nothing'}.")
    own, shipped = folder() / path, paths.resources() / path
    return shipped if not new and not is_file(own) and is_file(shipped) else own


def _with_models(found: SetList) -> _Read:
    opened = {name: _open(name) for name in found.models()}
    sessions = {name: session for name, session in opened.items() if isinstance(session, Session)}
    return _Read(found, sessions, tuple(each for each in opened.values() if isinstance(each, str)))


def _open(name: str) -> Session | str:
    """A session of this model, or why there is none."""
    try:
        return open_session(open_with_parent(name), secrets.randbits(32))
    except ModelError as error:
        return str(error)
