"""Branches: several ways to go on from one moment, each with a session and random numbers of its own.

Where they are compared on the way, they are the particles of a filter: heavy ones go on more often, light ones not at
all (Doucet and Johansen 2009, "A tutorial on particle filtering and smoothing").
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import numpy as np

from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot


def moved(session: Session, here: Snapshot, seed: int | None) -> Session:
    """The session, restored to a snapshot. seed: for its random numbers from there on; None keeps the snapshot's."""
    session.restore(here)
    if seed is not None:
        session.reseed(seed)
    return session


def resampled(nats: Sequence[float], dice: np.random.Generator) -> list[int] | None:
    """For each branch the index of the one that replaces it, given their costs in nats; None if all stay.

    All stay while their effective sample size is more than half their number; below it, resampling is systematic.
    """
    least = min(nats)
    weights = np.array([exp(least - each) for each in nats])
    weights /= weights.sum()
    if 1 / (weights**2).sum() > len(nats) / 2:
        return None
    places = (np.arange(len(nats)) + dice.random()) / len(nats)
    chosen: list[int] = np.minimum(np.searchsorted(np.cumsum(weights), places), len(nats) - 1).tolist()
    return chosen
