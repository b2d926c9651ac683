"""Report: what was found in a corpus, as a table for a person and as JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from musiclstm.errors import UsageError, reason
from musiclstm.files import write_atomic
from musiclstm.music.note import TimeBase
from musiclstm.words import counted
from training.corpora import Corpus
from training.recipes import Recipe
from training.splits import SPLITS, USED_FOR
from training.summary import Size, size_of

NAME = "report.json"
# How many skipped files are named on the terminal.
_NAMED = 20
# Kinds of reasons why a piece is left out, each with words by which it is known; the first that fits counts.
_KINDS = (
    ("the same notes as", "same notes as a held-out piece"),
    ("nearly the same as", "nearly the same as a held-out piece"),
    ("another version of it", "nearly the same as a held-out piece"),
    ("notes fit", "no notes that fit"),
    ("parts, not", "other number of parts"),
    ("the table calls its split", "other split in the table"),
    ("took longer than", "took too long"),
    ("too large", "too large"),
    ("it has more than", "too large"),
    ("has no notes", "no notes"),
    ("is empty", "empty file"),
    ("this folder", "folders that cannot be read"),
    ("not a MIDI file", "damaged, or not a MIDI file"),
)


def kind_of(why: str) -> str:
    """The kind of reason why a piece is left out."""
    return next((kind for words, kind in _KINDS if words in why), "cannot be read")


def report(corpus: Corpus, recipe: Recipe) -> dict[str, Any]:
    """What was found, for JSON; lengths are in hours, or in beats."""
    sizes = {"train": size_of(p.summary for p in corpus.train), "valid": size_of(p.summary for p in corpus.valid)}
    sizes["test"] = corpus.test_size or size_of(p.summary for p in corpus.test)
    whole = Size(*(sum(each) for each in zip(*sizes.values(), strict=True)))
    parts = Counter(len(piece.summary.lines) for piece in corpus.train + corpus.valid)
    return {
        "files": whole.pieces + len(corpus.skipped),
        **_told(whole, corpus.base),
        "parts": [part.name for part in recipe.vocabulary.parts],
        "parts_of_pieces": {str(count): pieces for count, pieces in sorted(parts.items())},
        "skipped": {"pieces": len(corpus.skipped), "why": _counted(kind_of(why) for _, why in corpus.skipped)},
        "guessed": len(corpus.guessed),
        "near_duplicates": len(corpus.alike),
        "splits": {split: _told(sizes[split], corpus.base) for split in SPLITS},
        "others": corpus.others,
        "notices": corpus.notices,
    }


def near_duplicates(corpus: Corpus) -> list[tuple[str, str, str]]:
    """(near-duplicate, the piece that it is like, what the first is used for: "" if it is skipped)."""
    used = {piece.key: USED_FOR[split] for split in SPLITS for piece in getattr(corpus, split)}
    used |= {key: "" for key, _ in corpus.skipped}
    # The test pieces are no longer there.
    return [(key, other, used.get(key, USED_FOR["test"])) for key, other in corpus.alike]


def _told(size: Size, base: TimeBase) -> dict[str, float]:
    length = {"hours": round(size.length / 3600, 3)} if base is TimeBase.SECONDS else {"beats": round(size.length)}
    return {"pieces": size.pieces, "notes": size.notes, **length}


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    """How often each kind occurs, the most frequent first."""
    return dict(Counter(kinds).most_common())


def table(found: dict[str, Any]) -> str:
    """`report` for a person: a line for each thing that there is."""
    parts = ", ".join(found["parts"])
    rows = [("found", _line(found)), ("parts", f"{len(found['parts']):>9,} {parts}")]
    rows += [(f"for {USED_FOR[split]}", _line(found["splits"][split])) for split in SPLITS]
    rows += [("near-duplicates", _pieces(found["near_duplicates"]))] if found["near_duplicates"] else []
    rows += [("guessed in", _pieces(found["guessed"]))] if found["guessed"] else []
    rows += [("skipped", f"{count:>9,} {why}") for why, count in found["skipped"]["why"].items()]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def _line(size: dict[str, Any]) -> str:
    length = f"{size['hours']:,.1f} hours" if "hours" in size else f"{size['beats']:,} beats"
    return f"{_pieces(size['pieces']):<16} {size['notes']:>14,} notes {length:>18}"


def _pieces(count: int) -> str:
    return f"{count:>9,} {'piece' if count == 1 else 'pieces'}"


def tell(corpus: Corpus, recipe: Recipe, run: Path, copy: Path | None = None) -> None:
    """Says what was found, and writes it to the run's folder. copy: another file for the JSON. Raises UsageError."""
    for name, why in corpus.skipped[:_NAMED]:
        print(f"skipped {name}: {why}", file=sys.stderr)
    if len(corpus.skipped) > _NAMED:
        print(f"skipped {len(corpus.skipped) - _NAMED} more, listed in {run / 'skipped.txt'}", file=sys.stderr)
    for others in corpus.others:
        print(f"not read, by their endings, in {others}", file=sys.stderr)
    if corpus.guessed:
        key, guess = corpus.guessed[0]
        files = counted(len(corpus.guessed), "file")
        print(f"something had to be guessed in {files}, as in {key}: {guess}", file=sys.stderr)
    for notice in corpus.notices:
        print(notice, file=sys.stderr)
    found = report(corpus, recipe)
    print(table(found), file=sys.stderr)
    run.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{name}: {why}\n" for name, why in corpus.skipped)
    write_atomic(run / "skipped.txt", lines.encode(errors="replace"))
    content = json.dumps(found, indent=1).encode()
    write_atomic(run / NAME, content)
    if copy:
        try:
            write_atomic(copy, content)
        except OSError as error:
            raise UsageError(f"{copy} cannot be written: {reason(error)}.") from error
