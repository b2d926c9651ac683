"""PartSettings: how a part is played, as the model has it and as the person sets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from musiclstm.errors import UsageError
from musiclstm.music.note import Part
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol.commands import SetPart
from musiclstm.protocol.limits import MAX_CHANNEL, MAX_PITCH, MAX_PROGRAM, MAX_VOLUME
from musiclstm.protocol.modes import PART_MODES


@dataclass(frozen=True, slots=True)
class PartSettings:
    """How one part is played, as in `SetPart`.

    low, high: pitches as heard, after transposition; None until somebody sets them: those of the instrument. volume:
    None until somebody sets it.
    """

    mode: str = "auto"
    channel: int = 0
    port: str | None = None
    program: int = 0
    low: int | None = None
    high: int | None = None
    polyphony: int | None = None
    longest: float | None = None
    transpose: int = 0
    source: int = -1
    punch_in: bool = False
    percussive: bool = False
    volume: int | None = None
    mute: bool = False
    solo: bool = False

    @property
    def sustains(self) -> bool:
        """Whether a pedal may hold its notes: those of drums end by themselves, and of one voice each ends the last."""
        return not self.percussive and self.polyphony != 1

    @staticmethod
    def of(part: Part, voices: int | None = None) -> PartSettings:
        """As the model has the part. voices: how many notes at once that is; None for any."""
        return PartSettings(channel=part.channel, program=part.program, percussive=part.percussive, polyphony=voices)

    def changed(self, command: SetPart) -> PartSettings:
        """With the command's fields that are not None; 0 removes a limit (polyphony, longest), "" a port of its own.

        Raises UsageError for values that make no sense.
        """
        new = {name: value for name in _FIELDS if (value := getattr(command, name)) is not None}
        if new.get("mode", "auto") not in PART_MODES:
            raise UsageError(f"The mode of a part is one of {', '.join(PART_MODES)}, not {new['mode']}.")
        if command.mode is not None:
            new.setdefault("mute", command.mode == "muted")
            new["mode"] = "auto" if command.mode == "muted" else command.mode
        limits = {"channel": MAX_CHANNEL, "program": MAX_PROGRAM, "low": MAX_PITCH, "high": MAX_PITCH}
        limits |= {"polyphony": 128, "volume": MAX_VOLUME}
        for name, highest in limits.items():
            if not 0 <= int(new.get(name, 0)) <= highest:
                raise UsageError(f"The {name} of a part is 0 to {highest}, not {new[name]}.")
        if not abs(int(new.get("transpose", 0))) <= 60:
            raise UsageError("A part is transposed by at most five octaves (60 semitones).")
        for name in ("polyphony", "longest"):
            if name in new and not new[name] > 0:
                new[name] = None
        if new.get("port") == "":
            new["port"] = None
        if command.source is not None and command.source == command.part:
            raise UsageError("A part cannot follow itself.")
        return replace(self, **new)


_FIELDS = tuple(field.name for field in fields(SetPart) if field.name != "part")


def as_in(vocabulary: Vocabulary, voices: Sequence[int | None]) -> list[PartSettings]:
    """The parts as a model has them."""
    known = voices or (None,) * len(vocabulary.parts)
    return [PartSettings.of(part, each) for part, each in zip(vocabulary.parts, known, strict=True)]
