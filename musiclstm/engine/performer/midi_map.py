"""MIDI learn: which knob, key or pedal turns which control or command, kept in a file a person can read and edit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from musiclstm.errors import UsageError
from musiclstm.protocol.controls import ACTIONS, BY_NAME

FILE = "learnt.toml"
_HEAD = (
    "What each knob, key or pedal does: control or command = what turns it.",
    'Examples: "time.temperature" = "CC 21 ch 1"   "panic" = "note 36 ch 10"   ("ch any" is any channel)',
)
_TEXT = re.compile(r"(cc|note)\s+(\d{1,3})\s+ch\s+(\d{1,2}|any)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A CC or note. channel: 0..15, None for any."""

    kind: str  # "CC" | "note"
    number: int
    channel: int | None

    def __str__(self) -> str:
        return f"{self.kind} {self.number} ch {'any' if self.channel is None else self.channel + 1}"

    @staticmethod
    def parse(text: str) -> Trigger:
        """Raises ValueError for what is not like `CC 21 ch 1`."""
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not like 'CC 21 ch 1'")
        kind = "CC" if match[1].lower() == "cc" else "note"
        number = int(match[2])
        channel = None if match[3].lower() == "any" else int(match[3]) - 1
        if number > 127 or (channel is not None and not 0 <= channel <= 15):
            raise ValueError(f"{text!r} is no MIDI message")
        return Trigger(kind, number, channel)

    @staticmethod
    def of(message: bytes) -> Trigger | None:
        """What a message is, None if it is neither a CC nor a note (channel mode messages, from CC 120 on, neither)."""
        if len(message) != 3:
            return None
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind == 0xB0 and message[1] < 120:
            return Trigger("CC", message[1], channel)
        if kind in (0x80, 0x90):
            return Trigger("note", message[1], channel)
        return None


@dataclass(frozen=True, slots=True)
class Turned:
    """A learnt trigger was moved. position: 0..1. pressed: a key went down, or a CC came up to half its way."""

    target: str
    kind: str
    position: float
    pressed: bool


class Learnt:
    """The table and its file. One owner, the engine's thread; writing the file takes about a millisecond.

    path: None keeps it in memory alone. problem: one line about a file that could not be read, for a person.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.problem: str | None = None
        self.waiting: str | None = None
        self._by_target: dict[str, Trigger] = {}
        self._by_trigger: dict[Trigger, str] = {}
        self._high: dict[Trigger, bool] = {}
        self._document = tomlkit.document()
        for line in _HEAD:
            self._document.add(tomlkit.comment(line))
        self._read()

    def _read(self) -> None:
        if self.path is None or not self.path.exists():
            return
        try:
            self._document = tomlkit.parse(self.path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, TOMLKitError) as error:
            # It may be somebody's work with one typing error in it: it is not overwritten.
            self.problem = f"{self.path} cannot be read ({error}); what is learnt now is not kept."
            self.path = None
            return
        wrong = []
        for target, text in self._document.unwrap().items():
            try:
                trigger = Trigger.parse(str(text))
            except ValueError:
                wrong.append(target)
                continue
            if trigger in self._by_trigger:
                wrong.append(target)
            elif target in BY_NAME or target in ACTIONS:
                self._by_target[target] = trigger
                self._by_trigger[trigger] = target
        if wrong:
            self.problem = f"{self.path}: not understood and left alone: {', '.join(wrong)}."

    def text(self, target: str) -> str | None:
        """`CC 21 ch 1`, or None if nothing turns this."""
        trigger = self._by_target.get(target)
        return None if trigger is None else str(trigger)

    def targets(self) -> list[str]:
        return list(self._by_target)

    def wait_for(self, target: str | None) -> None:
        """The next CC or note is for this; None: for nothing. Raises UsageError for an unknown target."""
        if target is not None and target not in BY_NAME and target not in ACTIONS:
            raise UsageError(f"There is nothing called {target} to learn.")
        self.waiting = target

    def forget(self, target: str) -> None:
        """Nothing turns this any more. Raises UsageError if the file cannot be written."""
        trigger = self._by_target.pop(target, None)
        if trigger is not None:
            self._by_trigger.pop(trigger, None)
            self._document.pop(target, None)
            self._write()

    def heard(self, message: bytes) -> Turned | list[str] | None:
        """What a message from the person turns.

        A list of targets if it was learnt just now: the new one, and the one it was taken from. None if it means
        nothing here and is music. Raises UsageError if the file cannot be written (it is learnt all the same).
        """
        trigger = Trigger.of(message)
        if trigger is None:
            return None
        down = message[0] & 0xF0 == 0x90 and message[2] > 0
        if self.waiting is not None and (down or trigger.kind == "CC"):
            return self._learn(self.waiting, trigger)
        target = self._by_trigger.get(trigger)
        if target is None and trigger.channel is not None:
            target = self._by_trigger.get(Trigger(trigger.kind, trigger.number, None))
        if target is None:
            return None
        if trigger.kind == "note":
            return Turned(target, "note", message[2] / 127 if down else 0.0, down)
        # A button that sends CCs sends 127 and then 0; a knob crosses the middle once on its way.
        high, before = message[2] >= 64, self._high.get(trigger, False)
        self._high[trigger] = high
        return Turned(target, "CC", message[2] / 127, high and not before)

    def _learn(self, target: str, trigger: Trigger) -> list[str]:
        self.waiting = None
        changed = [target]
        other = self._by_trigger.pop(trigger, None)
        if other is not None and other != target:
            del self._by_target[other]
            self._document.pop(other, None)
            changed.append(other)
        old = self._by_target.get(target)
        if old is not None:
            self._by_trigger.pop(old, None)
        self._by_target[target] = trigger
        self._by_trigger[trigger] = target
        # What taught it must not turn it at once: a button's 127 is followed by its 0, a note by its end.
        self._high[trigger] = True
        self._document[target] = str(trigger)
        self._write()
        return changed

    def _write(self) -> None:
        if self.path is None:
            return
        new = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(tomlkit.dumps(self._document), encoding="utf-8")
            new.replace(self.path)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be written: {error.strerror}.") from error
