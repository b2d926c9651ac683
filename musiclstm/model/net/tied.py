"""The tied part of the pitch head: one small network that looks at every pitch from where that pitch stands.

What it is fed for a pitch p does not change when the whole music is transposed: which notes sound, ended and began an
octave up and down of p, how long p has sounded or been silent, whether it sounded or began so many beats ago, and how
much each pitch class, counted from p's, sounded of late (which is to say: where p stands in the key), and how far p is
from what each part played last. So what is learnt about one pitch holds for all (Johnson 2017, "Generating polyphonic
music using tied parallel networks"). The drums of a kit have nothing to do with those beside them: of them it sees only
age and past.

    score(p) = v·relu(M·relu(W·around(p) + age(p) + L·past(p) + K·classes(p) + leaps(p) + own(p) + G·hidden))

where `hidden` is the hidden layer of the ordinary pitch head, which knows the memory, the time and the part. The score
is added to the ordinary head's logit.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.context import AGES, LAGS, NO_PITCH, SPANS
from musiclstm.model.pitch_features import LEAP, LEAPS, PLANES, REACH, WINDOW
from musiclstm.music.vocabulary import Vocabulary


@dataclass(frozen=True)
class Seen:
    """What a tied head looks at, of N events.

    planes (N, PLANES, pitches) bool (None for a kit), age (N, pitches) int64: `model.around`. past (N, 2 · lags,
    pitches) bool: `Context.past` (None where it does not look back). classes (N, spans, 12): `Context.classes`.
    leaps (N, recent - 1 + parts, 2) int64: `Around.leaps`.
    """

    planes: Tensor | None
    age: Tensor
    past: Tensor | None
    classes: Tensor
    leaps: Tensor


class TiedHead(nn.Module):
    """Scores of pitches; width: of its two hidden layers, hidden: of what it is given, recent: of `Around.leaps`."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        hidden: int,
        width: int,
        *,
        past: bool = False,
        recent: int = 3,
        classes: bool = True,
        lines: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        pitch_classes = torch.arange(vocabulary.low, vocabulary.high + 1) % 12
        self.register_buffer("pitch_class", pitch_classes, persistent=False)
        # Row c: the classes from c upwards.
        self.register_buffer("turned", (torch.arange(12)[:, None] + torch.arange(12)) % 12, persistent=False)
        self.pitch_class: Tensor
        self.turned: Tensor
        tuned, parts = not vocabulary.percussive, len(vocabulary.parts)

        def rows(count: int, *, wanted: bool) -> nn.Parameter | None:
            return nn.Parameter(torch.randn(count, width) * 0.1) if wanted else None

        self.window = rows(PLANES * WINDOW, wanted=tuned)
        self.age = nn.Parameter(torch.randn(2 * AGES, width) * 0.1)
        self.past = rows(2 * len(LAGS), wanted=past)
        self.classes = rows(len(SPANS) * 12, wanted=classes and tuned)
        self.leaps = rows((recent - 1 + parts * parts) * LEAPS, wanted=lines and tuned)
        self.low = vocabulary.low
        self.own = nn.Parameter(torch.randn(vocabulary.pitches, width) * 0.1)
        self.given = nn.Linear(hidden, width)
        self.middle = nn.Linear(width, width)
        self.out = nn.Linear(width, 1, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, seen: Seen, allowed: Tensor) -> Tensor:
        """Scores (N, pitches), 0 where not allowed; hidden (N, hidden), allowed (N, pitches) bool."""
        which, pitch = allowed.nonzero(as_tuple=True)
        given = self.given(hidden)
        kind = given.dtype  # in training half precision will do, and moves less
        how_old = given.new_zeros(len(which), len(self.age)).scatter_(-1, seen.age[which, pitch, None], 1)
        facts: list[Tensor] = [how_old]
        weights: list[Tensor] = [self.age]
        if self.window is not None and seen.planes is not None:
            near = F.pad(seen.planes.to(kind), (REACH, REACH)).unfold(-1, WINDOW, 1)
            facts.append(near[which, :, pitch].flatten(1))
            weights.append(self.window)
        if self.past is not None and seen.past is not None:
            facts.append(seen.past.to(kind)[which, :, pitch])
            weights.append(self.past)
        # In place: what takes the time is not the products but fetching room for their sums.
        z = torch.cat(facts, -1) @ torch.cat(weights)
        z += given.index_select(0, which)
        z += F.embedding(pitch, self.own.to(kind))
        if self.classes is not None:
            from_each = seen.classes[:, :, self.turned].transpose(1, 2).flatten(2).to(kind) @ self.classes
            z += from_each.flatten(0, 1).index_select(0, which * 12 + self.pitch_class[pitch])
        if self.leaps is not None:
            z += F.embedding_bag(self.rows(seen, which, pitch), self.leaps.to(kind), mode="sum")
        if self.training and self.dropout.p:
            # One draw for all pitches of an event: it is one network, and the draws take longer than its products.
            z *= self.dropout(torch.ones_like(given)).index_select(0, which)
        z = self.middle(z.relu_())
        found = self.out(z.relu_()).float().squeeze(-1)
        return hidden.new_zeros(allowed.shape, dtype=torch.float32).masked_scatter(allowed, found)

    def rows(self, seen: Seen, which: Tensor, pitch: Tensor) -> Tensor:
        """Of pitches of events: the rows of `leaps` that apply, (M, recent - 1 + parts)."""
        table, last = seen.leaps.unbind(-1)
        leap = (pitch[:, None] + self.low - last[which]).clamp(-LEAP, LEAP) + LEAP
        return table[which] * LEAPS + leap.masked_fill((last == NO_PITCH)[which], LEAPS - 1)


def around(held: Tensor, age: Tensor, symbol: Tensor, *, tuned: bool) -> tuple[Tensor | None, Tensor]:
    """What a tied head looks at: planes (N, PLANES, pitches) bool, None if not tuned; age (N, pitches) int64.

    held (N, parts, pitches) bool, age (N, pitches) as of the event's time, symbol (N,) chosen.
    """
    parts = held.shape[-2]
    own = held[torch.arange(len(held), device=held.device), symbol % parts]
    sounds = held.any(-2)
    now = age == 0
    planes = torch.stack([own, sounds, now & ~sounds, now & sounds], -2) if tuned else None
    return planes, age.long() + AGES * own


def leaps(recent: Tensor, symbol: Tensor) -> Tensor:
    """`Around.leaps` of recent (N, parts, so many) and symbol (N,)."""
    _, parts, count = recent.shape
    part = symbol % parts
    pitches = torch.cat([recent[torch.arange(len(recent), device=recent.device), part, 1:], recent[:, :, 0]], -1)
    earlier = torch.arange(count - 1, device=recent.device).expand(len(recent), -1)
    last = count - 1 + (part * parts)[:, None] + torch.arange(parts, device=recent.device)
    return torch.stack([torch.cat([earlier, last], -1), pitches], -1)
