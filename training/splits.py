"""Splits: which pieces of a corpus are trained on, which validate, and which are for tests."""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from musiclstm.errors import CorpusError, printable
from musiclstm.files import is_file
from musiclstm.model.labels import LONGEST_NAME
from musiclstm.music.note import Piece

# Least to most held-out.
SPLITS = ("train", "valid", "test")
USED_FOR = {"train": "training", "valid": "validation", "test": "testing"}
TABLES = ("splits.csv", "files.csv", "metadata.csv", "info.csv")


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece of a corpus. source: where its notes are, or why it is skipped.

    fixed: the corpus itself says in which split the piece is.
    """

    key: str
    split: str
    source: Path | Piece | str
    fixed: bool = False


def hashed_split(key: str) -> str:
    """The split of a piece that no table lists."""
    number = int(hashlib.sha1(key.encode(errors="surrogateescape"), usedforsecurity=False).hexdigest()[:8], 16) % 20
    return {0: "test", 1: "valid"}.get(number, "train")


def title_of(file: Path) -> str:
    """The title of a model, after the name of its file: one that `labels` takes."""
    return printable(file.stem)[:LONGEST_NAME].strip() or "Untitled"


def table(folder: Path) -> dict[str, str]:
    """File (`same_name`) -> split, from the folder's own table; empty if it has none. Raises CorpusError."""
    for name in TABLES:
        path = folder / name
        if not is_file(path):
            continue
        try:
            # Like the names of files, those in the table need not be UTF-8.
            with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as lines:
                rows = list(csv.DictReader(lines))
        except (OSError, csv.Error) as error:
            raise CorpusError(f"{printable(str(path))} cannot be read: {error}.") from error
        for column in ("midi", "midi_filename"):
            if rows and column in rows[0] and "split" in rows[0]:
                return {same_name(row[column]): split_named(row["split"]) for row in rows if row[column]}
        if name == TABLES[0]:  # a table of another name may be about something else
            raise CorpusError(
                f"{printable(str(path))} has no columns midi and split, in UTF-8 and separated by commas; correct or "
                "remove it."
            )
    return {}


def same_name(name: str) -> str:
    """A file's name in one spelling: Unicode allows several, and tables and disks may use different ones."""
    return unicodedata.normalize("NFC", name)


OTHER_NAMES = {"training": "train", "validation": "valid", "val": "valid", "dev": "valid", "testing": "test"}


def split_named(name: str | None) -> str:
    """The split that a table names, one of `SPLITS`; or why the piece is skipped."""
    word = (name or "").strip().lower()
    word = OTHER_NAMES.get(word, word)
    return word if word in SPLITS else f"the table calls its split {printable(name or 'nothing')}"
