"""MusicLSTM: the network, whole, in torch. Training uses it; the live instrument runs its export.

One step reads an event and what follows from the events so far, and says what comes next:

    x   = sum of the rows of a table: the event's fields, its place in time, every sounding note
    h   = L layers of LSTM (Hochreiter and Schmidhuber 1997; with the forget gate of Gers et al. 2000), each

              f = σ(W_f·[h, x] + b_f)        what of the memory is kept
              i = σ(W_i·[h, x] + b_i)        what of the new is let in
              o = σ(W_o·[h, x] + b_o)        what of the memory is shown
              C̃ = tanh(W_C·[h, x] + b_C)     the new
              C ← f ⊙ C + i ⊙ C̃              the memory: a sum, so the gradient reaches far back
              h ← o ⊙ tanh(C)

    then one field of the next event after another, each seeing those already chosen:
    P(event) = P(time) · P(kind and part | time) · P(pitch | time, symbol) · P(velocity | time, symbol, pitch)
    field    = softmax over what is possible of  V·relu(P·h + sum of rows of the field's own table)

to which are added: for the pitch, what one small network makes of the notes around each (`tied`); for whatever came the
last time the music went as it goes now, and what is near it, a number (`Head.logits`).

Impossible events (an end for a silent note) take no probability: `masks` gives the rules of `music.context.Context` for
whole batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.features import BAR, ECHO_GROUPS, FIELDS, GIVEN, READ, Features
from musiclstm.model.net.heads import Head, Table
from musiclstm.model.net.tied import Seen, TiedHead, around, leaps
from musiclstm.music.event import Kind
from musiclstm.music.vocabulary import Vocabulary


@dataclass(frozen=True)
class ModelConfig:
    """Sizes and regularisation; saved in every checkpoint and model file.

    cell: lstm | gru | rnn (the last two to compare with; only an lstm is exported). embedding: width of x.
    head: width of each field's hidden layer. echoes: how many of `ECHO_GROUPS` it knows at most. tied: width of the
    pitch head's tied part, 0 for none; past: whether that looks back (music in beats only); recent: from how many of
    its part's last beginnings it measures (at most `RECENT`); classes: whether it knows the pitch classes of late;
    lines: whether it knows what began last in each part. dropout: of the outputs of every layer; input_dropout: of x;
    weight_drop: of the recurrent matrices; head_dropout: of the hidden layers of the heads.
    """

    cell: str = "lstm"
    layers: int = 1
    units: int = 512
    embedding: int = 256
    head: int = 192
    tied: int = 0
    past: bool = False
    recent: int = 3
    echoes: int = 3
    classes: bool = True
    lines: bool = True
    dropout: float = 0.4
    input_dropout: float = 0.2
    weight_drop: float = 0.0
    head_dropout: float = 0.2

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class LSTMState:
    """h and C, each (layers, lanes, units). Without a C for gru and rnn."""

    h: Tensor
    c: Tensor | None

    def carried(self) -> LSTMState:
        """To the next window: without its gradient, in single precision."""
        return LSTMState(self.h.detach().float(), None if self.c is None else self.c.detach().float())

    def zeroed(self, lanes: Tensor) -> LSTMState:
        """With zeros in the lanes (bool, (lanes,)) where a new piece begins."""
        keep = (~lanes).to(self.h.dtype)[None, :, None]
        return LSTMState(self.h * keep, None if self.c is None else self.c * keep)


@dataclass(frozen=True)
class Batch:
    """A window of every lane; B lanes, T events, P parts.

    event, previous: (B, T, 4) int64, fields of the event to come and of the one before it (indices of `Features`).
    place, place_before: (B, T, n) int64, `Features.place` at the event and at the one before.
    held: (B, T, P, pitches) bool, what sounds before the event.
    echo: (B, T, echoes, 5) int64, `Features.echo` before it; tune: (B, T, 5) int64, its last once the part is chosen
    (`Features.of_part`).
    touch: (B, T, n) int64, `Features.touch` of an ON. classes: (B, T, spans, 12) float32, `Context.classes` at the
    event. real: (B, T) bool, False where padded.
    begins: (B,) bool, lanes in which a piece begins with this window. recent: (B, T, P, RECENT) int64,
    `Context.recent` before the event.
    age: (B, T, pitches) uint8, `Context.ages` at the event; past: (B, T, 2 · lags, pitches) bool, `Context.past`
    (None: no tied head needs them).
    """

    event: Tensor
    previous: Tensor
    place: Tensor
    place_before: Tensor
    held: Tensor
    echo: Tensor
    tune: Tensor
    touch: Tensor
    classes: Tensor
    real: Tensor
    begins: Tensor
    recent: Tensor
    age: Tensor | None = None
    past: Tensor | None = None


@dataclass(frozen=True)
class Masks:
    """What may come next: now (B, T) whether at the same tick; symbol (B, T, symbols); pitch (B, T, pitches)."""

    now: Tensor
    symbol: Tensor
    pitch: Tensor


def masks(vocabulary: Vocabulary, held: Tensor, previous: Tensor, event: Tensor) -> Masks:
    """The rules of `Context.pitch_mask`, `symbol_mask` and `now_is_possible`, given the event's time and symbol."""
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


class MusicLSTM(nn.Module):
    """See the module's docstring. `vocabulary` fixes the sizes of tables and heads."""

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.config, self.vocabulary = config, vocabulary
        self.features = features = Features(vocabulary)
        self.input = Table(features, config.embedding, READ)
        kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[config.cell]
        between = config.dropout if config.layers > 1 else 0.0
        self.cell = kind(config.embedding, config.units, config.layers, batch_first=True, dropout=between)
        if config.cell == "lstm":
            with torch.no_grad():  # remember by default (Jozefowicz et al. 2015)
                for layer in range(config.layers):
                    getattr(self.cell, f"bias_hh_l{layer}")[config.units : 2 * config.units] = 1.0
        choices = (vocabulary.times, vocabulary.symbols, vocabulary.pitches, vocabulary.velocities)
        sizes: dict[str, Any] = {"units": config.units, "width": config.head, "echoes": config.echoes}
        sizes["dropout"] = config.head_dropout
        heads = {n: Head(features, n, c, **sizes) for n, c in zip(FIELDS, choices, strict=True)}
        self.heads = nn.ModuleDict(heads)
        v = vocabulary
        how: dict[str, Any] = {name: getattr(config, name) for name in ("past", "recent", "classes", "lines")}
        how["dropout"] = config.head_dropout
        self.tied = TiedHead(v, config.head, config.tied, **how) if config.tied else None
        self.input_dropout, self.dropout = nn.Dropout(config.input_dropout), nn.Dropout(config.dropout)

    def start(self, lanes: int) -> LSTMState:
        """The empty memory."""
        weight = self.input.weight
        h = weight.new_zeros(self.config.layers, lanes, self.config.units)
        return LSTMState(h, torch.zeros_like(h) if self.config.cell == "lstm" else None)

    # ---- the LSTM ------------------------------------------------------------------------------------------------

    def run(self, x: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """Whole windows at once, x (B, T, embedding) -> h of the last layer (B, T, units) and the state after."""
        if state.c is None:
            h, last = self.call(x, state.h)
            return h, LSTMState(last, None)
        h, (last, c) = self.call(x, (state.h, state.c))
        return h, LSTMState(last, c)

    def call(self, *inputs: Any) -> Any:
        """The LSTM, in training with some of its recurrent weights dropped for the window (Merity et al. 2018)."""
        if not (self.training and self.config.weight_drop):
            return self.cell(*inputs)
        dropped = {
            name: F.dropout(weight, self.config.weight_drop) if name.startswith("weight_hh") else weight
            for name, weight in self.cell.named_parameters()
        }
        return torch.func.functional_call(self.cell, dropped, inputs)

    def step(self, x: Tensor, state: LSTMState) -> tuple[LSTMState, Tensor]:
        """One event, x (B, embedding), by the equations above on the same weights (lstm only).

        Returns the state and the gates (layers, 3, B, units): forget, input, output.
        """
        if state.c is None:
            raise ValueError("only an lstm has a step of its own")
        hidden, memory, gates = [], [], []
        for layer in range(self.config.layers):
            w_x, w_h, b_x, b_h = (getattr(self.cell, f"{n}_l{layer}") for n in WEIGHTS)
            z = torch.cat([state.h[layer], x], -1) @ torch.cat([w_h, w_x], 1).T + b_x + b_h  # W·[h, x] + b
            z_i, z_f, z_c, z_o = z.chunk(4, -1)  # the order in which torch keeps them
            f, i, o = torch.sigmoid(z_f), torch.sigmoid(z_i), torch.sigmoid(z_o)
            c = f * state.c[layer] + i * torch.tanh(z_c)
            x = o * torch.tanh(c)
            hidden.append(x)
            memory.append(c)
            gates.append(torch.stack([f, i, o]))
        return LSTMState(torch.stack(hidden), torch.stack(memory)), torch.stack(gates)

    # ---- likelihood ----------------------------------------------------------------------------------------------

    def rows(
        self, fields: Tensor, groups: tuple[str, ...], place: Tensor, echo: Tensor, touch: Tensor | None = None
    ) -> Tensor:
        """Row numbers (…, n) of some fields of an event, of a place, of an echo and, if it is asked for, the touch."""
        index = dict(zip(FIELDS, fields.unbind(-1), strict=True))
        pitch = index["pitch"]
        none = self.vocabulary.pitches
        index["class"] = torch.where(pitch == none, 12, (pitch + self.vocabulary.low) % 12)
        index.update(zip((*BAR, *self.features.moments), place.unbind(-1), strict=True))
        if touch is not None:
            index.update(zip(self.features.touches, touch.unbind(-1), strict=True))
        groups = tuple(group for group in (*groups, *BAR) if group in self.features.sizes)
        for names, one in zip(ECHO_GROUPS[: self.config.echoes], echo.unbind(-2), strict=False):
            index.update(zip(names, one.unbind(-1), strict=True))
            groups += names
        start = self.features.starts
        return torch.stack([index[g] + start[g] for g in groups], -1)

    def read(self, batch: Batch) -> Tensor:
        """What the LSTM reads: (B, T, embedding)."""
        rows = self.rows(batch.previous, READ, batch.place_before, batch.echo)
        x: Tensor = self.input(rows, batch.held.flatten(-2).to(self.input.weight.dtype))
        return x

    def forward(self, batch: Batch, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """Negative log-likelihood in nats of each field (B, T, 4), 0 where there is none; and the state after."""
        h, state = self.listen(batch, state)
        return self.nats(h, batch), state

    def listen(self, batch: Batch, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """What is remembered before each event, h (B, T, units); and the state after."""
        h, state = self.run(self.input_dropout(self.read(batch)), state.zeroed(batch.begins))
        return self.dropout(h), state

    def nats(self, h: Tensor, batch: Batch) -> Tensor:
        """What each field of each event costs, given h (B, T, units)."""
        cost = h.new_zeros(*batch.real.shape, len(FIELDS), dtype=torch.float32)
        for index, which, logits in self.logits(h, batch):
            cost[..., index][which] = self.cost(index, logits, batch.event[which])
        return cost

    def cost(self, field: int, logits: Tensor, event: Tensor) -> Tensor:
        """What the field of that index costs in each of N events, (N,). logits: (N, choices). event: (N, 4)."""
        chosen = event[:, field]
        cost = F.cross_entropy(logits, chosen, reduction="none")
        if FIELDS[field] == "time":  # a WAIT says that nothing happens for so long: whatever comes later will do
            wait = event[:, 1] == self.vocabulary.symbols
            later = torch.arange(logits.shape[-1], device=logits.device) >= chosen[wait, None]
            rest = logits[wait].masked_fill(~later, -torch.inf).logsumexp(-1)
            cost[wait] = logits[wait].logsumexp(-1) - rest
        return cost

    def logits(self, h: Tensor, batch: Batch) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Of each field: (its index, which of the events have it, (B, T) bool, and their logits, (N, choices)).

        Given h (B, T, units), and of each event the fields before. What cannot be has -inf.
        """
        allowed = masks(self.vocabulary, batch.held, batch.previous, batch.event)
        sounds = batch.event[..., 1] < self.vocabulary.symbols
        begins = batch.event[..., 1] // len(self.vocabulary.parts) == int(Kind.ON)
        is_there = {"time": batch.real, "symbol": batch.real & sounds, "pitch": batch.real & sounds,
                    "velocity": batch.real & sounds & begins}  # fmt: skip
        held = batch.held.flatten(-2)
        for index, field in enumerate(FIELDS):
            if field == "velocity" and self.vocabulary.velocities == 1:
                continue
            which = is_there[field]
            place = batch.place_before if field == "time" else batch.place
            event, echo = batch.event[which], batch.echo[which]
            if field in {"pitch", "velocity"}:
                echo = torch.cat([echo[:, :-1], batch.tune[which][:, None]], 1)
            rows = self.rows(event, GIVEN[field], place[which], echo, batch.touch[which])
            head = cast(Head, self.heads[field])
            hidden = head.hidden(h[which], rows, held[which].to(h.dtype))
            count = len(self.features.also[field])
            also = place[..., place.shape[-1] - count :] if field == "time" else batch.touch[..., :count]
            logits = head.logits(hidden, echo, event, index, also[which])
            if field == "pitch" and self.tied and batch.age is not None:
                tuned = not self.vocabulary.percussive
                view = around(batch.held[which], batch.age[which], event[:, 1], tuned=tuned)
                past = None if batch.past is None else batch.past[which]
                measured = leaps(batch.recent[which][..., : self.config.recent], event[:, 1])
                seen = Seen(*view, past, batch.classes[which], measured)
                logits = logits + self.tied(hidden, seen, allowed.pitch[which])
            if field == "time":
                logits[:, 0] = logits[:, 0].masked_fill(~allowed.now[which], -torch.inf)
            elif field != "velocity":
                logits = logits.masked_fill(~getattr(allowed, field)[which], -torch.inf)
            yield index, which, logits


WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
