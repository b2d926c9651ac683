"""MusicLSTM: the whole network in torch. Training uses it; the live instrument runs its export.

One step reads an event and what follows from the events so far, and predicts the next event:

    x   = sum of the rows of a table: the event's fields, its timing, every sounding note, what the echoes expect
    h   = L layers of LSTM (Hochreiter and Schmidhuber 1997; with the forget gate of Gers et al. 2000), each

              f = σ(W_f·[h, x] + b_f)        forget gate: how much of the cell is kept
              i = σ(W_i·[h, x] + b_i)        input gate: how much of the new value enters
              o = σ(W_o·[h, x] + b_o)        output gate: how much of the cell is shown
              C̃ = tanh(W_C·[h, x] + b_C)     the new value
              C ← f ⊙ C + i ⊙ C̃              the cell: a sum, so the gradient reaches far back
              h ← o ⊙ tanh(C)

    then the fields of the next event one after another, each conditioned on those already chosen:
    P(event) = P(time) · P(kind and part | time) · P(pitch | time, symbol) · P(velocity | time, symbol, pitch)
    field    = softmax over what is possible of  V·relu(P·h + sum of rows of the field's own table)

to which are added: for the pitch, the score of one small network that is applied to every pitch (`tied`); for the value
that the match models expect, and its neighbours, a learnt number (`Head.logits`).

Impossible events (a note-off for a silent note) get no probability: `batch.masks` computes the rules of
`model.pitch_sets` for whole batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor, nn

from musiclstm.model.features.layout import BAR, ECHO_GROUPS, FIELDS, HEAD_GROUPS, LSTM_GROUPS, Layout
from musiclstm.model.net.batch import Batch, masks
from musiclstm.model.net.dropout import Dropout
from musiclstm.model.net.heads import Head, Table
from musiclstm.model.net.tied import PitchInputs, TiedHead, planes_and_ages, references
from musiclstm.music.event import Kind
from musiclstm.music.vocabulary import Vocabulary

TEACHER_SHARE = 0.5  # of the cost, where there are teachers
MIN_LOG_PROBABILITY = -100.0  # nats; keeps 0 times the log of a masked choice finite


@dataclass(frozen=True)
class ModelConfig:
    """Sizes and regularisation; saved in every checkpoint and model file.

    cell: lstm | gru | rnn (the last two for comparison; only an lstm can be exported). embedding: width of x.
    head: width of each field's hidden layer. echoes: how many of `ECHO_GROUPS` are used. tied: width of the pitch
    head's tied part, 0 for none; past: whether that receives what sounded some beats ago (music in beats only); recent:
    to how many of its part's last note-ons it receives the interval (at most `RECENT_PITCHES`); classes: whether it
    receives the recent pitch classes; lines: whether it receives the interval to each part's last note-on; chords:
    whether it is told the chord, where somebody names it (only with `classes`).
    dropout: of the outputs of every layer; input_dropout: of x; weight_drop: of the recurrent matrices; head_dropout:
    of the hidden layers of the heads.
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
    chords: bool = False
    dropout: float = 0.4
    input_dropout: float = 0.2
    weight_drop: float = 0.0
    head_dropout: float = 0.2

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def of(values: dict[str, Any]) -> ModelConfig:
        """The config of a model file; other values that it has are left out."""
        return ModelConfig(**{field.name: values[field.name] for field in fields(ModelConfig) if field.name in values})


@dataclass(frozen=True)
class LSTMState:
    """h and C, each (layers, lanes, units). c is None for gru and rnn."""

    h: Tensor
    c: Tensor | None

    def carried(self) -> LSTMState:
        """The state for the next window: detached from the gradient, in single precision."""
        return LSTMState(self.h.detach().float(), None if self.c is None else self.c.detach().float())

    def zeroed(self, lanes: Tensor) -> LSTMState:
        """The state with zeros in the lanes where a new piece begins; lanes: (lanes,) bool."""
        keep = (~lanes).to(self.h.dtype)[None, :, None]
        return LSTMState(self.h * keep, None if self.c is None else self.c * keep)


class MusicLSTM(nn.Module):
    """See the module's docstring. `vocabulary` fixes the sizes of tables and heads."""

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.config, self.vocabulary = config, vocabulary
        self.layout = layout = Layout(vocabulary)
        self.input = Table(layout, config.embedding, LSTM_GROUPS)
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
        heads = {n: Head(layout, n, c, **sizes) for n, c in zip(FIELDS, choices, strict=True)}
        self.heads = nn.ModuleDict(heads)
        v = vocabulary
        options: dict[str, Any] = {
            name: getattr(config, name) for name in ("past", "recent", "classes", "lines", "chords")
        }
        options["dropout"] = config.head_dropout
        self.tied = TiedHead(v, config.head, config.tied, **options) if config.tied else None
        self.input_dropout, self.dropout = Dropout(config.input_dropout), Dropout(config.dropout)
        self.weight_drop = Dropout(config.weight_drop)

    def start(self, lanes: int) -> LSTMState:
        """The empty state."""
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
            name: self.weight_drop(weight) if name.startswith("weight_hh") else weight
            for name, weight in self.cell.named_parameters()
        }
        return torch.func.functional_call(self.cell, dropped, inputs)

    def step(self, x: Tensor, state: LSTMState) -> tuple[LSTMState, Tensor]:
        """One event, x (B, embedding), by the equations above on the same weights (lstm only).

        Returns the state and the gates (layers, 3, B, units): forget, input, output.
        """
        if state.c is None:
            raise ValueError("only an lstm has a step of its own")
        hidden, cells, gates = [], [], []
        for layer in range(self.config.layers):
            w_x, w_h, b_x, b_h = (getattr(self.cell, f"{n}_l{layer}") for n in WEIGHTS)
            z = torch.cat([state.h[layer], x], -1) @ torch.cat([w_h, w_x], 1).T + b_x + b_h  # W·[h, x] + b
            z_i, z_f, z_c, z_o = z.chunk(4, -1)  # torch's order
            f, i, o = torch.sigmoid(z_f), torch.sigmoid(z_i), torch.sigmoid(z_o)
            c = f * state.c[layer] + i * torch.tanh(z_c)
            x = o * torch.tanh(c)
            hidden.append(x)
            cells.append(c)
            gates.append(torch.stack([f, i, o]))
        return LSTMState(torch.stack(hidden), torch.stack(cells)), torch.stack(gates)

    # ---- likelihood ----------------------------------------------------------------------------------------------

    def rows(
        self, fields: Tensor, groups: tuple[str, ...], timing: Tensor, echoes: Tensor, velocities: Tensor | None = None
    ) -> Tensor:
        """Row numbers (…, n) of an event: of these groups, then of `BAR` and of the echoes."""
        index = dict(zip(FIELDS, fields.unbind(-1), strict=True))
        pitch = index["pitch"]
        none = self.vocabulary.pitches
        index["class"] = torch.where(pitch == none, 12, (pitch + self.vocabulary.low) % 12)
        index.update(zip((*BAR, *self.layout.delay_groups), timing.unbind(-1), strict=True))
        if velocities is not None:
            index.update(zip(self.layout.velocity_groups, velocities.unbind(-1), strict=True))
        groups = tuple(group for group in (*groups, *BAR) if group in self.layout.sizes)
        for names, echo in zip(ECHO_GROUPS[: self.config.echoes], echoes.unbind(-2), strict=False):
            index.update(zip(names, echo.unbind(-1), strict=True))
            groups += names
        start = self.layout.starts
        return torch.stack([index[g] + start[g] for g in groups], -1)

    def read(self, batch: Batch) -> Tensor:
        """The LSTM's input x, (B, T, embedding)."""
        rows = self.rows(batch.previous, LSTM_GROUPS, batch.timing_before, batch.echoes)
        x: Tensor = self.input(rows, batch.held.flatten(-2).to(self.input.weight.dtype))
        return x

    def forward(self, batch: Batch, state: LSTMState, targets: Sequence[Tensor] = ()) -> tuple[Tensor, LSTMState]:
        """The cost in nats of each field (B, T, 4), 0 where there is none; and the state after. targets: see `nats`."""
        h, state = self.hidden_states(batch, state)
        return self.nats(h, batch, targets), state

    def hidden_states(self, batch: Batch, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """The LSTM's output before each event, h (B, T, units); and the state after."""
        h, state = self.run(self.input_dropout(self.read(batch)), state.zeroed(batch.begins))
        return self.dropout(h), state

    def nats(self, h: Tensor, batch: Batch, targets: Sequence[Tensor] = ()) -> Tensor:
        """Negative log-likelihood of each field of each event, (B, T, 4), given h (B, T, units).

        targets: what teachers expect, probabilities (N, choices) for each of `logits`. Half of the cost is then the
        cross-entropy with these (distillation: Hinton, Vinyals and Dean 2015).
        """
        nats = h.new_zeros(*batch.real.shape, len(FIELDS), dtype=torch.float32)
        for number, (index, which, logits) in enumerate(self.logits(h, batch)):
            cost = self.cost(index, logits, at(batch.event, which))
            if targets:
                found = F.log_softmax(logits, -1).clamp(min=MIN_LOG_PROBABILITY)
                cost = torch.lerp(cost, -(targets[number] * found).sum(-1), TEACHER_SHARE)
            nats.view(-1, len(FIELDS))[which, index] = cost
        return nats

    def cost(self, field: int, logits: Tensor, event: Tensor) -> Tensor:
        """Negative log-likelihood of one field (its index) of N events, (N,). logits: (N, choices). event: (N, 4)."""
        chosen = event[:, field]
        cost = F.cross_entropy(logits, chosen, reduction="none")
        if FIELDS[field] == "time":  # a WAIT says only that nothing happens before: any later time counts
            wait = places(event[:, 1] == self.vocabulary.symbols)
            later = torch.arange(logits.shape[-1], device=logits.device) >= chosen[wait, None]
            waiting = logits.index_select(0, wait)
            cost[wait] = waiting.logsumexp(-1) - waiting.masked_fill(~later, -torch.inf).logsumexp(-1)
        return cost

    def logits(self, h: Tensor, batch: Batch) -> Iterator[tuple[int, Tensor, Tensor]]:
        """For each field: (its index, the `places` of the events that have it, (N,), and their logits, (N, choices)).

        Given h (B, T, units), and the earlier fields of each event. Impossible choices get -inf.
        """
        allowed = masks(self.vocabulary, batch.held, batch.previous, batch.event)
        is_note = batch.event[..., 1] < self.vocabulary.symbols
        is_on = batch.event[..., 1] // len(self.vocabulary.parts) == int(Kind.ON)
        every, notes = places(batch.real), places(batch.real & is_note)
        has_field = {"time": every, "symbol": notes, "pitch": notes, "velocity": places(batch.real & is_on)}
        held = batch.held.flatten(-2)
        for index, field in enumerate(FIELDS):
            if field == "velocity" and self.vocabulary.velocities == 1:
                continue
            which = has_field[field]
            timing = batch.timing_before if field == "time" else batch.timing
            event, echoes = at(batch.event, which), at(batch.echoes, which)
            if field in {"pitch", "velocity"}:
                echoes = torch.cat([echoes[:, :-1], at(batch.melody, which)[:, None]], 1)
            rows = self.rows(event, HEAD_GROUPS[field], at(timing, which), echoes, at(batch.velocities, which))
            head = cast(Head, self.heads[field])
            hidden = head.hidden(at(h, which), rows, at(held, which).to(h.dtype))
            count = len(self.layout.expectation_groups[field])
            expected = timing[..., timing.shape[-1] - count :] if field == "time" else batch.velocities[..., :count]
            logits = head.logits(hidden, echoes, event, index, at(expected, which))
            if field == "pitch" and self.tied and batch.age is not None:
                inputs = self.pitch_inputs(batch, batch.age, which)
                logits = logits + self.tied(hidden, inputs, at(allowed.pitch, which))
            if field == "time":
                logits[:, 0] = logits[:, 0].masked_fill(~at(allowed.now, which), -torch.inf)
            elif field != "velocity":
                logits = logits.masked_fill(~at(getattr(allowed, field), which), -torch.inf)
            yield index, which, logits

    def pitch_inputs(self, batch: Batch, age: Tensor, which: Tensor) -> PitchInputs:
        """What the tied head receives for some of the events, `places` (N,). age: `batch.age`."""
        symbol = at(batch.event, which)[:, 1]
        tuned = not self.vocabulary.percussive
        planes, ages = planes_and_ages(at(batch.held, which), at(age, which), symbol, tuned=tuned)
        past = None if batch.past is None else at(batch.past, which)
        measured = references(at(batch.recent, which)[..., : self.config.recent], symbol)
        return PitchInputs(planes, ages, past, at(batch.pitch_classes, which), measured)


WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def places(which: Tensor) -> Tensor:
    """Where it is true, counted through all its dimensions. On a GPU this waits for the GPU; `at` does not."""
    return which.flatten().nonzero().squeeze(-1)


def at(values: Tensor, places: Tensor) -> Tensor:
    """The values (B, T, …) at `places` (N,), as (N, …)."""
    return values.flatten(0, 1).index_select(0, places)
