"""Takes and other files: saved, captured, listened to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SaveTake:
    """Write the last `minutes` (None: everything since play was pressed) to a MIDI file.

    The name ends in .mid. Without a folder it goes to the takes folder, where an empty one stands for a new name. A
    file that is not a take of this session is replaced only by the window, which has asked first. Answered by `Saved`
    or a serious `Notice`.
    """

    file: str
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class SaveBars:
    """Write what was heard from beat `start` to `end` to a MIDI file, which begins at `start`.

    file: as in `SaveTake`. part: this one alone, -1 the person's. Answered by `Saved` or a serious `Notice`.
    """

    start: float
    end: float
    file: str = ""
    part: int | None = None


@dataclass(frozen=True, slots=True)
class SaveLastBars:
    """Write so many of the last whole bars to a MIDI file, as `SaveBars` does."""

    bars: int
    file: str = ""
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """Write what the person played since the last long pause to a MIDI file; it need not have been recorded.

    file: as in `SaveTake`. Answered by `Saved` or a serious `Notice`.
    """

    file: str = ""


@dataclass(frozen=True, slots=True)
class SetTakesFolder:
    """Save takes to this folder (a whole path) if their name has none."""

    folder: str


@dataclass(frozen=True, slots=True)
class Hear:
    """Play a MIDI file unchanged, to listen to it; None stops that.

    The model stops first, and does not remember it. It ends by itself when the model plays. See `Heard`.
    """

    file: str | None
