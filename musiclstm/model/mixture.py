"""Mixture: a model whose weights lie anywhere between its own and those of its parent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from musiclstm import paths
from musiclstm.errors import ModelError
from musiclstm.model.arrays import between
from musiclstm.model.matrices import MixedMatrix
from musiclstm.model.modelfile import ModelFile, open_model


@dataclass(frozen=True)
class Mixture(ModelFile):
    """The model `whole`, but with weights between the parent's (`learnt` 0) and its own (1).

    At 0 and 1 it computes exactly what the parent and `whole` do. Sessions of one mixture share its weights.
    """

    whole: ModelFile = field(kw_only=True)
    mixed: list[float] = field(default_factory=lambda: [1.0])  # `learnt`, the only thing about it that changes

    @property
    def learnt(self) -> float:
        return self.mixed[0]

    def mix(self, learnt: float) -> None:
        """Changes `learnt`, in a millisecond or two. Raises ModelError for anything but 0..1."""
        if not 0 <= learnt <= 1:
            raise ModelError(f"A share of what was learnt is 0 to 1, not {learnt!r}.")
        if learnt == self.learnt or self.parent is None:
            return
        self.mixed[0] = learnt
        for matrix in self._mixed_matrices:
            matrix.learnt = learnt
        before, after = self.parent, self.whole
        between(before.tables["input"], after.tables["input"], learnt, self.tables["input"])
        for index, head in enumerate(self.heads):
            head.mix(before.heads[index], after.heads[index], learnt)
        if self.tied_head is not None and before.tied_head is not None and after.tied_head is not None:
            self.tied_head.mix(before.tied_head, after.tied_head, learnt)

    @cached_property
    def _mixed_matrices(self) -> list[MixedMatrix]:
        return [matrix for matrix in self.matrices if isinstance(matrix, MixedMatrix)]


def mixture(parent: ModelFile, model: ModelFile) -> Mixture:
    """The model mixed with its parent. Raises ModelError unless the two are related."""
    if not model.is_related_to(parent):
        raise ModelError(f"{model.title} and {parent.title} cannot be mixed: neither has learnt from the other.")
    own = {each: getattr(model, each) for each in ModelFile.__dataclass_fields__}
    own |= {
        "matrices": [MixedMatrix(*pair) for pair in zip(parent.matrices, model.matrices, strict=True)],
        "tables": {name: table.copy() for name, table in model.tables.items()},
        "parent": parent,
    }
    return Mixture(**own, whole=model)


def open_with_parent(name: str | Path) -> ModelFile:
    """Opens a model. One that was trained further from an installed one becomes a Mixture, which takes 50 ms more."""
    model = open_model(name)
    if model.members:
        return replace(model, members=tuple(_with_parent(each) for each in model.members))
    return _with_parent(model)


def _with_parent(model: ModelFile) -> ModelFile:
    parent = next(_parents(model), None)
    return model if parent is None else mixture(parent, model)


def _parents(model: ModelFile) -> Iterator[ModelFile]:
    """The installed models from which this one was trained further, the nearest first."""
    if not model.parents:
        return
    there = {_fingerprint(path): path for path in paths.model_files()}
    for fingerprint in reversed(model.parents):
        if fingerprint in there:
            try:
                parent = open_model(there[fingerprint])
            except ModelError:
                continue
            if model.is_related_to(parent):
                yield parent


def _fingerprint(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        return ""
