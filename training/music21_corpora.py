"""The corpora that come with the PyPI package music21, as pieces, each with its split."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from musiclstm.errors import CorpusError
from musiclstm.music.note import Piece
from training.scores import parse, piece_of, read_score
from training.splits import Entry, hashed_split


def music21_entries(name: str) -> Iterator[Entry]:
    """The pieces of a composer or collection; their key is the file's name or the title. Raises CorpusError."""
    try:
        from music21 import corpus
    except ImportError as error:
        raise CorpusError("Corpora of music21 need the package music21: pip install 'musiclstm[train]'.") from error
    paths = sorted(Path(p) for p in corpus.getComposer(name))
    # Some of the files are analyses and notes, not music.
    paths = [p for p in paths if p.suffix not in {".rntxt", ".md", ".txt"}]
    if not paths:
        raise CorpusError(f"music21 has no corpus {name}.")
    if all(path.suffix == ".abc" for path in paths):
        for path in paths:
            yield from abc_tunes(path)
        return
    splits = {path.stem: hashed_split(path.stem) for path in paths}
    held_out: dict[str, set[str]] = {}
    for stem, split in splits.items():
        held_out.setdefault(version_key(stem), set()).add(split)
    for path in paths:
        split = splits[path.stem]
        skip = split == "train" and held_out[version_key(path.stem)] != {"train"}
        source = "another version of it is held-out" if skip else _in_memory(partial(read_score, path))
        yield Entry(path.stem, split, source)


def version_key(stem: str) -> str:
    """The key that versions of one piece share: bwv112.5 and bwv112.5-sc, bwv27.6a and bwv27.6b."""
    return re.sub(r"(?<=\d)[a-z]$", "", stem.split("-", maxsplit=1)[0])


def abc_tunes(path: Path) -> Iterator[Entry]:
    """The tunes of an ABC file. Tunes with the same normalised title are in the same split."""
    opus = parse(path)
    scores = list(opus.scores) if hasattr(opus, "scores") else [opus]
    for score in scores:
        title = score.metadata.title if score.metadata and score.metadata.title else path.stem
        yield Entry(title, hashed_split(normalise_title(title)), _in_memory(partial(piece_of, score)))


def normalise_title(title: str) -> str:
    """A title's letters and digits, in lower case."""
    return "".join(each for each in title.lower() if each.isalnum())


def _in_memory(reading: Callable[[], Piece]) -> Piece | str:
    """A piece to keep in memory, because music21 takes long to read it; or why it cannot be read."""
    try:
        return reading()
    except ValueError as error:
        return str(error)
