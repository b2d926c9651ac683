"""Rolls become events and come back; the whole roll's probability is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from musiclstm.errors import CorpusError
from musiclstm.model.context import Context
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from musiclstm.music.event import Event, Kind
from musiclstm.music.packed import pack
from tests.model.masks import pitch_mask
from training.budget import Budget
from training.evaluate import evaluate
from training.packing import PackedPiece
from training.prepare import store_of
from training.study import polyphony
from training.study.polyphony import LOWEST, VOCABULARY, Roll, roll_to_events


def random_roll(steps: int, seed: int, *, silent: bool = False) -> Roll:
    """Notes that hold on, chords, and rests longer than the longest time between events."""
    rng = np.random.default_rng(seed)
    roll = np.zeros((steps, 88), dtype=np.bool_)
    for _ in range(0 if silent else steps // 3):
        start, pitch = rng.integers(steps), rng.integers(88)
        roll[start : start + rng.integers(1, 80), pitch] = True
    if steps > 300:
        roll[60:200] = False
        roll[-120:] = False
    return roll


def events_to_roll(events: Sequence[Event]) -> Roll:
    """The reverse of `roll_to_events`."""
    roll = np.zeros((sum(event.delta for event in events), 88), dtype=np.bool_)
    now = 0
    for event in events:
        now += event.delta
        if event.kind is not Kind.WAIT:
            roll[now:, event.pitch - LOWEST] = event.kind is Kind.ON
    return roll


@pytest.mark.parametrize("steps", [1, 2, 47, 48, 49, 96, 500])
@pytest.mark.parametrize("silent", [False, True])
def test_rolls_come_back(steps: int, silent: bool) -> None:
    for seed in range(5):
        roll = random_roll(steps, seed, silent=silent)
        for resolution in (1, 4):
            events = roll_to_events(roll, replace(VOCABULARY, resolution=resolution))
            assert sum(event.delta for event in events) == steps
            np.testing.assert_array_equal(events_to_roll(events), roll)


def streams(context: Context, steps: int) -> Iterator[list[Event]]:
    """Every stream of events of so many steps, its tail a WAIT."""
    yield [Event(steps - context.tick, Kind.WAIT)]
    for delta in range(steps - context.tick):
        for symbol in range(2):
            for offset in np.flatnonzero(pitch_mask(context, symbol, delta)).tolist():
                event = Event(delta, Kind(symbol), context.vocabulary.low + offset, 80 * symbol)
                for rest in streams(context.after(event), steps):
                    yield [event, *rest]


def test_all_probabilities_sum_to_one() -> None:
    """Of two steps and two pitches, tails counted. Only a note struck again at once makes no roll of its own."""
    two = replace(VOCABULARY, high=VOCABULARY.low + 1)
    torch.manual_seed(0)
    network = MusicLSTM(ModelConfig(units=8, embedding=8, head=8), two).eval()
    everything = list(streams(Context.start(two), 2))
    meters = np.array([[0, two.bar_ticks(4, 4), 0]])
    stores = [store_of([("", PackedPiece(pack(events), (127, 0), meters))], two) for events in everything]
    chances = np.exp([-sum(evaluate(network, each).by_field) for each in stores])
    assert chances.sum() == pytest.approx(1.0, abs=1e-4)
    rolls = {events_to_roll(events).tobytes() for events in everything}
    assert len(rolls) == 2 ** (2 * 2)
    found = [roll_to_events(np.frombuffer(roll, dtype=np.bool_).reshape(2, 88), two) for roll in rolls]
    assert all(events in everything for events in found)


def test_a_beat_is_as_long_as_the_chords() -> None:
    changing = np.arange(200)[:, None] % 88 == np.arange(88)
    assert polyphony.steps_of_a_beat(changing) == 1
    assert polyphony.steps_of_a_beat(np.repeat(changing, 2, axis=0)) == 4


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bl-tiny.npz"
    rolls = {
        f"{name}_roll": np.concatenate([random_roll(40, i), random_roll(25, i + 9)])
        for i, name in enumerate(("train", "valid", "test"))
    }
    lengths = {f"{name}_len": np.array([40, 25]) for name in ("train", "valid", "test")}
    np.savez(path, **rolls, **lengths)  # type: ignore[arg-type]
    assert polyphony.main(["--data", str(path), "--minutes", "0.02", "--threads", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["nats_per_step"]) == {"valid", "test"}
    assert all(value > 0 for value in found["nats_per_step"].values())


@pytest.mark.parametrize(
    ("minutes", "better", "runs", "found"),
    [(1.0, True, [0], 0), (2.4, True, [0, 1], 1), (9.0, True, [0, 0, 0, 3], 3), (9.0, False, [0, 0, 0, 3], 0)],
)
def test_time_that_is_left_goes_to_teachers(
    minutes: float, better: bool, runs: list[int], found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run takes a minute."""
    clock = [0.0]
    asked: list[tuple[int, int]] = []

    def run(
        _: object, __: object, budget: Budget, seed: int, *, validations: int, teachers: list[object]
    ) -> SimpleNamespace:
        assert budget.minutes == pytest.approx(minutes - clock[0] / 60)
        clock[0] += 60
        asked.append((seed, len(teachers)))
        per_note = 2.0 - better if teachers else 1.5
        return SimpleNamespace(best_network=object(), best_figures=SimpleNamespace(per_note=per_note))

    monkeypatch.setattr(polyphony, "train", run)
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    split = polyphony.split_of(random_roll(40, 0), np.array([40]), VOCABULARY)
    trainer, teachers = polyphony.best({"train": split}, polyphony.recipe_for(split), minutes, 5)
    assert teachers == found
    assert trainer.best_figures.per_note == (1.0 if found else 1.5)
    assert [count for _, count in asked] == runs
    taught = [seed for seed, count in asked if count]
    assert taught in ([], [5])


def test_bad_data(tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"
    path.write_text("no")
    with pytest.raises(CorpusError, match="cannot be read"):
        polyphony.read(path)
    np.savez(path, train_roll=np.zeros((2, 88)), train_len=np.array([2]))
    with pytest.raises(CorpusError, match="valid"):
        polyphony.read(path)
