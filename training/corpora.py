"""Corpora: named ones and folders of MIDI files, as pieces, each with its part in the split.

The split is by piece. A folder's own table decides (columns midi or midi_filename, and split) if it has one; else a
hash of the file's name does, without its folder and ending (of an ABC tune its title): SHA-1, first 8 hex digits,
modulo 20; 0 is test, 1 is valid. Pieces of the same notes, or nearly the same, are never in two splits. Where that
leaves nothing to train on or to validate on, `balance` moves pieces.

A corpus may be larger than the memory: only what its split and its recipe depend on stays there. Whoever needs the
notes of a piece reads them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from musiclstm.errors import CorpusError, printable
from musiclstm.files import contents, is_file, is_folder
from musiclstm.music.note import Piece, TimeBase
from musiclstm.music.parts import assign
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.words import counted
from training.music21_corpora import music21_entries
from training.reading import Count, Each, Source, here, read, uncounted
from training.similar import are_similar, similar
from training.splits import SPLITS, TABLES, USED_FOR, Entry, hashed_split, same_name, table
from training.summary import Size, Summary
from training.survey import survey

MUSIC21 = "music21:"
# Validation pieces of so many notes, or of this share of all, measure well enough; a fill of two seconds does not.
ENOUGH_NOTES, ENOUGH_SHARE = 2_000, 0.1
# Of those notes, a smaller share than this measures nothing.
TOO_FEW = 0.25
_NOTHING = "Nothing is held out, because {why}: the figures are of the music that it is trained on."
ONLY_ONE = _NOTHING.format(why="there is only one piece")
MOSTLY_ONE = _NOTHING.format(why="one piece has almost all of the notes")


@dataclass(frozen=True, slots=True)
class Listed:
    """A piece that has been read once, and can be read again."""

    key: str
    source: Source
    summary: Summary


@dataclass
class Corpus:
    """Pieces by split, and what was skipped, with the reason. `test` is never trained on.

    fixed: a table of the corpus holds pieces out, and these stay held out. notices: what a person should know about the
    split. guessed: (key, what had to be guessed in reading the file). others: which files are no music, by endings.
    alike: (key, key of the piece of which it is a near-duplicate). test_size: the size of the test pieces, kept where
    they themselves are not.
    """

    base: TimeBase
    train: list[Listed] = field(default_factory=list)
    valid: list[Listed] = field(default_factory=list)
    test: list[Listed] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    fixed: bool = False
    notices: list[str] = field(default_factory=list)
    guessed: list[tuple[str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    alike: list[tuple[str, str]] = field(default_factory=list)
    test_size: Size | None = None

    def read(self, pieces: list[Listed]) -> Iterator[Piece]:
        """The pieces with their notes, one by one. Raises MidiFileError if a file has changed since."""
        return (read(piece.source, self.base) for piece in pieces)

    def fitted(self, pieces: list[Listed], vocabulary: Vocabulary) -> Iterator[Piece]:
        """The pieces with their notes, as `read`, but in the parts of the vocabulary."""
        return (assign(piece, vocabulary) for piece in self.read(pieces))


def load(
    names: list[str],
    base: TimeBase = TimeBase.BEATS,
    *,
    with_test: bool = False,
    folder: Path | None = None,
    count: Count = uncounted,
    each: Each = here,
) -> Corpus:
    """Reads corpora: `music21:bach` and other composers or collections of music21, or folders of MIDI files.

    Test pieces are read to find near-duplicates of them, and kept only if `with_test`. folder, count, each: see
    `survey`. Raises CorpusError if there is nothing to train on.
    """
    corpus = Corpus(base)
    listed: list[Entry] = []
    for name in names:
        found_there, others = entries(name)
        listed += found_there
        if others:
            corpus.others.append(f"{printable(name)}: {others}")
    sources = [entry.source for entry in listed if not isinstance(entry.source, str)]
    surveyed = iter(survey(sources, base, folder, count, each))
    for entry in listed:
        key = printable(entry.key)
        if isinstance(entry.source, str):
            corpus.skipped.append((key, entry.source))
            continue
        found, source = next(surveyed)
        if isinstance(found, str):
            corpus.skipped.append((key, found))
            continue
        if found.guessed:
            corpus.guessed.append((key, found.guessed))
        getattr(corpus, entry.split).append(Listed(key, source, found))
        corpus.fixed |= entry.fixed and entry.split != "train"
    what = ", ".join(printable(name) for name in names)
    if not corpus.train and not corpus.valid and not corpus.test:
        why = ""
        if corpus.skipped:
            key, first = corpus.skipped[0]
            why = f": {counted(len(corpus.skipped), 'file')} cannot be used, such as {key}: {first}"
        raise CorpusError(f"There is nothing to train on in {what}{why}.")
    separate(corpus)
    balance(corpus)
    if not corpus.train:
        raise CorpusError(f"There is nothing to train on in {what}: its table holds every piece out.")
    if not with_test:
        corpus.test.clear()
    return corpus


def separate(corpus: Corpus) -> None:
    """Skips near-duplicates of pieces in a more held-out split."""
    seen: dict[str, tuple[str, str]] = {}  # the first piece of these notes, and its split
    for split in reversed(SPLITS):
        pieces: list[Listed] = getattr(corpus, split)
        kept: list[Listed] = []
        for piece in pieces:
            other, where = seen.setdefault(piece.summary.same_notes, (piece.key, split))
            if where == split:
                kept.append(piece)
            else:
                corpus.alike.append((piece.key, other))
                corpus.skipped.append((piece.key, f"it has the same notes as {other}, which is for {USED_FOR[where]}"))
        pieces[:] = kept
    _separate_similar(corpus)


def _separate_similar(corpus: Corpus) -> None:
    """Skips pieces that are similar to one in a more held-out split: who is trained on a variant of it knows it."""
    listed = [(rank, piece) for rank, split in enumerate(SPLITS) for piece in getattr(corpus, split)]
    why: dict[int, str] = {}
    pairs = similar([piece.summary.sketch for _, piece in listed])
    variants = {later: earlier for earlier, later in reversed(pairs)}
    corpus.alike += [(listed[later][1].key, listed[earlier][1].key) for later, earlier in sorted(variants.items())]
    for pair in pairs:
        (low, _), (high, other) = (listed[index] for index in pair)
        if low < high and pair[1] not in why:
            why.setdefault(pair[0], f"it is nearly the same as {other.key}, which is for {USED_FOR[SPLITS[high]]}")
    for rank, split in enumerate(SPLITS):
        kept = [piece for index, (at, piece) in enumerate(listed) if at == rank and index not in why]
        getattr(corpus, split)[:] = kept
    corpus.skipped += [(listed[index][1].key, reason) for index, reason in sorted(why.items())]


def _as_read(piece: Listed) -> str:
    return piece.summary.same_notes


def balance(corpus: Corpus, same_notes: Callable[[Listed], str] = _as_read) -> None:
    """Moves pieces between splits so that some are trained on and, if there are two different ones, one validates.

    In a small corpus the hash may leave a split empty. Then the last pieces validate, as many as measure well enough,
    but none that has most of the notes: that is the one to learn from. Pieces that a table holds out are never trained
    on. same_notes: equal for pieces that do not differ.
    """
    if not corpus.train and not corpus.fixed:
        corpus.train, corpus.valid, corpus.test = corpus.valid + corpus.test, [], []
    if corpus.valid or not corpus.train:
        return
    there = corpus.train
    total = _notes(there)
    enough = min(ENOUGH_NOTES, ENOUGH_SHARE * total)
    decided: set[int] = set()  # pieces, by their identity
    for piece in reversed(there):
        if _notes(corpus.valid) >= enough:
            break
        if id(piece) in decided:
            continue
        own, sketch = same_notes(piece), piece.summary.sketch
        alike = [same_notes(each) == own or are_similar(each.summary.sketch, sketch) for each in corpus.train]
        if all(alike):
            break
        same = [each for each, is_same in zip(corpus.train, alike, strict=True) if is_same]
        decided |= {id(each) for each in same}
        if 2 * _notes(same) <= total:
            corpus.valid = same + corpus.valid
            corpus.train = [each for each, is_same in zip(corpus.train, alike, strict=True) if not is_same]
    notice = MOSTLY_ONE if decided else ONLY_ONE
    if _notes(corpus.valid) < TOO_FEW * enough:
        corpus.train, corpus.valid = there, []
    if corpus.valid:
        return
    if corpus.test and not corpus.fixed:
        corpus.valid, corpus.test = corpus.test, []
    elif notice not in corpus.notices:
        corpus.notices.append(notice)


def _notes(pieces: list[Listed]) -> int:
    return sum(piece.summary.notes for piece in pieces)


def entries(name: str) -> tuple[list[Entry], str]:
    """The pieces of one corpus, in a fixed order; and, by their endings, the files of a folder that are none.

    Raises CorpusError for an unknown one.
    """
    if name.startswith(MUSIC21):
        return list(music21_entries(name.removeprefix(MUSIC21))), ""
    folder = Path(name)
    if is_file(folder):
        return [Entry(folder.stem, "train", folder)], ""
    if not is_folder(folder):
        raise CorpusError(f"No corpus or folder named {printable(name)}.")
    splits = table(folder)
    inside = contents(folder, besides=TABLES if splits else ())
    found = [
        Entry(f"{path.relative_to(folder).as_posix()}/", "train", f"this folder cannot be read: {why}")
        for path, why in inside.unreadable
    ]
    if not inside.midi_files and not found:
        but = f", only {inside.others}" if inside.others else ""
        raise CorpusError(f"There are no MIDI files in {printable(name)}{but}.")
    for path in inside.midi_files:
        relative = path.relative_to(folder).as_posix()
        split = splits.get(same_name(relative.removeprefix("midi/")), splits.get(same_name(relative)))
        if split is None:
            # The hash decides for files that the table does not list.
            found.append(Entry(relative, hashed_split(path.stem), path))
        else:
            found.append(Entry(relative, split, path if split in SPLITS else split, fixed=True))
    return found, inside.others
