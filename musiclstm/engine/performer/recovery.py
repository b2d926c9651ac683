"""Recovery: back to good music after controls have made it odd, and back to the memory that was forgotten.

What a model has played is what it goes on from. After some bars at an extreme setting its memory is full of odd music,
and the best controls do not help. So the session is bookmarked when a control leaves its style, and *Reset* returns
there. The bookmarks lie in slots of their own, which no person can reach.
"""

from __future__ import annotations

from collections.abc import Callable

from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.travel import Travel
from musiclstm.errors import UsageError

BEFORE, IN_STYLE = "before", "in style"
RECOVERED = 60.0
"""Seconds in style after which the music counts as what the person wants: a reset then leaves the memory alone."""


class Recovery:
    """Writes these two bookmarks, through `Travel`."""

    def __init__(self, state: PerformerState, travel: Travel) -> None:
        self._state = state
        self._travel = travel
        self._was_in_style = True
        self._returned = 0.0  # seconds, when the controls came back into style

    # ---- after odd controls --------------------------------------------------------------------------------------

    def turned(self) -> None:
        """A control has another value."""
        in_style = self._state.steering.in_style()
        if in_style and not self._was_in_style:
            self._returned = self._state.position.now
        elif self._was_in_style and not in_style and not self._odd():
            self._travel.keep(IN_STYLE)
        self._was_in_style = in_style

    def needed(self) -> bool:
        """Whether the memory may be full of odd music."""
        return not self._state.steering.in_style() or self._odd()

    def _odd(self) -> bool:
        return self._kept() and not (self._was_in_style and self._state.position.now - self._returned > RECOVERED)

    def _kept(self) -> bool:
        """Whether there is a way back, in a memory of the model that plays."""
        bookmark = self._state.time_machine.bookmarks.get(IN_STYLE)
        return bookmark is not None and self._state.session.fits(bookmark.snapshot)

    def recover(self, begin_anew: Callable[[], None]) -> None:
        """Goes on from before the controls left their style, or from nothing if that is not known."""
        self.before_change()
        if self._kept():
            self._travel.go_to_bookmark(IN_STYLE, "reset")
            self._travel.drop(IN_STYLE)
        else:
            begin_anew()

    def begun_anew(self) -> None:
        """The memory is another, and not odd."""
        self._travel.drop(IN_STYLE)
        if not self._was_in_style:
            self._travel.keep(IN_STYLE)

    def loaded(self) -> None:
        """Another model plays, from nothing."""
        self._travel.drop(BEFORE)
        self._was_in_style = self._state.steering.in_style()
        self.begun_anew()

    def resumed(self) -> None:
        """It goes on from a checkpoint, with its controls and bookmarks."""
        self._was_in_style = self._state.steering.in_style()
        self._returned = self._state.position.now

    # ---- taken back ----------------------------------------------------------------------------------------------

    def before_change(self) -> None:
        """The memory will be another, which can be taken back."""
        self._travel.keep(BEFORE)

    def undo(self) -> None:
        """Raises UsageError if nothing can be taken back since the model was loaded."""
        if BEFORE not in self._state.time_machine.bookmarks:
            raise UsageError("There is no Forget or Reset to take back.")
        self._travel.go_to_bookmark(BEFORE, "undo")
        self._travel.drop(BEFORE)
