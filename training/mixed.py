"""Mixed: two models with the same network -> a model between them, by linear interpolation of their weights."""

from __future__ import annotations

from pathlib import Path

import torch

from musiclstm.errors import ModelError
from musiclstm.model.modelfile import open_single
from musiclstm.model.net.export import export
from musiclstm.model.net.restored import network_of
from training.splits import title_of


def mix(before: str | Path, learnt: str | Path, share: float, path: Path) -> None:
    """Writes a model between two, of which one was trained further from the other, or both from a third.

    share: from 0 (the weights of `before`) to 1 (those of `learnt`). All else, such as control defaults, is taken from
    `learnt`. Takes a second or two. Raises ModelError.
    """
    one, other = open_single(before), open_single(learnt)
    if one.fingerprint == other.fingerprint:
        raise ModelError(
            f"{before} and {learnt} are the same model. Mix a model with one that musiclstm learn made of it."
        )
    if not one.is_related_to(other):
        raise ModelError(
            f"{before} and {learnt} cannot be mixed: neither has learnt from the other. Mix a model with one "
            f"that musiclstm learn made of it."
        )
    network, target = network_of(one), network_of(other)
    with torch.no_grad():
        for weight, aim in zip(network.parameters(), target.parameters(), strict=True):
            weight.lerp_(aim, share)
    mixed = f"{1 - share:.0%} {one.title} ({one.fingerprint}), {share:.0%} {other.title} ({other.fingerprint})"
    export(network, path, title=title_of(path), card={**other.card, "mixed": mixed}, defaults=other.defaults)
