"""State: what a training does now, and what its process said last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from musiclstm.gui.train.process import Told


class State(Enum):
    """reading: the files, before the first step. proposed: what was found and is proposed waits for a person.

    pausing: until the checkpoint is written. saving: the model file.
    """

    NONE = "none"
    READING = "reading"
    PROPOSED = "proposed"
    TRAINING = "training"
    PAUSING = "pausing"
    PAUSED = "paused"
    SAVING = "saving"
    DONE = "done"


RUNS = (State.READING, State.TRAINING, State.PAUSING, State.SAVING)


@dataclass(frozen=True)
class Figures:
    """What the last line about a step said. best: nats a note, of held-out pieces if there are any.

    since_best: minutes of training since then. lowest: best, in nats an event as the curve. Once it is done, counted:
    nats a note that counting which event follows which comes to; before: those of the model that was begun with.
    """

    minutes: float = 0.0
    notes_per_second: float = 0.0
    train: float | None = None
    valid: float | None = None
    best: float | None = None
    since_best: float = 0.0
    held_out: bool = True
    lowest: float | None = None
    counted: float | None = None
    before: float | None = None


def figures_of(line: Told) -> Figures:
    """What a line about a step says."""
    return Figures(
        minutes=number(line, "minutes") or 0.0,
        notes_per_second=number(line, "notes_per_second") or 0.0,
        train=number(line, "train"),
        valid=number(line, "valid"),
        best=number(line, "best"),
        since_best=number(line, "since_best") or 0.0,
        held_out=bool(line.get("held_out", True)),
    )


def with_compared(figures: Figures, line: Told) -> Figures:
    """With what the line about the end compares the model."""
    compared = dict(line.get("figures", {}))
    before = next((name for name in compared if name.endswith(" before")), "")
    return replace(figures, counted=number(compared, "order 1"), before=number(compared, before))


def ended_by(code: int, said: str) -> str:
    """Why a process ended that was not to. code: of its exit. said: its last line."""
    if code < 0:
        return "Training was ended by the system, perhaps because memory ran out."
    return said or f"Training ended unexpectedly (code {code})."


def number(line: Told, name: str) -> float | None:
    value = line.get(name)
    return float(value) if isinstance(value, (int, float)) else None
