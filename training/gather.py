"""Gather: the options of `musiclstm train` -> a corpus, its recipe, and its stores."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from musiclstm.errors import CorpusError, UsageError, printable
from musiclstm.model.modelfile import ModelFile, open_model, open_single
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.paths import SIMILAR
from training import corpora
from training.corpora import Corpus, Listed
from training.further import for_few, further
from training.nearest import nearest
from training.proposal import corrected, parts_of
from training.reading import Count, Each, here, uncounted
from training.recipes import MEMORISABLE_NOTES, RECIPES, Recipe, for_summaries, passes_for
from training.splits import SPLITS, title_of
from training.store import Store, cached
from training.summary import same_notes, size_of

FEW = "These are few notes to learn from nothing."
BETTER = "Better begin with {name}, which plays similar music (--from {name})."
NONE = "No shipped model plays similar music; if you have one that does, begin with it (--from MODEL)."
_OTHERS = "Add others, or choose other parts (--parts, --like)."


def run_of(options: argparse.Namespace) -> Path:
    """The folder of this run."""
    run: Path = options.run or Path("runs") / options.output.stem
    return run


def parent_of(options: argparse.Namespace, count: Count = uncounted, each: Each = here) -> ModelFile | None:
    """The model to train further; None to begin from nothing. Raises UsageError, ModelError.

    In place of `SIMILAR`, for which the corpus is read, the options then name what was found. count, each: see
    `survey`. Raises CorpusError if there is nothing to train on.
    """
    if options.model is None:
        return None
    if options.like or options.seconds:
        raise UsageError("--from goes on with a model as it is; leave out --like and --seconds.")
    if options.cell or options.layers or options.units:
        raise UsageError("With --from the network has the sizes of that model; leave out --cell, --layers and --units.")
    if options.model == SIMILAR:
        corpus = corpora.load(options.corpus, folder=run_of(options), count=count, each=each)
        options.model = _nearest(corpus) or None
    return open_single(options.model) if options.model is not None else None


def _nearest(corpus: Corpus) -> str:
    return nearest([piece.summary for piece in corpus.train + corpus.valid])


def teachers_of(options: argparse.Namespace, vocabulary: Vocabulary) -> list[ModelFile]:
    """The models to learn from. Raises UsageError, ModelError."""
    teachers = [open_model(each) for each in options.teacher]
    for each in teachers:
        if each.members or each.vocabulary != vocabulary:
            raise UsageError(f"{each.title} cannot teach this model: its parts, grid or range are others.")
    return teachers


def gather(
    options: argparse.Namespace, count: Count = uncounted, each: Each = here, parent: ModelFile | None = None
) -> tuple[Corpus, Recipe]:
    """Reads the corpus and chooses the recipe. Returns the pieces that fit it, without the test pieces.

    count, each: see `survey`. parent: `parent_of` the options, if it is open already. Raises CorpusError if there is
    nothing to train on, and what `parent_of` raises.
    """
    parent = parent or parent_of(options, count, each)
    parts, grid = _corrections(options)
    title = title_of(options.output)
    recipe = further(parent, title) if parent else RECIPES[options.like] if options.like else None
    base = recipe.vocabulary.base if recipe else TimeBase.SECONDS if options.seconds else TimeBase.BEATS
    corpus = corpora.load(options.corpus, base, with_test=True, folder=run_of(options), count=count, each=each)
    if recipe is None:
        proposed = for_summaries(title, [piece.summary for piece in corpus.train + corpus.valid])
        recipe = corrected(proposed, parts, grid)
    elif parent and sum(piece.summary.notes for piece in corpus.train) < MEMORISABLE_NOTES:
        recipe = for_few(recipe)
    config = replace(recipe.config, **_given(options, "cell", "layers", "units", "dropout"))
    recipe = replace(recipe, config=config)
    if options.chords:
        if not recipe.config.tied or all(part.percussive for part in recipe.vocabulary.parts):
            raise UsageError("--chords is for networks that know which pitches are related: not for drums.")
        recipe = replace(recipe, config=replace(recipe.config, chords=True))
    recipe = replace(recipe, **_given(options, "lanes", "window", "rate"))
    for split in SPLITS:
        setattr(corpus, split, fitting(getattr(corpus, split), recipe, corpus.skipped))
    # The pieces that do not fit may have been all of a split.
    vocabulary = recipe.vocabulary
    corpora.balance(corpus, lambda piece: same_notes(next(corpus.fitted([piece], vocabulary))))
    if not corpus.train:
        what = ", ".join(printable(name) for name in options.corpus)
        key, why = corpus.skipped[-1]
        raise CorpusError(
            f"There is nothing to train on in {what}: none of its training pieces fit, such as {key}: {why}. {_OTHERS}"
        )
    if options.like:  # its recipe has no limit, because a shipped model's own corpus is large
        recipe = replace(recipe, passes=passes_for(sum(each.summary.notes for each in corpus.train + corpus.valid)))
    if recipe.passes is not None:
        name = _nearest(corpus)
        corpus.notices.append(f"{FEW} {BETTER.format(name=name) if name else NONE}")
    corpus.test_size = size_of(piece.summary for piece in corpus.test)
    corpus.test.clear()
    return corpus, recipe


def _corrections(options: argparse.Namespace) -> tuple[tuple[Part, ...] | None, int | None]:
    """The parts and the grid that the options name. Raises UsageError."""
    if (options.parts is not None or options.grid is not None) and (options.model or options.like):
        raise UsageError("--from and --like bring their own parts and grid; leave out --parts and --grid.")
    if options.like and options.seconds:
        raise UsageError("--like counts time as that model does; leave out --seconds.")
    return None if options.parts is None else parts_of(options.parts), options.grid


def _given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The values of those of these options that were given."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def fitting(pieces: list[Listed], recipe: Recipe, skipped: list[tuple[str, str]]) -> list[Listed]:
    """The pieces that fit; the others are added to `skipped`."""
    found: list[Listed] = []
    for piece in pieces:
        if why := recipe.misfit(piece.summary):
            skipped.append((piece.key, why))
        else:
            found.append(piece)
    return found


def stores(run: Path, corpus: Corpus, recipe: Recipe, each: Each = here) -> tuple[Store, Store | None]:
    """Stores of the pieces to train on and to validate on, saved in this folder; pieces left out become `skipped`.

    each: who reads the pieces. Raises CorpusError if there is nothing to train on.
    """

    def stored(split: str, pieces: list[Listed], openings: int) -> Store:
        sources = [(piece.key, piece.source) for piece in pieces]
        store = cached(run, split, sources, recipe.vocabulary, next_piece_events=openings, each=each)
        corpus.skipped += store.skipped
        gone = {key for key, _ in store.skipped}
        pieces[:] = [piece for piece in pieces if piece.key not in gone]
        return store

    train = stored("train", corpus.train, recipe.next_piece_events)
    valid = stored("valid", corpus.valid, 0) if corpus.valid else None
    if not train.pieces:
        key, why = train.skipped[0]
        raise CorpusError(
            f"There is nothing to train on: no training piece can be used, such as {key}: {why}. {_OTHERS}"
        )
    return train, valid if valid and valid.pieces else None


def held_out(options: argparse.Namespace, *, openings: bool = True) -> tuple[Recipe, Store, Store]:
    """Recipe, training store and validation store, for comparisons that mean nothing without validation pieces.

    openings: whether a training piece is followed by the opening of another. Raises CorpusError.
    """
    corpus, recipe = gather(options)
    if not openings:
        recipe = replace(recipe, next_piece_events=0)
    train, valid = stores(run_of(options), corpus, recipe)
    if valid is None:
        raise CorpusError("The corpus needs both training and validation pieces.")
    return recipe, train, valid
