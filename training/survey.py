"""Survey: the first reading of a corpus, of which only summaries are kept; saved, so that it is not read again."""

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
from training.reading import FORMAT, Source, digest_of, each_of, processes_for
from training.summary import Summary, summary_of

# A piece's summary, or why it cannot be read.
Told = Summary | str


def survey(sources: Sequence[Source], base: TimeBase, folder: Path | None = None) -> Iterable[Told]:
    """What is told of each. folder: where it is saved, and found if the files are the same. Raises OSError."""
    processes = processes_for(len(sources))
    if folder is None:
        return each_of(partial(told, base=base), sources, processes)
    digest = hashlib.sha256(f"{FORMAT} {base.value}".encode())
    for source in sources:
        # Why a file cannot be read names it.
        digest.update(f"{source if isinstance(source, Path) else ''!r} {digest_of(source)}".encode())
    path = folder / f"survey-{digest.hexdigest()[:16]}"
    if (saved := _opened(path)) is None:
        saved = list(each_of(partial(told, base=base), sources, processes))
        _save(path, saved)
    return saved


def told(source: Source, base: TimeBase) -> Told:
    try:
        return summary_of(source) if isinstance(source, Piece) else summary_of(*midifile.read_columns(source, base))
    except (MidiFileError, ValueError) as error:
        return str(error)


def _save(path: Path, found: Iterable[Told]) -> None:
    """A line for each; the last is the SHA-256 of those before."""
    digest = hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        for each in found:
            line = json.dumps(each if isinstance(each, str) else each.to_dict()).encode() + b"\n"
            digest.update(line)
            file.write(line)
        file.write(digest.hexdigest().encode())


def _opened(path: Path) -> list[Told] | None:
    """None where there is no such file, or it is damaged."""
    digest = hashlib.sha256()
    found: list[Told] = []
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
