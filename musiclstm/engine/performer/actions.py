"""Actions: what a mapped knob, key or pedal means at the moment it is moved."""

from __future__ import annotations

from collections.abc import Callable

from musiclstm.engine.performer.keyboard import Keyboard
from musiclstm.engine.performer.midi_map import MappedInput
from musiclstm.engine.performer.state import PerformerState
from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.actions import ACTIONS
from musiclstm.protocol.controls import control
from musiclstm.protocol.limits import MAX_VOLUME

_SURPRISE, _STEP = "pitch.temperature", 0.1


class Actions:
    """perform: takes the command that is meant. SaveTake and Capture have no file name: where takes go by default."""

    def __init__(
        self, state: PerformerState, keyboard: Keyboard, perform: Callable[[commands.Command], object]
    ) -> None:
        self._state = state
        self._keyboard = keyboard
        self._perform = perform

    def receive(self, message: bytes) -> bool:
        """Does what a message means; False if it is not mapped, and music. It may have been mapped just now."""
        state = self._state
        try:
            found = state.midi_map.receive(message)
        except MusicLSTMError as error:
            state.emit(telemetry.Notice(str(error)))
            return True
        if found is None:
            return False
        if isinstance(found, MappedInput):
            self._do(found)
        else:
            for name in found:
                state.report_control(name)
        return True

    def press(self, target: str) -> None:
        """Does what a key means that is mapped to this and goes down."""
        self._do(MappedInput(target, "note", 1.0, pressed=True))

    def _do(self, moved: MappedInput) -> None:
        if moved.target == "take over":
            if moved.pressed:
                self._keyboard.take_over()
            return
        command = _action(moved, self._state) if moved.target in ACTIONS else _control(moved, self._state)
        if command is not None:
            self._perform(command)


def _action(moved: MappedInput, state: PerformerState) -> commands.Command | None:
    if moved.target == "morph.AB":
        return commands.Morph("A", "B", moved.position)
    name, _, which = moved.target.partition(".")
    if name == "volume":
        part = int(which) - 1
        return commands.SetPart(part, volume=round(MAX_VOLUME * moved.position)) if part < _parts(state) else None
    if not moved.pressed:
        return None
    match name:
        case "play":
            return commands.Stop() if state.position.playing else commands.Play()
        case "panic":
            return commands.Panic()
        case "hold":
            return commands.Hold(not state.hold)
        case "forget":
            return commands.Forget()
        case "undo":
            return commands.Undo()
        case "reset":
            return commands.Reset()
        case "save":
            return commands.SaveTake("")
        case "surprise":
            value = float(state.steering.values[_SURPRISE] or 0) + (_STEP if which == "up" else -_STEP)
            return commands.SetControl(_SURPRISE, value)
        case "capture":
            return commands.Capture()
        case "back":
            return commands.Back(1.0)
        case "loop":
            return commands.LoopLast(0 if state.looping.loop is not None else 2)
        case "end":
            return commands.End(4 if state.ending.end is None else 0)
        case "bookmark":
            return commands.SetBookmark(which)
        case "return":
            return commands.Return(which)
        case "section":
            return commands.NextSection() if which == "next" else commands.Section(which)
        case "song":
            return commands.Song()
        case _:
            return _mute_or_solo(name, int(which) - 1, state)


def _control(moved: MappedInput, state: PerformerState) -> commands.Command | None:
    known = control(moved.target)
    try:
        value = state.steering.effective(moved.target)
    except UsageError:
        return None  # of a player that does not play now
    if moved.kind == "CC":
        return commands.SetControl(moved.target, known.from_unit(moved.position))
    if not moved.pressed:
        return None
    # A key goes on to the next choice, or switches; on a scale its velocity counts.
    if known.choices:
        following = (known.choices.index(str(value)) + 1) % len(known.choices)
        return commands.SetControl(moved.target, known.choices[following])
    if isinstance(known.default, bool):
        return commands.SetControl(moved.target, not value)
    return commands.SetControl(moved.target, known.from_unit(moved.position))


def _parts(state: PerformerState) -> int:
    return len(state.steering.parts)


def _mute_or_solo(name: str, part: int, state: PerformerState) -> commands.Command | None:
    if part >= _parts(state):
        return None
    settings = state.steering.parts[part]
    if name == "solo":
        return commands.SetPart(part, solo=not settings.solo)
    return commands.SetPart(part, mute=not settings.mute)
