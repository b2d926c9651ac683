"""gui, play, ports: the window, and the stream without it."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from pathlib import Path

from musiclstm import paths
from musiclstm.errors import PortError, UsageError
from musiclstm.files import is_midi
from musiclstm.protocol.messages import Command, EngineOptions, SetSync

_SHOWN = 1.0  # seconds that a display on another machine gets to answer


def start(options: argparse.Namespace) -> int:  # noqa: ARG001 - as every command
    """The window; where there can be none, the stream and its recording."""
    if display():
        try:
            return _window()
        except ImportError as error:
            why = f"the window cannot open ({error})"
    else:
        why = "there is no display"
    from musiclstm.cli import play as stream

    models = [path.stem for path in paths.model_files()]
    if not models:
        raise UsageError("There is no model to play; train one: musiclstm train FOLDER -o NAME.onnx")
    model = "chorales" if "chorales" in models else models[0]
    output, take = _best_output(), _free(Path("take.mid"))
    on = {"synth": "on the built-in synth", "null": "silently, for there is no sound card"}[output]
    _say(f"{why[0].upper()}{why[1:]}, so {model} plays {on}; Ctrl-C ends it and writes {take}.")
    return stream.play(EngineOptions(model=model, output=output, play=True), record=str(take), say=_say)


def gui(options: argparse.Namespace) -> int:  # noqa: ARG001 - as every command
    """The window. Raises UsageError where there can be none."""
    if not display():
        raise UsageError("There is no display for the window; `musiclstm play` plays without one")
    try:
        return _window()
    except ImportError as error:
        raise UsageError(f"The window cannot open: {error}; `musiclstm play` plays without it") from error


def play(options: argparse.Namespace) -> int:
    """The stream, until it is told to end."""
    from musiclstm.cli import play as stream

    controls = list(options.controls)
    if options.mode is not None:
        controls.append(("mode", options.mode))
    if options.record and not is_midi(options.record):
        raise UsageError(f"--record {options.record} should end in .mid")
    engine = EngineOptions(
        model=options.model,
        output=options.out,
        input=options.input,
        tempo=options.tempo,
        seed=options.seed,
        latency=options.latency,
        controls=tuple(controls),
        osc=options.osc,
        play=True,
    )
    return stream.play(engine, options.seconds, options.record, _say, _sync(options.sync, send=options.send_clock))


def ports(options: argparse.Namespace) -> int:
    """What can be played to and listened to."""
    from musiclstm.engine.ports.registry import SPECIAL_OUTPUTS, list_ports

    inputs, outputs = list_ports()
    if options.json:
        print(json.dumps({"inputs": inputs, "outputs": outputs, "always": SPECIAL_OUTPUTS}, indent=2))
        return 0
    for title, names in (("Outputs", (*outputs, *SPECIAL_OUTPUTS)), ("Inputs", inputs)):
        print(f"{title}:")
        print("".join(f"  {name}\n" for name in names) or "  none\n", end="")
    return 0


def display() -> bool:
    """Whether a window can be shown; a DISPLAY that nobody answers for would end Qt, and us, with a crash."""
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("vnc", "eglfs", "linuxfb"):
        return True
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if (wayland := os.environ.get("WAYLAND_DISPLAY")) and (Path(folder) / wayland).exists():
        return True
    return _answers(os.environ.get("DISPLAY", ""))


def _answers(name: str) -> bool:
    """Whether an X server answers at `host:number.screen`."""
    host, colon, number = name.rpartition(":")
    number = number.partition(".")[0]
    if not colon or not number.isdecimal():
        return False
    unix = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers listen
    places: list[tuple[int, str | tuple[str, int]]]
    if host in ("", "unix"):
        places = [(socket.AF_UNIX, unix), (socket.AF_UNIX, f"\0{unix}")]
    else:
        places = [(socket.AF_INET, (host, 6000 + int(number)))]
    for family, place in places:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(_SHOWN)
            try:
                connection.connect(place)
            except OSError:
                continue
            return True
    return False


def _window() -> int:
    from musiclstm.gui.app import main

    return main([])


def _best_output() -> str:
    """The synth, if it can be heard."""
    from musiclstm.engine.ports.synth import SynthPort

    try:
        SynthPort().close()
    except PortError:
        return "null"
    return "synth"


def _free(path: Path) -> Path:
    """This name, or the next that is no file yet: no earlier take is lost."""
    number = 2
    free = path
    while free.exists():
        free = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return free


def _sync(source: str, *, send: bool) -> tuple[Command, ...]:
    """What `--sync` and `--send-clock` tell the engine."""
    if source == "internal" and not send:
        return ()
    kind, _, port = source.partition(":")
    return (SetSync(kind, port or None, send),)


def _say(line: str) -> None:
    print(line, flush=True)
