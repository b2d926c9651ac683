"""The installer: pip in a process of its own, when a person asks for it on the page."""

from __future__ import annotations

import importlib
import shlex
import sys
from importlib import metadata

from PySide6.QtCore import QObject, QProcess, Signal

from musiclstm import paths

# From PyPI, PyTorch for Linux is several gigabytes, for graphics cards that few have.
_CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
_CANCEL = 3000  # milliseconds that pip has to end by itself


def command() -> list[str]:
    """What installs the extra `train` where this program runs.

    pip leaves the program as it is where it is installed: by its name only the extra is missing. Where it runs from a
    folder of sources, nobody knows whose program an index has by that name.
    """
    what = ["musiclstm[train]"] if _is_installed() else ["-e", f"{paths.resources().parent}[train]"]
    index = ["--extra-index-url", _CPU_BUILDS] if sys.platform == "linux" else []
    return [sys.executable, "-m", "pip", "install", *index, *what]


def _is_installed() -> bool:
    try:
        metadata.version("musiclstm")
    except metadata.PackageNotFoundError:
        return False
    return True


def command_line() -> str:
    """The same for a terminal."""
    return shlex.join(command())


class Installer(QObject):
    """said(line): what pip does now. ended(why): "" when all is there, or why not, in a line for a person.

    program: what is run, with its arguments.
    """

    said = Signal(str)
    ended = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        quiet = ("--disable-pip-version-check", "--progress-bar", "off", "--retries", "1", "--no-input")
        self.program = [*command(), *quiet]
        self._last, self._error, self._cancelled = "", "", False
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.errorOccurred.connect(self._failed)
        self._process.finished.connect(self._finished)

    @property
    def running(self) -> bool:
        return self._process.state() is not QProcess.ProcessState.NotRunning

    def start(self) -> None:
        if not self.running:
            self._last, self._error, self._cancelled = "", "", False
            self._process.start(self.program[0], self.program[1:])

    def cancel(self) -> None:
        if self.running:
            self._cancelled = True
            self._process.terminate()
            if not self._process.waitForFinished(_CANCEL):
                self._process.kill()

    def _read(self) -> None:
        while self._process.canReadLine():
            line = bytes(self._process.readLine().data()).decode(errors="replace").strip()
            if line.startswith("ERROR:"):
                self._error = line.removeprefix("ERROR:").strip()
            elif line and not line.startswith("WARNING:"):
                self._last = line
                self.said.emit(line)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.ended.emit(f"It cannot be installed: {self._process.errorString()}.")

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        if self._cancelled:
            self.ended.emit("The installation was cancelled; Install begins it again.")
        elif code or status is not QProcess.ExitStatus.NormalExit:
            why = self._error or self._last or f"pip ended with code {code}"
            self.ended.emit(f"It could not be installed: {why.rstrip('.')}.")
        else:
            importlib.invalidate_caches()
            self.ended.emit("")
