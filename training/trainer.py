"""Trainer: the state of the training loop, and one step of it; a resumed run is the same run."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import torch

from musiclstm.errors import TrainingError
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.net.network import LSTMState, MusicLSTM
from musiclstm.model.net.restored import CHORDS
from training import checkpoint
from training.budget import Budget
from training.devices import CPU, has_bf16, keep_memory
from training.evaluate import Figures, evaluate
from training.guard import Guard, Verdict
from training.lanes import TOLD, Lanes
from training.processes import Share
from training.recipes import Recipe
from training.store import Store
from training.teaching import Teachers
from training.variations import variations_for

WARMUP = 100  # steps
CLIP = 1.0  # norm of the gradient
DECAY = 0.9985  # how much of the averaged weights is kept in a step
WEIGHT_DECAY = 0.01
VALIDATIONS = 10  # how often the validation pieces are scored


class Trainer:
    """Trains one network; `best_network` is the averaged one with the lowest cost on the validation pieces.

    A network that knows chords is to play well with and without: it is chosen by the mean of the two costs.

    Without validation pieces (None) the training pieces take their place, and figures say "train" instead of "valid".

    device: where it is trained. With a budget of steps on one thread of the processor, a run that was stopped and
    resumed is bit for bit the run that was never stopped. bf16: half-precision products (None: where the device has
    them). validations: how often the validation pieces are scored. clock: counts the minutes, in seconds. teachers:
    networks to learn from as well; a checkpoint holds their states, not them. say: is given a line when training goes
    back (`guard`). share: this process's share, where several train together; each calls the same methods. All have the
    same weights, figures and decisions, and a checkpoint does not depend on how many there were. chords_only: it learns
    nothing but what chords mean, so that without them the network plays as before. sources: see `checkpoint.Origin`.

    compared: figures to compare with, by name, which a checkpoint keeps for the card.
    """

    def __init__(
        self,
        recipe: Recipe,
        train_store: Store,
        valid_store: Store | None,
        budget: Budget,
        *,
        seed: int = 0,
        bf16: bool | None = None,
        device: torch.device = CPU,
        validations: int = VALIDATIONS,
        clock: Callable[[], float] = time.perf_counter,
        teachers: Sequence[MusicLSTM] = (),
        say: Callable[[str], None] = print,
        share: Share | None = None,
        chords_only: bool = False,
        sources: Mapping[str, str] | None = None,
    ) -> None:
        torch.manual_seed(seed)
        self._seed, self.share = seed, share or Share()
        if self.share.size > recipe.lanes:
            raise ValueError(f"{recipe.lanes} lanes cannot be shared by {self.share.size} processes")
        keep_memory()
        self._validations, self._clock = validations, clock
        self.device = device
        self._teachers = Teachers([each.to(device) for each in teachers], recipe.lanes)
        self.recipe, self.budget = recipe, budget
        self._origin = checkpoint.Origin(recipe.config, recipe.vocabulary, recipe.lanes, sources or {})
        self.train_store = train_store
        self.measured_on = "train" if valid_store is None else "valid"
        self.measured_store = train_store if valid_store is None else valid_store
        self.bf16 = has_bf16(device) if bf16 is None else bf16
        self.network = MusicLSTM(recipe.config, recipe.vocabulary).to(device)
        self._chords_only = chords_only
        if chords_only:
            for name, weight in self.network.named_parameters():
                weight.requires_grad_(name == CHORDS)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(requires_grad=False)
        self.best_network = copy.deepcopy(self.average)
        self.best_figures = self.best_told = Figures(0, 0, (math.inf, 0.0, 0.0, 0.0))
        self.best_at = 0.0  # seconds of training
        windows = -(-np.diff(train_store.starts) // recipe.window)
        self._steps_a_pass = float(windows.sum()) / recipe.lanes
        self.guard, self._say = Guard(), say
        self.optimiser = torch.optim.AdamW(
            [weight for weight in self.network.parameters() if weight.requires_grad],
            lr=recipe.rate,
            betas=(0.9, 0.99),
            weight_decay=WEIGHT_DECAY,
            fused=device.type != "mps",
        )
        self.lanes = Lanes(
            train_store, recipe.vocabulary, lanes=recipe.lanes, window=recipe.window,
            transpose=recipe.transpose, seed=seed,
            variations=variations_for(recipe.vocabulary, triplets=recipe.triplets),
            rank=self.share.rank, size=self.share.size,
            config=self._teachers.features(recipe.config),
            told=1.0 if chords_only else TOLD,
        )  # fmt: skip
        # If the velocity is always the same, its head has nothing to learn.
        self._parallel = self.share.parallel(self.network, unused=recipe.vocabulary.velocities == 1)
        self.state = self.share.of(self.network.start(recipe.lanes))
        self._teachers.states = [self.share.of(each) for each in self._teachers.states]
        self.share.seed(seed)
        self._good = self._weights()
        self.step = 0
        self.elapsed = 0.0  # seconds of training
        self.loss = 0.0  # nats per event, smoothed
        self.speed = 0.0  # events a second, smoothed
        self._validated_at = 0.0
        self.metrics: dict[str, float] = {}
        self.compared: dict[str, Figures] = {}

    @property
    def parameters(self) -> int:
        return sum(each.numel() for each in self.network.parameters())

    def agree(self) -> None:
        """Raises TrainingError unless every process is at the same step: each must have found the same checkpoint."""
        if self.share.mean(self.step) != self.step:
            raise TrainingError("The processes have different checkpoints. They must share the folder of the run.")

    def begin_with(self, network: MusicLSTM) -> Figures:
        """Takes over the weights of a network of the same sizes, which is the best one until there is a better."""
        for each in (self.network, self.average, self.best_network):
            each.load_state_dict(network.state_dict())
        self._good = self._weights()
        self.best_figures, self.best_told = self._measured()
        return self.best_figures

    # ---- the budget ----------------------------------------------------------------------------------------------

    @property
    def spent(self) -> float:
        """How much of the budget is spent: in steps if it counts those, else in seconds."""
        return self.progress * (self.budget.steps or (self.budget.minutes or 0) * 60)

    @property
    def passes(self) -> float:
        """How often all pieces have been read."""
        return self.step / self._steps_a_pass

    @property
    def has_read_enough(self) -> bool:
        return self.budget.passes is not None and self.passes >= self.budget.passes

    @property
    def progress(self) -> float:
        """0 at the beginning, 1 when the budget is spent."""
        return self.budget.progress(seconds=self.elapsed, steps=self.step, passes=self.passes)

    @property
    def done(self) -> bool:
        return self.progress >= 1.0 or self.guard.given_up

    @property
    def time_to_validate(self) -> bool:
        return self.progress - self._validated_at >= 1 / self._validations and not self.done

    # ---- a step --------------------------------------------------------------------------------------------------

    def learning_rate(self) -> float:
        """Warm-up, then cosine decay over the budget."""
        return (
            self.recipe.rate
            * self.guard.factor
            * min(1.0, (self.step + 1) / WARMUP)
            * (0.01 + 0.495 * (1 + math.cos(math.pi * self.progress)))
        )

    def train_step(self) -> None:
        """Trains on one window of every lane."""
        began = self._clock()
        rate = self.learning_rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batch = self.lanes.next()
        events = self.lanes.events
        batch = batch.to(self.device)
        self.network.train()
        with self.share.together(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            cost, state = self._parallel(batch, self.state, self._teachers.targets(batch))
        # Per event of all processes: DistributedDataParallel will average their gradients.
        mean = cost.sum() / (max(1, events) / self.share.size)
        self.optimiser.zero_grad(set_to_none=True)
        with self.share.together():
            mean.backward()
        gradient = torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        # In one reading, because each waits for the device.
        loss, norm = torch.stack([mean.detach(), gradient.detach()]).tolist()
        loss, self.step = self.share.mean(loss), self.step + 1
        verdict = self.guard.judge(loss, norm)
        if verdict is Verdict.GOOD:
            self._learn(state)
        elif verdict is Verdict.GO_BACK:
            self._go_back(loss)
        took = self.share.mean(self._clock() - began)
        self.elapsed += took
        if math.isfinite(loss):
            self.loss = 0.98 * self.loss + 0.02 * loss if self.loss else loss
        self.speed = events / took if self.step == 1 else 0.98 * self.speed + 0.02 * events / took

    def _learn(self, state: LSTMState) -> None:
        """Takes the step. state: the LSTM's after the window."""
        self.optimiser.step()
        self.state = state.carried()
        keep = min(DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - keep)
        if self.guard.keeps:
            self._good = self._weights()

    def _weights(self) -> dict[str, Any]:
        """A copy of all that a step changes."""
        names = ("network", "average", "optimiser")
        return copy.deepcopy({**{name: getattr(self, name).state_dict() for name in names}, "state": self.state})

    def _go_back(self, loss: float) -> None:
        """Goes back to the last good weights, and says so. loss: that of the step."""
        good = copy.deepcopy(self._good)
        for name in ("network", "average", "optimiser"):
            getattr(self, name).load_state_dict(good[name])
        self.state = good["state"]
        if self.share.leads:
            self._say(
                f"step {self.step}: the loss ran away ({loss:.3g} nats an event); "
                f"training goes on from the last good weights, with {self.guard.factor:g} times the learning rate"
            )

    def validate(self, stopped: Callable[[], bool] = lambda: False) -> dict[str, float]:
        """Scores the averaged network on the validation pieces, keeps it if it is the best; returns the metrics.

        stopped: see `evaluate`; after its Stopped all is as before.
        """
        began, at = self._clock(), self.progress
        figures, told = self._measured(stopped)
        self._validated_at = at
        self.elapsed += self.share.mean(self._clock() - began)
        cost, least = figures.per_note + told.per_note, self.best_figures.per_note + self.best_told.per_note
        if math.isfinite(cost) and cost < least:
            self.best_figures, self.best_told, self.best_at = figures, told, self.elapsed
            self.best_network.load_state_dict(self.average.state_dict())
        which = self.measured_on
        self.metrics = {
            "step": self.step,
            "minutes": self.elapsed / 60,
            "epochs": self.lanes.epochs,
            "rate": self.learning_rate(),
            "events_per_second": self.speed,
            "train_nats_per_event": self.loss,
            f"{which}_nats_per_event": figures.per_event,
            f"{which}_nats_per_note": figures.per_note,
            **{f"{which}_{n}": nats / max(1, figures.notes) for n, nats in zip(FIELDS, figures.by_field, strict=True)},
        }
        if self.recipe.config.chords:
            self.metrics[f"{which}_told_nats_per_note"] = told.per_note
        return self.metrics

    def _measured(self, stopped: Callable[[], bool] = lambda: False) -> tuple[Figures, Figures]:
        """The averaged network's figures; and those when it is told the chords, if it knows chords."""
        if self._chords_only and self.best_figures.events:
            figures = self.best_figures  # without chords it stays as it is
        else:
            figures = evaluate(self.average, self.measured_store, share=self.share, stopped=stopped)
        if not self.recipe.config.chords:
            return figures, figures
        told = evaluate(self.average, self.measured_store, share=self.share, told=True, stopped=stopped)
        return figures, told

    @property
    def summary(self) -> str:
        nats = self.metrics.get(f"{self.measured_on}_nats_per_note")
        measured = f", {self.measured_on} {nats:.3f}/note" if nats else ""
        return f"{self.speed:,.0f} events/s, loss {self.loss:.3f}{measured}"

    # ---- checkpoints ---------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Writes a checkpoint."""
        states = [self.share.whole(each, self.recipe.lanes) for each in (self.state, *self._teachers.states)]
        if self.share.leads:
            checkpoint.write(path, self._all(*states), self._origin)

    def load(self, path: Path) -> None:
        """Resumes from a checkpoint. Raises ValueError for one of another origin, and for what is none."""
        self.restore(checkpoint.read(path, self.device, self._origin))

    def restore(self, saved: dict[str, Any]) -> None:
        """Resumes from what `checkpoint.read` returned. Raises ValueError if that is damaged."""
        try:
            self._restore(saved)
        except (RuntimeError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(checkpoint.DAMAGED) from error

    def _all(self, state: LSTMState, *teachers: LSTMState) -> dict[str, Any]:
        """All from which a run goes on. state, teachers: the LSTM's and the teachers' states, of all lanes."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best_network.state_dict(),
            "best_figures": astuple(self.best_figures),
            "best_told": astuple(self.best_told),
            "best_at": self.best_at,
            "optimiser": self.optimiser.state_dict(),
            "h": state.h,
            "c": state.c,
            "teachers": [(each.h, each.c) for each in teachers],
            "lanes": json.dumps(self.lanes.state()),
            "rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state() if self.device.type == "cuda" else None,
            "numbers": (self.step, self.elapsed, self.loss, self.speed, self._validated_at),
            "last": self.metrics,
            "guard": self.guard.state(),
            "about": json.dumps(self._about()),
        }

    def _about(self) -> dict[str, Any]:
        """What `training.stopped` needs to make a model without the files. It is not restored from a checkpoint."""
        recipe = self.recipe
        return {
            "title": recipe.title,
            "defaults": recipe.defaults,
            "card": recipe.card,
            "passes": recipe.passes,
            "chords_only": self._chords_only,
            "compared": {name: astuple(figures) for name, figures in self.compared.items()},
        }

    def _restore(self, saved: dict[str, Any]) -> None:
        for network, name in ((self.network, "network"), (self.average, "average"), (self.best_network, "best")):
            network.load_state_dict(saved[name])
        self.best_figures = Figures(*saved["best_figures"])
        self.best_told = Figures(*saved.get("best_told", saved["best_figures"]))
        self.best_at = saved.get("best_at", 0.0)
        self.optimiser.load_state_dict(saved["optimiser"])
        self.state = self.share.of(LSTMState(saved["h"], saved["c"]))
        if "teachers" in saved:  # checkpoints of earlier versions have none
            self._teachers.states = [self.share.of(LSTMState(*each)) for each in saved["teachers"]]
        self.lanes.restore(json.loads(saved["lanes"]))
        torch.set_rng_state(saved["rng"].cpu())
        if self.device.type == "cuda" and saved.get("cuda_rng") is not None:
            torch.cuda.set_rng_state(saved["cuda_rng"].cpu())
        self.step, self.elapsed, self.loss, self.speed, validated_at = saved["numbers"]
        self._validated_at = min(validated_at, self.progress)  # which is less if there is more time now
        self.share.seed(self._seed + self.step)
        self.metrics = saved["last"]
        if "guard" in saved:  # nor this
            self.guard.restore(saved["guard"])
        self._good = self._weights()
