"""Survey: the first reading of a corpus. Summaries stay in memory and are saved for the next time; notes are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from musiclstm.errors import MidiFileError
from musiclstm.files import replacing
from musiclstm.music import midifile
from musiclstm.music.note import Piece, TimeBase
from training.kept import KeptNotes, packed
from training.reading import (
    FORMAT,
    Count,
    Each,
    Source,
    counted,
    digest_of,
    here,
    in_time,
    uncounted,
    why_not,
)
from training.summary import Summary, summary_of

# A piece's summary, or why it cannot be read.
Surveyed = Summary | str


def survey(
    sources: Sequence[Path | Piece],
    base: TimeBase,
    folder: Path | None = None,
    count: Count = uncounted,
    each: Each = here,
) -> Iterable[tuple[Surveyed, Source]]:
    """For each source its summary, or why it cannot be read; and from where it is read the next time.

    folder: where the summaries are saved, and found again if the files are the same. Notes that are read on this
    machine are kept (`training.kept`); a cluster reads files again faster than it could send notes. count: gets how
    many have been read, if any must be. each: who reads them. Raises OSError, CorpusError.
    """
    if folder is None:
        made = counted(each(partial(_surveyed, base=base), sources, len(sources)), len(sources), count)
        return ((summary, source) for (summary, _), source in zip(made, sources, strict=True))
    digests = [digest_of(source) for source in sources]
    digest = hashlib.sha256(f"{FORMAT} {base.value}".encode())
    for source, known in zip(sources, digests, strict=True):
        # With their names, because messages about files that cannot be read contain these.
        digest.update(f"{source if isinstance(source, Path) else ''!r} {known}".encode())
    path = folder / f"survey-{digest.hexdigest()[:16]}"
    if (saved := _opened(path)) is not None:
        return zip(saved, sources, strict=True)
    notes = KeptNotes(folder)
    found: list[Surveyed] = []
    read: list[Source] = []
    same = True  # the files are still those of the digests
    made = counted(each(partial(_surveyed, base=base, keep=each is here), sources, len(sources)), len(sources), count)
    for (summary, content), source, known in zip(made, sources, digests, strict=True):
        found.append(summary)
        read.append(notes.add(source, known, content) if content and isinstance(source, Path) else source)
        # Such as a disk that was taken out meanwhile: when it is back, its files can be read.
        same &= isinstance(summary, Summary) or digest_of(source) == known
    if same:
        _save(path, found)
    return zip(found, read, strict=True)


def _surveyed(source: Path | Piece, base: TimeBase, *, keep: bool = False) -> tuple[Surveyed, bytes]:
    """A source's summary, or why it cannot be read; and its notes, as `kept.packed`, if they are to be kept."""
    if isinstance(source, Piece):
        return summary_of(source), b""
    try:
        with in_time(source):
            piece, columns = midifile.read_columns(source, base)
            return summary_of(piece, columns), packed(piece, columns) if keep else b""
    except (MidiFileError, ValueError) as error:
        return why_not(error, source), b""


def _save(path: Path, found: Iterable[Surveyed]) -> None:
    """Writes a line of JSON for each source; the last line is the SHA-256 of those before."""
    digest = hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        for each in found:
            line = json.dumps(each if isinstance(each, str) else each.to_dict()).encode() + b"\n"
            digest.update(line)
            file.write(line)
        file.write(digest.hexdigest().encode())


def _opened(path: Path) -> list[Surveyed] | None:
    """What `_save` has written; None if there is no such file, or it is damaged."""
    digest = hashlib.sha256()
    found: list[Surveyed] = []
    try:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    return found if line == digest.hexdigest().encode() else None
                digest.update(line)
                each = json.loads(line)
                found.append(each if isinstance(each, str) else Summary.from_dict(each))
    except (OSError, ValueError, LookupError, TypeError):
        pass
    return None
