"""Corpora: named ones and folders of MIDI files, as pieces, each with its part in the split.

The split is by piece. A folder's own table decides (columns midi or midi_filename, and split) if it has one; else a
hash of the piece's key does: SHA-1, first 8 hex digits, modulo 20; 0 is test, 1 is valid. Pieces of the same notes are
never in two splits. Where that leaves nothing to train on or to validate on, `balance` moves pieces.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from musiclstm.errors import CorpusError, MidiFileError
from musiclstm.files import midi_files, other_endings
from musiclstm.music import midifile
from musiclstm.music.columns import columns_of, order_of
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase

# Least to most held-out.
SPLITS = ("train", "valid", "test")
USED_FOR = {"train": "training", "valid": "validation", "test": "testing"}
TABLES = ("splits.csv", "files.csv", "metadata.csv", "info.csv")
MUSIC21 = "music21:"


@dataclass(frozen=True)
class Entry:
    """A piece that has not been read yet. `read` raises MidiFileError or ValueError.

    fixed: the corpus itself says in which split the piece is.
    """

    key: str
    split: str
    read: Callable[[], Piece]
    fixed: bool = False


@dataclass
class Corpus:
    """Pieces by split, and what was skipped, with the reason. `test` is never trained on.

    fixed: a table of the corpus holds pieces out, so they stay so. notices: what a person should know about the split.
    guessed: by key, what had to be guessed in reading a file. others: files that are no music, by their endings.
    """

    train: list[tuple[str, Piece]] = field(default_factory=list)
    valid: list[tuple[str, Piece]] = field(default_factory=list)
    test: list[tuple[str, Piece]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    fixed: bool = False
    notices: list[str] = field(default_factory=list)
    guessed: list[tuple[str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def hashed_split(key: str) -> str:
    """The split of a piece that is in no table."""
    number = int(hashlib.sha1(key.encode(errors="surrogateescape"), usedforsecurity=False).hexdigest()[:8], 16) % 20
    return {0: "test", 1: "valid"}.get(number, "train")


def printable(name: str) -> str:
    """A file's name for a person: bytes that are no UTF-8 become question marks."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def load(names: list[str], base: TimeBase = TimeBase.BEATS, *, with_test: bool = False) -> Corpus:
    """Read corpora: `music21:bach` and other composers or collections of music21, or folders of MIDI files.

    Test pieces are read for what they share with others, and kept only if `with_test`. Raises CorpusError if there is
    nothing to train on.
    """
    corpus = Corpus()
    for name in names:
        if (folder := Path(name)).is_dir() and (others := other_endings(folder)):
            corpus.others.append(f"{printable(name)}: {others}")
        for entry in entries(name, base):
            key = printable(entry.key)
            if entry.split not in SPLITS:
                corpus.skipped.append((key, entry.split))
                continue
            try:
                piece = entry.read()
            except (MidiFileError, ValueError) as error:
                corpus.skipped.append((key, str(error)))
                continue
            if piece.warnings:
                corpus.guessed.append((key, "; ".join(piece.warnings)))
            getattr(corpus, entry.split).append((key, piece))
            corpus.fixed |= entry.fixed and entry.split != "train"
    what = ", ".join(printable(name) for name in names)
    if not corpus.train and not corpus.valid and not corpus.test:
        why = f" ({len(corpus.skipped)} could not be read)" if corpus.skipped else ""
        raise CorpusError(f"There is nothing to train on in {what}{why}.")
    separate(corpus)
    balance(corpus)
    if not corpus.train:
        raise CorpusError(f"There is nothing to train on in {what}: its table holds every piece out.")
    if not with_test:
        corpus.test.clear()
    return corpus


def separate(corpus: Corpus) -> None:
    """Skip pieces whose notes are also those of a piece in a more held-out split."""
    seen: dict[bytes, tuple[str, str]] = {}  # the first piece of these notes, and its split
    for split in reversed(SPLITS):
        pieces: list[tuple[str, Piece]] = getattr(corpus, split)
        kept: list[tuple[str, Piece]] = []
        for key, piece in pieces:
            other, where = seen.setdefault(same_notes(piece), (key, split))
            if where == split:
                kept.append((key, piece))
            else:
                corpus.skipped.append((key, f"it has the same notes as {other}, which is for {USED_FOR[where]}"))
        pieces[:] = kept


def same_notes(piece: Piece) -> bytes:
    """A hash that pieces share if they have the same pitches at the same times, counted from the first."""
    onsets, durations, pitches, *_ = columns_of(piece.notes)
    times = np.rint(np.stack((onsets - onsets.min(initial=np.inf), durations)) * 1000)
    rows = np.stack((*times, pitches)).astype(np.int64)
    return hashlib.sha256(rows[:, order_of(*rows)].tobytes()).digest()


def balance(corpus: Corpus) -> None:
    """Move pieces so that some can be trained on and, where there are two different ones, one validates.

    In a small corpus the hash may leave a split empty. Pieces that a table holds out are never trained on.
    """
    if not corpus.train and not corpus.fixed:
        corpus.train, corpus.valid, corpus.test = corpus.valid + corpus.test, [], []
    if corpus.valid or not corpus.train:
        return
    last = same_notes(corpus.train[-1][1])
    alike = [same_notes(piece) == last for _, piece in corpus.train]
    if not all(alike):
        corpus.valid = [each for each, same in zip(corpus.train, alike, strict=True) if same]
        corpus.train = [each for each, same in zip(corpus.train, alike, strict=True) if not same]
    elif corpus.test and not corpus.fixed:
        corpus.valid, corpus.test = corpus.test, []
    else:
        corpus.notices.append(
            "Nothing is held out, because there is only one piece: the figures are of the music that it is trained on."
        )


def entries(name: str, base: TimeBase) -> Iterator[Entry]:
    """The pieces of one corpus, in a fixed order. Raises CorpusError for an unknown one."""
    if name.startswith(MUSIC21):
        yield from music21_entries(name.removeprefix(MUSIC21))
        return
    folder = Path(name)
    if folder.is_file():
        yield Entry(folder.stem, "train", partial(midifile.read, folder, base))
        return
    if not folder.is_dir():
        raise CorpusError(f"No corpus or folder named {printable(name)}.")
    files = midi_files(folder)
    if not files:
        raise CorpusError(f"There are no MIDI files in {printable(name)}.")
    splits = table(folder)
    for path in files:
        relative = path.relative_to(folder).as_posix()
        split = splits.get(same_name(relative.removeprefix("midi/")), splits.get(same_name(relative)))
        yield Entry(
            relative,
            # The hash decides for files that the table does not list.
            split or hashed_split(path.stem),
            partial(midifile.read, path, base),
            fixed=split is not None,
        )


def table(folder: Path) -> dict[str, str]:
    """File (as of `same_name`) -> split, from the folder's own table; empty where it has none. Raises CorpusError."""
    for name in TABLES:
        path = folder / name
        if not path.is_file():
            continue
        try:
            # Names need not be UTF-8, no more than the files' own.
            with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as lines:
                rows = list(csv.DictReader(lines))
        except (OSError, csv.Error) as error:
            raise CorpusError(f"{printable(str(path))} cannot be read: {error}.") from error
        for column in ("midi", "midi_filename"):
            if rows and column in rows[0] and "split" in rows[0]:
                return {same_name(row[column]): split_named(row["split"]) for row in rows if row[column]}
    return {}


def same_name(name: str) -> str:
    """A file name in one of the spellings that Unicode allows: tables and disks may use different ones."""
    return unicodedata.normalize("NFC", name)


OTHER_NAMES = {"training": "train", "validation": "valid", "val": "valid", "dev": "valid", "testing": "test"}


def split_named(name: str | None) -> str:
    """One of `SPLITS`, or why the piece is skipped."""
    word = (name or "").strip().lower()
    word = OTHER_NAMES.get(word, word)
    return word if word in SPLITS else f"the table calls its split {name or 'nothing'}"


# ---- music21 ---------------------------------------------------------------------------------------------------------


def music21_entries(name: str) -> Iterator[Entry]:
    """A composer's or collection's pieces in the PyPI package music21; the key is the file's name or the title."""
    try:
        from music21 import corpus
    except ImportError as error:
        raise CorpusError("Corpora of music21 need the package music21: pip install 'musiclstm[train]'.") from error
    paths = sorted(Path(p) for p in corpus.getComposer(name))
    # Analyses are not music.
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
        if split == "train" and held_out[version_key(path.stem)] != {"train"}:
            split = "another version of it is held-out"
        yield Entry(path.stem, split, lambda path=path: from_music21(parse(path)))  # type: ignore[misc]


def version_key(stem: str) -> str:
    """The key that versions of one piece share: bwv112.5 and bwv112.5-sc, bwv27.6a and bwv27.6b."""
    return re.sub(r"(?<=\d)[a-z]$", "", stem.split("-", maxsplit=1)[0])


def abc_tunes(path: Path) -> Iterator[Entry]:
    """The tunes of an ABC file. Tunes with the same normalised title are in the same split."""
    opus = parse(path)
    scores = list(opus.scores) if hasattr(opus, "scores") else [opus]
    for score in scores:
        title = score.metadata.title if score.metadata and score.metadata.title else path.stem
        yield Entry(title, hashed_split(normalise_title(title)), lambda score=score: from_music21(score))  # type: ignore[misc]


def normalise_title(title: str) -> str:
    """Letters and digits only, in lower case."""
    return "".join(each for each in title.lower() if each.isalnum())


def parse(path: Path) -> Any:
    """Parse with music21. Raises ValueError."""
    from music21 import converter

    try:
        return converter.parse(path)
    except Exception as error:  # each of its readers raises what it likes
        raise ValueError(f"music21 cannot read it: {error}") from error


def from_music21(score: Any) -> Piece:
    """A score's notes in quarter-note beats, ties joined, grace notes left out; a part for each of its parts."""
    if not hasattr(score, "parts") or not score.parts:
        raise ValueError("it has no parts")
    notes: list[Note] = []
    parts: list[Part] = []
    for index, part in enumerate(score.parts):
        parts.append(Part(str(part.partName or part.id), channel=min(index, 15)))
        for each in part.stripTies().flatten().notes:
            length = float(each.duration.quarterLength)
            if length > 0:
                onset = float(each.offset)
                notes += [Note(onset, length, pitch.midi, 80, index) for pitch in each.pitches]
    if not notes:
        raise ValueError("it has no notes")
    return Piece(tuple(sorted(notes)), TimeBase.BEATS, tuple(meters(score.parts[0])), 96.0, tuple(parts))


def meters(part: Any) -> Iterator[Meter]:
    """Time signatures; if a piece starts with an upbeat, the first bar starts after it."""
    from music21 import stream

    last = None
    for measure in part.getElementsByClass(stream.Measure):
        signature = measure.timeSignature
        if signature is None:
            continue
        meter = Meter(signature.numerator, signature.denominator, float(measure.offset))
        # Some readers write the two halves of a repeated bar as tiny meters.
        if meter.bar_beats < 1 or (meter.numerator, meter.denominator) == last:
            continue
        upbeat = float(measure.paddingLeft) if last is None else 0.0
        onset = meter.onset + (meter.bar_beats - upbeat if upbeat else 0.0)
        last = meter.numerator, meter.denominator
        yield Meter(*last, onset)
    if last is None:
        yield Meter()
