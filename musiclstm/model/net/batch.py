"""Batch: a window of every training lane as tensors; and the masks of what may come next."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from musiclstm.music.vocabulary import Vocabulary


@dataclass(frozen=True)
class Batch:
    """A window of every lane; B lanes, T events, P parts.

    event, previous: (B, T, 4) int64, `event_fields` of the event to predict and of the one before it.
    timing, timing_before: (B, T, n) int64, `timing_features` at the event and at the one before.
    held: (B, T, P, pitches) bool, what sounds before the event.
    echoes: (B, T, echoes, 5) int64, `EchoFeatures.expected` before the event; melody: (B, T, 5) int64, the last of them
        once the part is chosen (`EchoFeatures.with_melody`).
    velocities: (B, T, n) int64, `related_velocities` of an ON.
    pitch_classes: (B, T, spans + blocks, 12) float32, `Context.pitch_classes` at the event, then `chord_features`,
        which are 0 where no chord is told.
    real: (B, T) bool, False where padded. begins: (B,) bool, lanes in which a piece begins with this window.
    recent: (B, T, P, RECENT_PITCHES) int64, `Context.recent_pitches` before the event.
    age: (B, T, pitches) uint8, age bins of the pitches at the event; past: (B, T, 2 · lags, pitches) bool,
        `PitchFeatures.past` (None: no tied head needs them).
    """

    event: Tensor
    previous: Tensor
    timing: Tensor
    timing_before: Tensor
    held: Tensor
    echoes: Tensor
    melody: Tensor
    velocities: Tensor
    pitch_classes: Tensor
    real: Tensor
    begins: Tensor
    recent: Tensor
    age: Tensor | None = None
    past: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """The same on another device. Does not wait until it has arrived there."""
        if device == self.event.device:
            return self
        moved: dict[str, Any] = {}
        for name in (field.name for field in fields(self)):
            tensor: Tensor | None = getattr(self, name)
            moved[name] = None if tensor is None else tensor.to(device, non_blocking=True)
        return Batch(**moved)


@dataclass(frozen=True)
class Masks:
    """What may come next, all bool. now: (B, T), whether anything at the same tick. symbol: (B, T, symbols).

    pitch: (B, T, pitches).
    """

    now: Tensor
    symbol: Tensor
    pitch: Tensor


def masks(vocabulary: Vocabulary, held: Tensor, previous: Tensor, event: Tensor) -> Masks:
    """The rules of `pitch_sets.sets_after`, given the event's time and symbol."""
    parts, pitches = len(vocabulary.parts), vocabulary.pitches
    percussive = torch.tensor([part.percussive for part in vocabulary.parts], device=held.device)[:, None]
    # (B, T, symbols, pitches), OFFs then ONs, as symbols are numbered.
    base = torch.cat([held & ~percussive, ~held | percussive], dim=-2)
    symbols = torch.arange(2 * parts, device=held.device)
    last_symbol, last_pitch = previous[..., 1, None], previous[..., 2, None]
    above = torch.arange(pitches, device=held.device) > last_pitch
    rest = (base & above[..., None, :]).any(-1)  # something is left above the last pitch
    anyway = base.any(-1)
    started = last_symbol < vocabulary.symbols  # an ON or OFF happened at this very tick
    ordered = torch.where(symbols == last_symbol, rest, anyway & (symbols > last_symbol))
    at_once = torch.where(started, ordered, anyway)
    simultaneous = event[..., 0, None] == 0
    symbol = torch.where(simultaneous, at_once, anyway)
    chosen = event[..., 1].clamp(max=vocabulary.symbols - 1)
    pitch = base.gather(-2, chosen[..., None, None].expand(*chosen.shape, 1, pitches)).squeeze(-2)
    same = simultaneous & started & (chosen[..., None] == last_symbol)
    return Masks(~started[..., 0] | at_once.any(-1), symbol, torch.where(same, pitch & above, pitch))
