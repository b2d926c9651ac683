"""Pad lights: what the instrument's state is, as the colours of pads. Pure logic: telemetry in, colours out."""

from __future__ import annotations

from musiclstm.engine.live.pad_table import PadTable
from musiclstm.engine.performer.midi_map import Trigger
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.commands import Command, Return, Section, SetBookmark, SetControl, StoreSection
from musiclstm.protocol.controls import Value
from musiclstm.protocol.telemetry import (
    BookmarkSet,
    ControlChanged,
    FormChanged,
    Jumped,
    Loaded,
    LoopChanged,
    PartChanged,
    Status,
    Telemetry,
)

HEARD = (BookmarkSet, ControlChanged, FormChanged, Jumped, Loaded, LoopChanged, PartChanged, Status)
"""The telemetry that changes lights."""


class PadLights:
    """armed: the next slot or section that is pressed is set."""

    def __init__(self) -> None:
        self.armed = False
        self._slots: dict[str, float] = {}
        self._here: str | None = None
        self._parts: dict[int, PartChanged] = {}
        self._controls: dict[str, Value] = {}
        self._form: FormChanged | None = None
        self._on = {"play": False, "hold": False, "loop": False}

    def take(self, message: Telemetry) -> None:
        match message:
            case BookmarkSet(slot, beat):
                self._slots[slot], self._here = beat, slot
            case FormChanged():
                self._form = message
            case PartChanged(part):
                self._parts[part] = message
            case ControlChanged(name, value):
                self._controls[name] = value
            case Loaded(parts=parts):
                self._parts = {part: known for part, known in self._parts.items() if part < len(parts)}
            case Status():
                self._on["play"], self._on["hold"] = message.playing or message.waiting, message.held
            case LoopChanged(start):
                self._on["loop"] = start is not None
            case Jumped(beat, reason, source):
                self._slots = {slot: at + message.relabelled for slot, at in self._slots.items()}
                if reason == "bookmark":
                    self._here = next((s for s, at in self._slots.items() if source is not None and at == source), None)
                elif reason != "clock":
                    self._here = None
            case _:
                pass

    def press(self, target: str) -> Command | str | None:
        """What a pad does that was pressed: a command; the target, where it is what a mapped key does; or nothing."""
        name, _, which = target.partition(".")
        match name:
            case "arm":
                self.armed = not self.armed
                return None
            case "slot":
                keep, self.armed = self.armed or which not in self._slots, False
                if not keep:
                    self._here = which
                return SetBookmark(which) if keep else Return(which)
            case "mode" if which:
                return SetControl("mode", which)
            case "section" if which in SLOTS:
                stored = self._form is not None and which in self._form.sections
                keep, self.armed = self.armed or not stored, False
                return StoreSection(which) if keep else Section(which)
            case _:
                return target

    def colour(self, target: str) -> str:
        """One of `pad_table.COLOURS`."""
        name, _, which = target.partition(".")
        match name:
            case "arm":
                return "armed" if self.armed else "free"
            case "slot" if self.armed:
                return "armed"
            case "slot":
                return "here" if self._here == which in self._slots else "set" if which in self._slots else "free"
            case "mode" if which:
                return "on" if self._controls.get("mode") == which else "free"
            case "section" if which in SLOTS:
                return self._section(which)
            case "mute" | "solo":
                part = self._parts.get(int(which) - 1)
                if part is None:
                    return "off"
                return ("on" if part.solo else "free") if name == "solo" else "muted" if part.silent else "on"
            case _ if target in self._on:
                return "on" if self._on[target] else "free"
            case _ if isinstance(self._controls.get(target), bool):
                return "on" if self._controls[target] else "free"
            case _:
                return "plain"

    def _section(self, letter: str) -> str:
        form = self._form
        if self.armed:
            return "armed"
        if form is None or letter not in form.sections:
            return "free"
        return "here" if letter == form.letter else "coming" if letter == form.coming else "section"

    def lights(self, table: PadTable) -> dict[Trigger, str]:
        """The colour of every pad of a table."""
        return {pad: self.colour(target) for pad, target in table.pads.items()}
