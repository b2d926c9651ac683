"""mix: a model between two of the same network, as a model and one that has learnt from it."""

from __future__ import annotations

import argparse
from pathlib import Path

from musiclstm.cli.interrupt import quiet_interrupt
from musiclstm.cli.train import check_installed
from musiclstm.errors import UsageError


def run(options: argparse.Namespace) -> int:
    """Write the mixed model. Raises MusicLSTMError."""
    output = Path(options.output)
    if output.suffix != ".onnx":
        raise UsageError(f"-o {output} should end in .onnx")
    check_installed()
    with quiet_interrupt():
        from training.mixed import mix  # needs torch

    mix(options.before, options.learnt, options.share, output)
    print(f"{output.stem} is a new model: {output}")
    return 0
