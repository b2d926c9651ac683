"""Loop: trains until the budget is spent, or somebody ends it; validates, and writes checkpoints meanwhile."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

from musiclstm.errors import ModelError
from musiclstm.paths import SO_FAR
from training.evaluate import Stopped
from training.log import Log
from training.progress import Bar
from training.ship import export_so_far
from training.trainer import Trainer

# How much training is lost at most when the machine fails.
SAVE_SECONDS = 60.0


def train_until_done(trainer: Trainer, checkpoint: Path, log: Log | None, progress: Bar) -> bool:
    """Trains until the budget is spent, the person keeps the best model, or a signal interrupts; writes a checkpoint.

    Returns False if it was interrupted.
    """
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    # Signals reach only the main thread.
    signals = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    handlers = {number: signal.signal(number, interrupt) for number in signals}
    saved = time.monotonic()

    def stopped() -> bool:
        return interrupted and trainer.share.size == 1  # several wait for each other

    def validate() -> bool:
        """Whether it came to its end; else it is made up for when the training goes on."""
        try:
            metrics = trainer.validate(stopped)
        except Stopped:
            return False
        if log:
            log.write(metrics)
        return True

    try:
        progress.begin(trainer)
        if trainer.time_to_validate:
            validate()
        stops, keep, save = trainer.share.any(interrupted, progress.keep, False)
        while not trainer.done and not stops and not keep:
            trainer.train_step()
            validated = trainer.time_to_validate and validate()
            progress.step(trainer, validated=validated)
            if progress.listens:
                try:
                    progress.so_far(export_so_far(trainer, checkpoint.with_name(SO_FAR)))
                except ModelError as error:  # no reason to end the training
                    progress.listens = False
                    progress.say(str(error))
            late = time.monotonic() - saved > SAVE_SECONDS
            stops, keep, save = trainer.share.any(interrupted, progress.keep, late)
            if save:
                trainer.save(checkpoint)
                saved = time.monotonic()
        if (trainer.done or keep) and validate():
            progress.step(trainer, validated=True)
        trainer.save(checkpoint)
    finally:
        progress.end()
        for each, handler in handlers.items():
            signal.signal(each, handler)
    return not (stops or interrupted)
