"""How long sessions are kept: by age and by size; those that a person has given a name until they are deleted."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path

from musiclstm.engine.recording import journal_files, label
from musiclstm.engine.system.file_lock import is_locked
from musiclstm.protocol.options import KEEP_DAYS, KEEP_GIB


@dataclass(frozen=True, slots=True)
class Keep:
    """days, bytes: None for no limit."""

    days: float | None = KEEP_DAYS
    bytes: float | None = KEEP_GIB * 2**30


def prune(folder: Path, session: str, keep: Keep) -> None:
    """Delete files that are too old, and the oldest ones until all together are small enough.

    Files that are being written stay, and so does the newest file of `session`. Sessions with a name stay, and do not
    count.
    """
    oldest = -inf if keep.days is None else time.time() - keep.days * 86_400
    most = inf if keep.bytes is None else keep.bytes
    newest = journal_files.files_of(folder, session)[-1:]

    @cache
    def has_name(session: str) -> bool:
        return bool(label.read(folder, session).name)

    files = []
    for path in sorted(folder.glob(f"*{journal_files.SUFFIX}"), reverse=True):
        with suppress(OSError):  # another process deletes it at the same time
            files.append((path, path.stat()))
    # At start-up, mostly nothing has to go; then no label need be read.
    crowded = sum(status.st_size for _, status in files) > most
    total = 0
    for path, status in files:
        old = status.st_mtime < oldest
        if not (old or crowded) or has_name(journal_files.session_of(path)):
            continue
        total += status.st_size
        if path not in newest and (old or total > most) and not is_locked(path):
            with suppress(OSError):
                path.unlink()
    _delete_labels(folder)


def _delete_labels(folder: Path) -> None:
    """Delete the labels of sessions that are gone."""
    sessions = set(journal_files.sessions(folder))
    for path in folder.glob(f"*{label.SUFFIX}"):
        if path.name.removesuffix(label.SUFFIX) not in sessions:
            with suppress(OSError):
                path.unlink()
