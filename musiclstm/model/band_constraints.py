"""A player's constraints: its share of the band's, relative to its model's defaults, and what it hears."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from musiclstm.model.band_guide import Around, PlayerEar, PlayerGuide
from musiclstm.model.band_parts import Share
from musiclstm.model.constraints import BY_PLAYER, Constraints
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.played_chords import PlayedNotes
from musiclstm.model.sampling import FieldSampling


def own_constraints(
    constraints: Constraints,
    number: int,
    share: Share,
    member: ModelFile,
    around: Callable[[], Around],
    played_by: Callable[[int], PlayedNotes],
) -> Constraints:
    """The constraints of player `number`, for as long as the band's do not change.

    member: the player's model. What it hears is asked for with each event: around() is what is around it now,
    played_by(n) what player n has played.
    """
    mine = constraints
    if constraints.players is not None:
        mine = replace(mine, **{name: getattr(constraints.players[number], name) for name in BY_PLAYER})
    hearing, own = mine.hearing, suited(share.of(mine), member.defaults)
    follows = mine.follows
    leads = follows is not None and follows.player == number
    # The player that leads is free: if it heard those that follow it, none would ever leave the chord.
    harmony = 0.0 if share.percussive or leads else hearing.harmony
    follows = None if leads else follows
    if mine.guide is not None or harmony or follows is not None:
        played = partial(played_by, number if follows is None else follows.player)
        guide = PlayerGuide(mine.guide, around, share.scale, share.first, harmony, follows, played)
        own = replace(own, guide=guide)
    if hearing.density or hearing.onsets or hearing.loudness:
        own = replace(own, ear=PlayerEar(around, member.vocabulary, share.scale, hearing))
    return own


def suited(constraints: Constraints, defaults: Mapping[str, Any]) -> Constraints:
    """The constraints relative to a model's defaults: its temperatures are factors, its top-p and polyphony limits."""

    def sampling(name: str, common: FieldSampling) -> FieldSampling:
        temperature, top_p = defaults.get(f"{name}.temperature", 1.0), defaults.get(f"{name}.top_p", 1.0)
        return FieldSampling(common.temperature * temperature, min(common.top_p, top_p))

    limits = [limit for limit in (constraints.polyphony, defaults.get("polyphony")) if limit is not None]
    return replace(
        constraints,
        time=sampling("time", constraints.time),
        pitch=sampling("pitch", constraints.pitch),
        velocity=sampling("velocity", constraints.velocity),
        polyphony=min(limits, default=None),
    )
