"""The application: starts the engine, then the window. `main` is what `musiclstm-app` and `musiclstm gui` call."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musiclstm import bands, paths
from musiclstm.errors import ModelError, MusicLSTMError
from musiclstm.protocol import option_values
from musiclstm.protocol.audio import SYNTH, driver_of, synth_output
from musiclstm.protocol.limits import MAX_BPM, MIN_BPM
from musiclstm.protocol.options import DEFAULT_MODEL, EngineOptions

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from musiclstm.engine.supervision.host import EngineHost, Library
    from musiclstm.gui.mailbox import Mailbox
    from musiclstm.gui.settings import Settings
    from musiclstm.gui.window import Window

log = logging.getLogger(__name__)

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@dataclass
class Running:
    """The parts of a running application; closing the window closes all of them."""

    app: QApplication
    host: EngineHost
    window: Window


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the window is closed; returns the exit code. Wrong options get one line."""
    options = _parser().parse_args(sys.argv[1:] if argv is None else argv)
    try:
        running = start(options)
    except MusicLSTMError as error:
        sys.stderr.write(f"musiclstm: {error}\n")
        return 1
    # Ctrl-C in the terminal closes the window, and so does the end of the terminal; Qt must be left now and then for
    # Python to notice.
    from PySide6.QtCore import QTimer

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, lambda *_args: running.window.close())
    wake = QTimer(running.app, interval=250)
    wake.timeout.connect(lambda: None)
    wake.start()
    try:
        return running.app.exec()
    finally:
        running.host.close()


def start(options: argparse.Namespace, settings: Settings | None = None) -> Running:
    """Start the engine and show the window. settings: a folder other than the usual one. Raises EngineError."""
    # Of Qt only its core is needed to know what to start; the engine starts while the rest is imported.
    from musiclstm.engine.supervision.host import EngineHost, library
    from musiclstm.gui.mailbox import Mailbox
    from musiclstm.gui.settings import Settings

    settings = settings or Settings()
    mailbox = Mailbox()
    models = model_names()
    engine = engine_options(options, settings, models)
    host = EngineHost(engine, mailbox.put)
    host.start()
    try:
        first_run = not (options.out or settings.text("ports/output"))
        return _open(host, mailbox, settings, models, library=library(engine), first_run=first_run)
    except BaseException:
        host.close()
        raise


def _open(
    host: EngineHost,
    mailbox: Mailbox,
    settings: Settings,
    models: list[str],
    *,
    library: Library,
    first_run: bool,
) -> Running:
    from PySide6.QtGui import QGuiApplication, QIcon
    from PySide6.QtWidgets import QApplication

    from musiclstm.gui.bridge import Bridge
    from musiclstm.gui.look.appearance import Look
    from musiclstm.gui.window import Window

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([sys.argv[0]])
    app.setApplicationName("musiclstm")
    app.setApplicationDisplayName("musiclstm")
    QGuiApplication.setDesktopFileName("musiclstm")
    app.setWindowIcon(QIcon(str(paths.resources() / "icons" / "musiclstm.png")))
    look = Look(app, settings.text("look/theme", "system"))
    window = Window(Bridge(host, mailbox), settings, look, models, library=library, first_run=first_run)
    window.show()
    return Running(app, host, window)


def model_names() -> list[str]:
    """Names of the shipped models and the user's own, the one to start with first; then those of the bands."""
    names = paths.model_names()
    return [*sorted(names, key=lambda name: (name != DEFAULT_MODEL, name)), *_band_names(names)]


def _band_names(models: list[str]) -> list[str]:
    """Those of bands whose models are there; a file of bands that cannot be read must not keep the window shut."""
    try:
        known = bands.bands()
    except ModelError as error:
        log.warning("%s", error)
        return []
    return [name for name, band in known.items() if name not in models and set(band.models) <= set(models)]


def engine_options(options: argparse.Namespace, settings: Settings, models: list[str]) -> EngineOptions:
    """From the command line, or else from the last run, or else for a first run."""
    model = options.model or settings.text("model")
    if not options.model and model not in models:
        model = models[0] if models else DEFAULT_MODEL
    chosen = options.out or settings.text("ports/output") or SYNTH
    # The driver of the last run may no longer be the chosen one; that of the command line is.
    plain = chosen == SYNTH or (not options.out and driver_of(chosen) is not None)
    output = synth_output(settings.text("sound/driver")) if plain else chosen
    tempo = options.tempo or settings.number(f"tempo/{Path(model).stem}", 0.0, MIN_BPM, MAX_BPM) or None
    return EngineOptions(
        model=model,
        output=output,
        input=options.input or settings.text("ports/input") or None,
        tempo=tempo,
        seed=options.seed,
        latency=settings.latency,
        latencies=settings.latencies,
        pedals=settings.pedals,
        osc=options.osc,
        play=options.play,
        soundfont=settings.text("sound/soundfont") or None,
        takes=str(settings.takes_folder),
        keep_days=settings.keep_days,
        keep_gib=settings.keep_gib,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("musiclstm-app", description="The window of musiclstm.")
    parser.add_argument("--model", help="a model's name or file")
    parser.add_argument("--out", metavar="PORT", help="where to play: a port's name, synth, virtual or null")
    parser.add_argument("--in", dest="input", metavar="PORT", help="the MIDI input to listen to")
    parser.add_argument("--tempo", type=option_values.bpm, metavar="BPM")
    parser.add_argument("--seed", type=option_values.seed)
    parser.add_argument("--osc", type=option_values.udp_port, metavar="UDP_PORT", help="listen to OSC on this port")
    parser.add_argument("--play", action="store_true", help="play at once")
    return parser
