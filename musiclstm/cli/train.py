"""train: the one command that needs torch. It has its own options, which only `training` knows."""

from __future__ import annotations

import argparse
import contextlib
import io
from importlib.util import find_spec

from musiclstm.errors import UsageError

_NEEDS = ("torch", "onnx", "music21", "tensorboard", "tqdm", "matplotlib")


def train(options: argparse.Namespace) -> int:
    """A corpus becomes a model file. Raises UsageError, and whatever of ours the training raises."""
    if missing := [name for name in _NEEDS if find_spec(name) is None]:
        raise UsageError(f"Training needs {', '.join(missing)}; install them with pip install 'musiclstm[train]'")
    from training import train as training

    # Its parser is an ordinary one, which says what is wrong in a page; the last line is what matters.
    page = io.StringIO()
    try:
        with contextlib.redirect_stderr(page):
            training.parser().parse_args(options.rest)
    except SystemExit as exit_:
        if exit_.code:
            said = page.getvalue().strip().splitlines()[-1].partition("error: ")[2]
            raise UsageError(f"{said} (see musiclstm train --help)") from None
        return 0
    code: int = training.main(options.rest)
    return code
