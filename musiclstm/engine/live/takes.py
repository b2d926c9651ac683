"""Takes: which file a take goes to. Whoever asks for it may be a program that is wrong."""

from __future__ import annotations

import time
from pathlib import Path

from musiclstm import paths
from musiclstm.errors import UsageError, reason
from musiclstm.files import is_midi, make_folder


class Takes:
    """Owned by the engine's thread. folder: where takes go that name none."""

    def __init__(self, folder: str | None = None) -> None:
        self.folder = paths.user_takes() if folder is None else Path(folder)
        self._saved: set[Path] = set()

    def set_folder(self, folder: str) -> None:
        """Raises UsageError for a folder that depends on where the engine was started."""
        if not Path(folder).is_absolute():
            raise UsageError(f"The takes folder must be a whole path, not {folder or 'nothing'}.")
        self.folder = Path(folder)

    def file(self, name: str, *, confirmed: bool, kind: str = "take") -> Path:
        """Where to write a take; its folder is made if it is the takes folder.

        An empty name: a new file there, called after its `kind`.
        confirmed: a person has chosen this file, knowing that it may exist. Otherwise only files that were saved here
        before are replaced. Raises UsageError.
        """
        if not name:
            return self._new(kind)
        path = Path(name)
        if not is_midi(path) or not (confirmed or path.suffix.lower() == ".mid"):
            raise UsageError(f"{name} cannot be saved: a take is a MIDI file; let its name end in .mid.")
        relative = not path.is_absolute()
        try:
            if relative:
                make_folder(self.folder)
                folder = self.folder.resolve()
                path = (folder / path).resolve()
            else:
                path = path.resolve()
            exists, whole = path.exists(), path.is_file()
        except (OSError, RuntimeError, ValueError) as error:  # a link to itself, a name too long
            raise UsageError(f"{name} cannot be saved: {reason(error)}.") from error
        if relative and not path.is_relative_to(folder):
            raise UsageError(f"{name} cannot be saved: it leads out of the takes folder; give a whole path.")
        if exists and not whole:
            raise UsageError(f"{name} cannot be saved: it is no file.")
        if exists and not confirmed and path not in self._saved:
            raise UsageError(
                f"{name} cannot be saved: such a file exists, and is none of these takes; take another name."
            )
        return path

    def saved(self, file: str) -> None:
        """It is one of ours now."""
        self._saved.add(Path(file).resolve())

    def _new(self, kind: str) -> Path:
        folder = self.folder
        make_folder(folder)
        stem = f"{kind} {time.strftime('%Y-%m-%d %H.%M.%S')}"
        names = (f"{stem}{'' if n == 1 else f' ({n})'}.mid" for n in range(1, 1000))
        return next((path for name in names if not (path := folder / name).exists()), folder / f"{stem}.mid")
