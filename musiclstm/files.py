"""Files: atomic writing, and which files are MIDI files."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from musiclstm.errors import UsageError, as_text, printable, reason

# Karaoke files and .smf are the same under another name; .rmi is a RIFF container around one.
_RIFF_SUFFIX = ".rmi"
_UNKNOWN = "\ufffd"  # in a text: what could not be read as UTF-8
MIDI_SUFFIXES = (".mid", ".midi", ".kar", ".smf", _RIFF_SUFFIX)


def is_midi(path: str | os.PathLike[str]) -> bool:
    """Whether the name ends as those of files that are read as MIDI files do, in upper or lower case."""
    return Path(path).suffix.lower() in MIDI_SUFFIXES


def is_midi_output(path: str | os.PathLike[str]) -> bool:
    """Whether a MIDI file may be written under this name: no container is written."""
    return is_midi(path) and Path(path).suffix.lower() != _RIFF_SUFFIX


def is_file(path: str | os.PathLike[str]) -> bool:
    """As in pathlib, and False where that raises: a name that is too long, a folder that may not be read."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: str | os.PathLike[str]) -> bool:
    """As `is_file`."""
    return os.path.isdir(path)  # noqa: PTH112


def spelt(name: str) -> Path:
    """The file or folder that Qt means by a name. Where a name on disk is no UTF-8, Qt writes U+FFFD in its place."""
    path = Path(name)
    if _UNKNOWN not in name or os.path.exists(path):  # noqa: PTH110 - as `is_file`
        return path
    place = Path(path.anchor)
    for part in path.parts[bool(path.anchor) :]:
        alike: list[str] = []
        if _UNKNOWN in part:
            with suppress(OSError):
                alike = [each for each in os.listdir(place) if _as_spelt(each) == _as_spelt(part)]  # noqa: PTH208
        place /= alike[0] if len(alike) == 1 else part
    return place


def _as_spelt(name: str) -> str:
    return re.sub(f"{_UNKNOWN}+", _UNKNOWN, as_text(name))  # one for each byte, or one for several


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a folder and its subfolders, links to folders not followed.

    midi_files: sorted; links to files that are not there, too: whoever reads them says so. others: the other files by
    their endings, hidden ones not counted, as "3 .txt, 1 .csv".
    unreadable: the folders that cannot be read, each with the reason, sorted.
    """

    midi_files: list[Path]
    others: str
    unreadable: list[tuple[Path, str]]


def contents(folder: Path, besides: Collection[str] = ()) -> Contents:
    """What is in a folder, besides files of these names; nothing where there is none."""
    errors: list[OSError] = []
    midi, endings = [], Counter[str]()
    for place, _, names in os.walk(folder, onerror=errors.append):
        if not os.access(place, os.X_OK):  # its files have names, and cannot be opened
            errors.append(PermissionError(13, "Permission denied", place))
            continue
        for path in (Path(place, name) for name in names if name not in besides):
            if not is_file(path) and not (is_midi(path) and _is_dead_link(path)):
                continue
            # macOS writes a "._" file beside each file on other disks; it has no music.
            if is_midi(path) and not path.name.startswith("._"):
                midi.append(path)
            elif not path.name.startswith("."):
                endings[path.suffix.lower() or "without an ending"] += 1
    most_first = sorted(endings.items(), key=lambda each: (-each[1], each[0]))
    others = printable(", ".join(f"{number} {ending}" for ending, number in most_first))
    gone = FileNotFoundError, NotADirectoryError
    unreadable = sorted((Path(error.filename), reason(error)) for error in errors if not isinstance(error, gone))
    return Contents(sorted(midi), others, unreadable)


def _is_dead_link(path: Path) -> bool:
    return path.is_symlink() and not os.path.exists(path)  # noqa: PTH110 - as `is_file`


def make_folder(path: Path) -> None:
    """Make a folder and those around it, where they are missing. Raises UsageError.

    For a file only when it is about to be written, so that what is refused leaves no folder behind.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {path} cannot be made: {reason(error)}.") from error


def check_writable(path: Path) -> None:
    """Raises OSError where `replacing` could not write this file. Folders that are missing may be made before it does.

    By a file without a name in the folder: permissions alone do not say it.
    """
    path = Path(os.path.realpath(path))
    with suppress(FileNotFoundError):
        path.stat()  # says what is wrong with a name
    _check_no_folder(path)
    if path.is_file() or not path.exists():
        tempfile.TemporaryFile(dir=next(each for each in path.parents if each.exists())).close()


def _check_no_folder(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Open a file that replaces `path` at the end of the block, when all of it is on disk.

    After an error `path` is unchanged. A link is followed. A device or a pipe is written to directly, because it
    must not be replaced. durable: wait until the disk has it; False is for threads that must not wait. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    _check_no_folder(path)
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    # A name may have 255 bytes.
    start = path.name.encode(errors="surrogateescape")[:200].decode(errors="ignore")
    partial = path.with_name(f".{start}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_atomic(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file atomically: what was there stays until all of `content` is written. durable: as in `replacing`.

    Raises OSError.
    """
    with replacing(path, durable=durable) as file:
        file.write(content)


def unused(path: Path) -> Path:
    """This path, or with the first number from 2 on that makes it the path of no file yet."""
    number = 2
    free = path
    while free.exists():
        free = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return free
