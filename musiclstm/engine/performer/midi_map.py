"""MIDI learn: which knob, key or pedal is mapped to which control or command, in a file that people can edit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from musiclstm import toml_file
from musiclstm.errors import UsageError, reason
from musiclstm.files import write_atomic
from musiclstm.music import midi_message
from musiclstm.protocol.actions import ACTIONS
from musiclstm.protocol.controls import control

_HEAD = (
    "What each knob, key or pedal does: control or command = what turns it.",
    'Examples: "time.temperature" = "CC 21 ch 1"   "panic" = "note 36 ch 10"   ("ch any" is any channel)',
)
_NO_PARAMETER = 127
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
        """Raises ValueError for a text that is not like `CC 21 ch 1`."""
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not like 'CC 21 ch 1'")
        kind = "CC" if match[1].lower() == "cc" else "note"
        number = int(match[2])
        channel = None if match[3].lower() == "any" else int(match[3]) - 1
        if number > 127 or (channel is not None and not 0 <= channel <= 15):
            raise ValueError(f"{text!r} is no MIDI message: numbers go to 127, channels from 1 to 16")
        if kind == "CC" and number >= midi_message.ALL_SOUND_OFF:
            raise ValueError(f"{text!r} is a channel mode message, which no knob sends: CCs go to 119")
        return Trigger(kind, number, channel)

    @staticmethod
    def of(message: bytes) -> Trigger | None:
        """The trigger of a message; None if it is neither a note nor a CC. Channel mode messages are no CCs here."""
        if len(message) != 3:
            return None
        if midi_message.is_note(message):
            return Trigger("note", message[1], midi_message.channel(message))
        if midi_message.kind(message) == midi_message.CONTROL_CHANGE and message[1] < midi_message.ALL_SOUND_OFF:
            return Trigger("CC", message[1], midi_message.channel(message))
        return None


@dataclass(frozen=True, slots=True)
class MappedInput:
    """A mapped trigger was moved. position: 0..1. pressed: a key went down, or a CC rose to half its range or more."""

    target: str
    kind: str
    position: float
    pressed: bool


def _is_known(target: str) -> bool:
    """Whether it is a command, a control, or one of a player's own, whoever plays now."""
    try:
        control(target)
    except KeyError:
        return target in ACTIONS
    return True


class MidiMap:
    """The mappings and their file. Belongs to the engine's thread; writing the file takes about a millisecond.

    A player's own control is called by its model's name (`Players.lasting`). path: None keeps them without a file.
    problem: one line for a person about a file that could not be read. waiting: the target to which the next CC or note
    will be mapped.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.problem: str | None = None
        self.waiting: str | None = None
        self._by_target: dict[str, Trigger] = {}
        self._by_trigger: dict[Trigger, str] = {}
        self._high: dict[Trigger, bool] = {}
        self._parameter: set[int] = set()  # channels on which an RPN or NRPN is chosen
        self._refused = False  # such a knob, since `learn`
        self._document = tomlkit.document()
        for line in _HEAD:
            self._document.add(tomlkit.comment(line))
        self._read()

    def _read(self) -> None:
        if self.path is None or not self.path.exists():
            return
        try:
            self._document = toml_file.read(self.path)
        except (OSError, UsageError) as error:
            # It may be somebody's work with one typing error in it: it is not overwritten.
            self.problem = f"{self.path} cannot be read ({reason(error)}); new MIDI mappings will not be saved."
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
            elif _is_known(target):
                self._by_target[target] = trigger
                self._by_trigger[trigger] = target
        if wrong:
            self.problem = f"{self.path}: these lines are not understood and ignored: {', '.join(wrong)}."

    def text(self, target: str) -> str | None:
        """What is mapped to the target, such as `CC 21 ch 1`; None if nothing is."""
        trigger = self._by_target.get(target)
        return None if trigger is None else str(trigger)

    def targets(self) -> list[str]:
        return list(self._by_target)

    def learn(self, target: str | None) -> None:
        """The next CC or note will be mapped to the target; None: to nothing. Raises UsageError for an unknown one."""
        if target is not None and not _is_known(target):
            raise UsageError(f"There is no control or command named {target!r} to map a knob or key to.")
        self.waiting, self._refused = target, False

    def unlearn(self, target: str) -> None:
        """Nothing is mapped to the target any more. Raises UsageError if the file cannot be written."""
        trigger = self._by_target.pop(target, None)
        if trigger is not None:
            self._by_trigger.pop(trigger, None)
            self._write(target)

    def takes(self, message: bytes) -> bool:
        """Whether a message is mapped, or would be now."""
        trigger = Trigger.of(message)
        return trigger is not None and (self.waiting is not None or self._target(trigger) is not None)

    def _target(self, trigger: Trigger) -> str | None:
        found = self._by_trigger.get(trigger)
        return found or self._by_trigger.get(Trigger(trigger.kind, trigger.number, None))

    def receive(self, message: bytes) -> MappedInput | list[str] | None:
        """What a message from the person means. None if it is not mapped, and music.

        A list if it has been mapped just now: the new target, and the one from which it was taken. Raises UsageError if
        the file cannot be written; it is mapped all the same; and for a knob that cannot be mapped.
        """
        trigger = Trigger.of(message)
        if trigger is None:
            return None
        target = self._target(trigger)
        if self._is_of_parameter(message, mapped=target is not None):
            self._refuse()
            return None
        down = midi_message.is_note_on(message)
        lifted = midi_message.is_pedal(message) and message[2] < 64  # nobody maps a pedal by letting it go
        if self.waiting is not None and (down or (trigger.kind == "CC" and not lifted)):
            return self._map(self.waiting, trigger)
        if target is None:
            return None
        if trigger.kind == "note":
            return MappedInput(target, "note", message[2] / 127 if down else 0.0, down)
        # A button that sends CCs sends 127 and then 0; a knob crosses the middle once on its way.
        high, before = message[2] >= 64, self._high.get(trigger, False)
        self._high[trigger] = high
        return MappedInput(target, "CC", message[2] / 127, high and not before)

    def _is_of_parameter(self, message: bytes, *, mapped: bool) -> bool:
        """Whether it is part of an RPN or NRPN: all knobs that send such send the same CCs.

        mapped: a person has written it into the file, so that it is a plain CC if it could choose a parameter.
        """
        channel = midi_message.channel(message)
        if midi_message.chooses_parameter(message) and not mapped:
            (self._parameter.discard if message[2] == _NO_PARAMETER else self._parameter.add)(channel)
            return True
        return midi_message.sets_parameter(message) and channel in self._parameter

    def _refuse(self) -> None:
        """Raises UsageError, once, if something waits to be mapped."""
        if self.waiting is not None and not self._refused:
            self._refused = True
            raise UsageError(
                "This knob sends an RPN or NRPN, which cannot be mapped: let it send a control change (CC), or move "
                "another knob."
            )

    def _map(self, target: str, trigger: Trigger) -> list[str]:
        self.waiting = None
        changed = [target]
        other = self._by_trigger.pop(trigger, None)
        if other is not None and other != target:
            del self._by_target[other]
            changed.append(other)
        old = self._by_target.get(target)
        if old is not None:
            self._by_trigger.pop(old, None)
        self._by_target[target] = trigger
        self._by_trigger[trigger] = target
        # What was moved for this does not count as pressed yet: a knob goes on moving, a button's 127 is followed by 0.
        self._high[trigger] = True
        self._write(*changed)
        return changed

    def _write(self, *targets: str) -> None:
        """Bring the lines of these targets up to date; the others may have been changed since the file was read."""
        if self.path is None:
            return
        try:
            if self.path.exists():
                self._document = toml_file.read(self.path)
        except (OSError, UsageError) as error:
            raise UsageError(f"{self.path} cannot be read ({reason(error)}); the MIDI mapping is not saved.") from error
        texts = {target: self.text(target) for target in targets}
        for target, text in list(self._document.items()):
            if text in texts.values() and texts.get(target) != text:
                del self._document[target]
        for target, new in texts.items():
            if new is None:
                self._document.pop(target, None)
            else:
                self._document[target] = new
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # The engine's thread must not wait for the disk.
            write_atomic(self.path, tomlkit.dumps(self._document).encode(), durable=False)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be written: {error.strerror}.") from error
