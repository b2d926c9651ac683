"""The tied part of the pitch head: one small network that looks at every pitch from where that pitch stands.

What it is fed for a pitch p does not change when the whole music is transposed: which notes sound, ended and began an
octave up and down of p, how long p has sounded or been silent, and whether it sounded or began so many beats ago. So
what is learnt about one pitch holds for all (Johnson 2017, "Generating polyphonic music using tied parallel networks").

    score(p) = v·relu(M·relu(W·around(p) + age(p) + L·past(p) + own(p) + G·hidden))

where `hidden` is the hidden layer of the ordinary pitch head, which knows the memory, the time and the part. The score
is added to the ordinary head's logit.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.features import PLANES, REACH, WINDOW
from musiclstm.music.context import AGES, LAGS


class TiedHead(nn.Module):
    """Scores of pitches; width: of its two hidden layers, hidden: of what it is given."""

    def __init__(self, pitches: int, hidden: int, width: int, *, past: bool = False) -> None:
        super().__init__()
        self.window = nn.Parameter(torch.randn(PLANES * WINDOW, width) * 0.1)
        self.age = nn.Parameter(torch.randn(2 * AGES, width) * 0.1)
        self.past = nn.Parameter(torch.randn(2 * len(LAGS), width) * 0.1) if past else None
        self.own = nn.Parameter(torch.randn(pitches, width) * 0.1)
        self.given = nn.Linear(hidden, width)
        self.middle = nn.Linear(width, width)
        self.out = nn.Linear(width, 1, bias=False)

    def forward(self, hidden: Tensor, planes: Tensor, age: Tensor, past: Tensor | None, allowed: Tensor) -> Tensor:
        """Scores (N, pitches), 0 where not allowed.

        hidden (N, hidden). planes (N, PLANES, pitches) bool, age (N, pitches) int64, past (N, 2 · lags, pitches) bool:
        `Features.around` and `Context.past`. allowed (N, pitches) bool: only these are reckoned.
        """
        which, pitch = allowed.nonzero(as_tuple=True)
        given = self.given(hidden)
        near = F.pad(planes, (REACH, REACH)).unfold(-1, WINDOW, 1)[which, :, pitch].flatten(1)
        z = near.to(given.dtype) @ self.window + given.index_select(0, which)
        z = z + F.embedding(age[which, pitch], self.age) + F.embedding(pitch, self.own)
        if self.past is not None and past is not None:
            z = z + past[which, :, pitch].to(given.dtype) @ self.past
        z = F.relu(self.middle(F.relu(z)))
        scores = torch.zeros(allowed.shape, dtype=torch.float32, device=hidden.device)
        return scores.masked_scatter(allowed, self.out(z).float().squeeze(-1))


def around(held: Tensor, age: Tensor, symbol: Tensor) -> tuple[Tensor, Tensor]:
    """What a tied head looks at: planes (N, PLANES, pitches) bool, age (N, pitches) int64.

    held (N, parts, pitches) bool, age (N, pitches) as of the event's time, symbol (N,) chosen.
    """
    parts = held.shape[-2]
    own = held[torch.arange(len(held), device=held.device), symbol % parts]
    sounds = held.any(-2)
    now = age == 0
    planes = torch.stack([own, sounds, now & ~sounds, now & sounds], -2)
    return planes, age.long() + AGES * own
