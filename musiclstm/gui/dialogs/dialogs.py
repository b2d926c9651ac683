"""The dialogs. None of them stops the music or blocks the window."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from musiclstm import __version__, paths
from musiclstm.engine.supervision.host import Entry
from musiclstm.errors import reason
from musiclstm.files import MIDI_SUFFIXES
from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.bar.set_list_files import SetListFiles
from musiclstm.gui.bar.transport import Transport
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.appearance import Look
from musiclstm.gui.settings import Settings
from musiclstm.gui.takes import Takes
from musiclstm.gui.train.training import Training
from musiclstm.protocol.audio import SYNTH, synth_output
from musiclstm.protocol.commands import (
    BesideDaw,
    OpenOutput,
    Prime,
    SaveTake,
    Seed,
    SetLatency,
    SetPedal,
    SetSync,
    SetTakesFolder,
)
from musiclstm.protocol.telemetry import FormChanged, PartChanged


class Dialogs:
    """Each dialog is made when it is first needed, and kept. parent: the window they belong to, with its line."""

    def __init__(
        self,
        parent: QWidget,
        transport: Transport,
        bridge: Bridge,
        settings: Settings,
        look: Look,
        takes: Takes,
        training: Training,
        line: MessageLine,
    ) -> None:
        self._line = line
        self._parent, self._transport, self._takes, self._training = parent, transport, takes, training
        self._bridge, self._settings, self._look = bridge, settings, look
        self._open: dict[str, QWidget] = {}
        self._ports: dict[int, str | None] = {}  # of the parts
        bridge.part_changed.connect(self._part_changed)

    def _part_changed(self, changed: PartChanged) -> None:
        self._ports[changed.part] = changed.port

    def save_take_as(self) -> None:
        dialog = QFileDialog(self._parent, "Save take", str(self._settings.takes_folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("MIDI files (*.mid)")
        dialog.setDefaultSuffix("mid")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self._bridge.send(SaveTake(file)))
        dialog.open()

    def prime(self) -> None:
        dialog = QFileDialog(self._parent, "Continue from a MIDI file", str(self._settings.takes_folder))
        # Qt's own dialog tells upper from lower case.
        endings = " ".join(f"*{ending}" for each in MIDI_SUFFIXES for ending in (each, each.upper()))
        dialog.setNameFilter(f"MIDI files ({endings})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self._bridge.send(Prime(file)))
        dialog.open()

    def ask_seed(self) -> None:
        """Asks for a random seed: the same seed and the same settings give the same music."""
        from musiclstm.gui.dialogs.seed import SeedDialog

        def make() -> QWidget:
            dialog = SeedDialog(self._parent)
            dialog.chosen.connect(lambda seed: self._bridge.send(Seed(seed)))
            return dialog

        self._show("seed", make)

    def _show(self, name: str, make: Callable[[], QWidget]) -> QWidget:
        if name not in self._open:
            self._open[name] = make()
        self._open[name].show()
        self._open[name].raise_()
        self._open[name].activateWindow()
        return self._open[name]

    def show_takes(self, session: str = "") -> None:
        """session: one to choose."""
        from musiclstm.gui.dialogs.takes import TakesDialog

        def make() -> QWidget:
            dialog = TakesDialog(self._takes, self._bridge, self._settings, self._look.theme, self._parent)
            dialog.preferences_asked.connect(self.show_preferences)
            dialog.learn_asked.connect(self.learn)
            self._look.changed.connect(dialog.set_theme)
            return dialog

        dialog = self._show("takes", make)
        if session and isinstance(dialog, TakesDialog):
            dialog.choose(session)

    def show_train(self) -> None:
        from musiclstm.gui.train.dialog import TrainDialog

        def make() -> QWidget:
            dialog = TrainDialog(self._training, self._transport.models, self._look.theme, self._parent)
            dialog.play_asked.connect(self._transport.play_with)
            self._look.changed.connect(dialog.set_theme)
            return dialog

        self._show("train", make)

    def show_songs(self, files: SetListFiles, form: FormChanged | None) -> None:
        """The songs of the set list, as it is now."""
        from musiclstm.gui.dialogs.songs import SongsDialog

        def make() -> QWidget:
            return SongsDialog(self._bridge, files, self._parent)

        dialog = self._show("songs", make)
        if isinstance(dialog, SongsDialog):
            dialog.show_form(form)

    def learn(self, entry: Entry | None = None) -> None:
        """Asks how the model that plays shall learn. entry: from this take; None: from those of tonight."""
        from musiclstm.gui.train.learn import LearnDialog

        def make() -> QWidget:
            dialog = LearnDialog(self._training, self._takes, self._transport.models, self._parent)
            dialog.begun.connect(self.show_train)
            return dialog

        dialog = self._show("learn", make)
        if isinstance(dialog, LearnDialog):
            dialog.ask(str(self._transport.model.currentData()), entry)

    def rewrite(self, bars: tuple[float, float], words: str, parts: tuple[str, ...]) -> None:
        """Other music for these bars, in beats. parts: of the model."""
        from musiclstm.gui.dialogs.rewrite import RewriteDialog

        def make() -> QWidget:
            dialog = RewriteDialog(self._bridge, self._parent)
            dialog.save_asked.connect(self._save_copy)
            return dialog

        dialog = self._show("rewrite", make)
        if isinstance(dialog, RewriteDialog):
            dialog.ask(bars, words, parts)

    def _save_copy(self, file: str) -> None:
        dialog = QFileDialog(self._parent, "Save the proposal", str(self._settings.takes_folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("MIDI files (*.mid)")
        dialog.setDefaultSuffix("mid")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(partial(self._copy, file))
        dialog.open()

    def _copy(self, file: str, target: str) -> None:
        try:
            shutil.copyfile(file, target)
        except OSError as error:
            self._line.say(f"{target} cannot be written: {reason(error)}.", serious=True)
        else:
            self._line.say(f"Saved {Path(target).name}.", details=target)

    def show_preferences(self) -> None:
        from musiclstm.gui.dialogs.preferences import PreferencesDialog

        def make() -> QWidget:
            dialog = PreferencesDialog(self._settings, self._parent)
            dialog.theme_changed.connect(self._look.choose)
            dialog.synth_changed.connect(self._driver_chosen)
            dialog.latency_changed.connect(self._latency_chosen)
            dialog.pedal_changed.connect(lambda output, on: self._bridge.send(SetPedal(output, on)))
            dialog.clock_changed.connect(self.send_sync)
            dialog.daw_asked.connect(self.toggle_daw)
            dialog.takes_changed.connect(lambda: self._bridge.send(SetTakesFolder(str(self._settings.takes_folder))))
            return dialog

        dialog = self._show("preferences", make)
        if isinstance(dialog, PreferencesDialog):
            dialog.offer_outputs(sorted({port for port in self._ports.values() if port}))

    def show_help(self) -> None:
        from musiclstm.gui.dialogs.help import TextDialog, help_text

        self._show("help", lambda: TextDialog("Help", help_text(), self._parent))

    def show_about(self) -> None:
        from musiclstm.gui.dialogs.help import TextDialog, about_text

        cards = [card for model in paths.model_files() if (card := model.with_suffix(".md")).exists()]
        self._show("about", lambda: TextDialog("About", about_text(__version__, cards), self._parent))

    def open_output(self, name: str) -> None:
        """Play to an output, with the latency and, if it is the synth, the audio driver of the preferences."""
        if name == SYNTH:
            name = synth_output(self._settings.text("sound/driver"))
        self._bridge.send(OpenOutput(name, self._settings.latency))

    def toggle_daw(self) -> None:
        """Beside a DAW, or back to what was before."""
        self._bridge.send(BesideDaw(not self._transport.beside_daw))

    def _driver_chosen(self) -> None:
        if self._transport.output.currentData() == SYNTH:
            self.open_output(SYNTH)

    def _latency_chosen(self, output: str, milliseconds: float) -> None:
        if output:
            self._bridge.send(SetLatency(output, milliseconds))
            return
        # To the very same output, which may have been named on the command line.
        self.open_output(self._transport.open_output or str(self._transport.output.currentData()))

    def send_sync(self) -> None:
        source = str(self._transport.sync.currentData())
        port = str(self._transport.input.currentData() or "") or None
        send = self._settings.flag("sound/clock", False)
        self._bridge.send(SetSync(source, port if source == "midi" else None, send))
