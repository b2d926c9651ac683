"""train: a corpus to a model file. The one command that needs PyTorch; its options are in `training.options`."""

from __future__ import annotations

import argparse
import contextlib
import io
from importlib.util import find_spec

from musiclstm.cli.interrupt import quiet_interrupt
from musiclstm.errors import UsageError

_NEEDS = ("torch", "onnx", "music21", "tensorboard", "tqdm", "matplotlib")


def run(options: argparse.Namespace) -> int:
    """Train with the arguments `options.rest`. Raises UsageError, and any MusicLSTMError of the training."""
    load(background="--background" in options.rest)
    from training import options as known
    from training import train as training

    # Its ordinary parser prints the usage before an error; only the last line matters.
    output = io.StringIO()
    try:
        with contextlib.redirect_stderr(output):
            known.parser().parse_args(options.rest)
    except SystemExit as exit_:
        if exit_.code:
            error = output.getvalue().strip().splitlines()[-1].partition("error: ")[2]
            raise UsageError(f"{error} (see musiclstm train --help)") from None
        return 0
    code: int = training.main(options.rest)
    return code


def load(*, background: bool) -> None:
    """Imports what training needs, which takes seconds. Raises UsageError where the extra `train` is missing.

    background: at low priority, this and all that follows.
    """
    check_installed()
    with quiet_interrupt():
        if background:
            from training.background import give_way

            give_way()
        import training.train  # noqa: F401


def check_installed() -> None:
    """Raises UsageError where the extra `train` is missing."""
    if missing := [name for name in _NEEDS if find_spec(name) is None]:
        raise UsageError(f"Training needs {', '.join(missing)}; install with: pip install 'musiclstm[train]'")
