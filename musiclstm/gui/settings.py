"""What the window keeps between two runs (QSettings), by name and type."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

from PySide6.QtCore import QByteArray, QSettings

from musiclstm import paths
from musiclstm.protocol.limits import MAX_LATENCY
from musiclstm.protocol.options import KEEP_DAYS, KEEP_GIB

MOST_DAYS, MOST_GIB = 3650, 1000
ORGANISATION = APPLICATION = "musiclstm"
_LATENCIES = "latencies"
_PEDALS = "pedals"


class Settings:
    """theme: system | dark | light. An empty string stands for "not chosen"."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION
        )

    def text(self, key: str, default: str = "") -> str:
        value = self._store.value(key, default)
        return str(value) if value is not None else default

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """The number of a key; `default` where it is none, or not from `low` to `high`."""
        try:
            number = float(self.text(key, str(default)))
        except ValueError:
            return default
        return number if low <= number <= high else default

    def flag(self, key: str, default: bool) -> bool:
        return self.text(key, "true" if default else "false").lower() == "true"

    def blob(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def put(self, key: str, value: str | float | bool | QByteArray) -> None:
        if isinstance(value, bool):
            value = "true" if value else "false"
        self._store.setValue(key, value)

    def remove(self, key: str) -> None:
        self._store.remove(key)

    def sync(self) -> None:
        self._store.sync()

    @property
    def folder(self) -> Path:
        """Where the settings file and the presets are."""
        return Path(self._store.fileName()).parent

    @property
    def latency(self) -> float:
        """Of the main output, in milliseconds."""
        return self.latency_of("")

    @property
    def latencies(self) -> tuple[tuple[str, float], ...]:
        """Of the outputs that parts have of their own: names and milliseconds."""
        return tuple((name, self.latency_of(name)) for name in self._outputs(_LATENCIES))

    def latency_of(self, output: str) -> float:
        """Of an output that parts have of their own, or with an empty name of the main one."""
        return self.number(_output_key(_LATENCIES, output, "sound/latency"), 0.0, -MAX_LATENCY, MAX_LATENCY)

    def put_latency(self, output: str, milliseconds: float) -> None:
        self.put(_output_key(_LATENCIES, output, "sound/latency"), milliseconds)

    @property
    def pedals(self) -> tuple[str, ...]:
        """The outputs that are played with the sustain pedal, by name; "" is the main one."""
        return tuple(name for name in ("", *self._outputs(_PEDALS)) if self.pedal_of(name))

    def pedal_of(self, output: str) -> bool:
        """Whether an output, or with an empty name the main one, is played with the sustain pedal."""
        return self.flag(_output_key(_PEDALS, output, "sound/pedal"), False)

    def put_pedal(self, output: str, on: bool) -> None:
        self.put(_output_key(_PEDALS, output, "sound/pedal"), on)

    def _outputs(self, group: str) -> list[str]:
        """The names of the outputs of which something is kept in a group."""
        self._store.beginGroup(group)
        names = self._store.childKeys()
        self._store.endGroup()
        return [unquote(name) for name in names]

    @property
    def keep_days(self) -> float | None:
        """How long takes are kept; None: for ever."""
        return self.number("takes/days", KEEP_DAYS, 0, MOST_DAYS) or None

    @property
    def keep_gib(self) -> float | None:
        """How much room all takes may have; None: any."""
        return self.number("takes/gib", KEEP_GIB, 0, MOST_GIB) or None

    @property
    def takes_folder(self) -> Path:
        chosen = self.text("folders/takes")
        return Path(chosen) if chosen else paths.user_takes()


def _output_key(group: str, output: str, main: str) -> str:
    """main: the key of the main output, whose name is empty."""
    # A slash in a port's name would make a group.
    return f"{group}/{quote(output, safe='')}" if output else main
