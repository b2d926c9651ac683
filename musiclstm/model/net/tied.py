"""The tied part of the pitch head: one small network applied to every pitch, with inputs relative to that pitch.

Its inputs for a pitch p do not change when the whole music is transposed: which notes up to an octave above and below p
sound, just ended or just started; how long p has sounded or been silent; whether it sounded or started so many beats
ago; how much each pitch class, counted from p's, has sounded lately (hence, p's place in the key); and the interval
from the last notes of each part to p. So what is learnt about one pitch holds for all (Johnson 2017, "Generating
polyphonic music using tied parallel networks"). The neighbours of a drum mean nothing: a drum kit's tied head receives
only age and past.

    score(p) = v·relu(M·relu(W·window(p) + age(p) + L·past(p) + K·classes(p) + intervals(p) + own(p) + G·hidden))

where `hidden` is the hidden layer of the ordinary pitch head, which depends on the LSTM's state, the time and the part.
The score is added to the ordinary head's logit.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.features.chords import CHORD_BLOCKS
from musiclstm.model.features.pitches import AGES, INTERVALS, MAX_INTERVAL, PLANES, REACH, WINDOW
from musiclstm.model.net.dropout import Dropout
from musiclstm.model.net.rows import sum_of_rows
from musiclstm.model.sizes import LAGS, NO_PITCH, SPANS
from musiclstm.music.vocabulary import Vocabulary


@dataclass(frozen=True)
class PitchInputs:
    """What a tied head receives, for N events; see `model.features.pitches.PitchFeatures`.

    planes: (N, PLANES, pitches) bool, None for a drum kit. age: (N, pitches) int64. past: (N, 2 · lags, pitches) bool,
    None where it is not used. pitch_classes: (N, spans + blocks, 12), the last of them the `chord_features`, which
    a network that knows no chords does not receive. references: (N, recent - 1 + parts, 2) int64.
    """

    planes: Tensor | None
    age: Tensor
    past: Tensor | None
    pitch_classes: Tensor
    references: Tensor


class TiedHead(nn.Module):
    """Scores of pitches.

    hidden: width of the ordinary head's hidden layer. width: of its own two hidden layers. past, classes, lines:
    whether it receives the past, the pitch classes, the intervals. chords: whether it receives, with the pitch classes,
    the chord that somebody has named. recent: see `PitchFeatures`.
    """

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
        chords: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        pitch_classes = torch.arange(vocabulary.low, vocabulary.high + 1) % 12
        self.register_buffer("pitch_class", pitch_classes, persistent=False)
        # Row c: the pitch classes from c upwards.
        self.register_buffer("rotations", (torch.arange(12)[:, None] + torch.arange(12)) % 12, persistent=False)
        self.pitch_class: Tensor
        self.rotations: Tensor
        tuned, parts = not vocabulary.percussive, len(vocabulary.parts)

        # The names of the parameters are part of the model file's format; `leaps` are the intervals.
        def rows(count: int, *, used: bool) -> nn.Parameter | None:
            return nn.Parameter(torch.randn(count, width) * 0.1) if used else None

        self.window = rows(PLANES * WINDOW, used=tuned)
        self.age = nn.Parameter(torch.randn(2 * AGES, width) * 0.1)
        self.past = rows(2 * len(LAGS), used=past)
        self.classes = rows(len(SPANS) * 12, used=classes and tuned)
        self.chords = rows(len(CHORD_BLOCKS) * 12, used=chords and classes and tuned)
        self.leaps = rows((recent - 1 + parts * parts) * INTERVALS, used=lines and tuned)
        self.low = vocabulary.low
        self.own = nn.Parameter(torch.randn(vocabulary.pitches, width) * 0.1)
        self.given = nn.Linear(hidden, width)
        self.middle = nn.Linear(width, width)
        self.out = nn.Linear(width, 1, bias=False)
        self.dropout = Dropout(dropout)

    def forward(self, hidden: Tensor, inputs: PitchInputs, allowed: Tensor) -> Tensor:
        """Scores (N, pitches), 0 where not allowed; hidden (N, hidden), allowed (N, pitches) bool."""
        if self.window is None or inputs.planes is None:
            return self.of_all_pitches(hidden, inputs) * allowed
        which, pitch = allowed.nonzero(as_tuple=True)
        given = self.given(hidden)
        kind = given.dtype  # half precision is enough in training, and moves less memory
        one_hot_age = given.new_zeros(len(which), len(self.age)).scatter_(-1, inputs.age[which, pitch, None], 1)
        neighbours = F.pad(inputs.planes.to(kind), (REACH, REACH)).unfold(-1, WINDOW, 1)
        columns: list[Tensor] = [one_hot_age, neighbours[which, :, pitch].flatten(1)]
        weights: list[Tensor] = [self.age, self.window]
        if self.past is not None and inputs.past is not None:
            columns.append(inputs.past.to(kind)[which, :, pitch])
            weights.append(self.past)
        # In place: allocating memory for the sums takes longer than the products.
        z = torch.cat(columns, -1) @ torch.cat(weights)
        z += given.index_select(0, which)
        # These tables' gradients are sums over many pitches, which lose most of their terms in half precision.
        z += F.embedding(pitch, self.own)
        if self.classes is not None:
            table = self.classes if self.chords is None else torch.cat([self.classes, self.chords])
            received = inputs.pitch_classes[:, : len(table) // 12]
            rotated = received[:, :, self.rotations].transpose(1, 2).flatten(2).to(kind) @ table
            z += rotated.flatten(0, 1).index_select(0, which * 12 + self.pitch_class[pitch])
        if self.leaps is not None:
            z += sum_of_rows(self.interval_rows(inputs, which, pitch), self.leaps)
        if self.training and self.dropout.p:
            # One mask for all pitches of an event: it is one network, and sampling takes longer than its products.
            z *= self.dropout(torch.ones_like(given)).index_select(0, which)
        z = self.middle(z.relu_())
        scores = self.out(z.relu_()).float().squeeze(-1)
        return hidden.new_zeros(allowed.shape, dtype=torch.float32).index_put((which, pitch), scores)

    def of_all_pitches(self, hidden: Tensor, inputs: PitchInputs) -> Tensor:
        """Scores (N, pitches) for a drum kit: most are allowed, and picking those out takes longer than scoring all."""
        given = self.given(hidden)
        kind = given.dtype
        columns = given.new_zeros(*inputs.age.shape, len(self.age)).scatter_(-1, inputs.age[..., None], 1)
        weights: Tensor = self.age
        if self.past is not None and inputs.past is not None:
            columns = torch.cat([columns, inputs.past.transpose(1, 2).to(kind)], -1)
            weights = torch.cat([weights, self.past])
        z = columns @ weights
        z += given[:, None]
        z += self.own.to(kind)  # its gradient is a sum along one dimension, which PyTorch adds up in single precision
        if self.training and self.dropout.p:
            z *= self.dropout(torch.ones_like(given))[:, None]
        z = self.middle(z.relu_())
        scores: Tensor = self.out(z.relu_()).float().squeeze(-1)
        return scores

    def interval_rows(self, inputs: PitchInputs, which: Tensor, pitch: Tensor) -> Tensor:
        """The rows of `leaps` that apply, (M, recent - 1 + parts). which, pitch: (M,), an event and a pitch each."""
        table, reference = inputs.references.unbind(-1)
        interval = (pitch[:, None] + self.low - reference[which]).clamp(-MAX_INTERVAL, MAX_INTERVAL) + MAX_INTERVAL
        return table[which] * INTERVALS + interval.masked_fill((reference == NO_PITCH)[which], INTERVALS - 1)


def planes_and_ages(held: Tensor, age: Tensor, symbol: Tensor, *, tuned: bool) -> tuple[Tensor | None, Tensor]:
    """`PitchInputs.planes` (None if not tuned) and `PitchInputs.age`.

    held: (N, parts, pitches) bool. age: (N, pitches), the age bins at the event's time. symbol: (N,), the event's.
    """
    parts = held.shape[-2]
    own = held[torch.arange(len(held), device=held.device), symbol % parts]
    sounds = held.any(-2)
    now = age == 0
    planes = torch.stack([own, sounds, now & ~sounds, now & sounds], -2) if tuned else None
    return planes, age.long() + AGES * own


def references(recent: Tensor, symbol: Tensor) -> Tensor:
    """`PitchInputs.references`, from recent pitches (N, parts, recent) and the events' symbols (N,)."""
    _, parts, count = recent.shape
    part = symbol % parts
    pitches = torch.cat([recent[torch.arange(len(recent), device=recent.device), part, 1:], recent[:, :, 0]], -1)
    earlier = torch.arange(count - 1, device=recent.device).expand(len(recent), -1)
    last = count - 1 + (part * parts)[:, None] + torch.arange(parts, device=recent.device)
    return torch.stack([torch.cat([earlier, last], -1), pitches], -1)
