"""No command: the window; where none can be opened, the stream and a recording of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from musiclstm.cli import display, gui
from musiclstm.errors import PortError, UsageError
from musiclstm.files import unused
from musiclstm.protocol.options import DEFAULT_MODEL, EngineOptions

_TAKE = Path("take.mid")
_WHERE = {"synth": "on the built-in synth", "null": "silently, because there is no sound card"}


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - as every command
    """Open the window, or else play until Ctrl-C into a file in the current folder."""
    if not display.available():
        return _stream("there is no display")
    try:
        return gui.open_window()
    except ImportError as error:
        return _stream(f"the window cannot open ({error})")


def _stream(reason: str) -> int:
    from musiclstm import paths
    from musiclstm.cli import stream

    models = paths.model_names()
    if not models:
        raise UsageError("There is no model to play; train one: musiclstm train FOLDER -o NAME.onnx")
    model = DEFAULT_MODEL if DEFAULT_MODEL in models else models[0]
    output, take = _best_output(), unused(_TAKE)
    stream.print_line(
        f"{reason[0].upper()}{reason[1:]}, so {model} plays {_WHERE[output]}. Press Ctrl-C to stop and save {take}."
    )
    return stream.play(EngineOptions(model=model, output=output, play=True), record=str(take))


def _best_output() -> str:
    """The synth where it can be heard, else null."""
    from musiclstm.engine.ports.synth import SynthPort

    try:
        SynthPort().close()
    except PortError:
        return "null"
    return "synth"
