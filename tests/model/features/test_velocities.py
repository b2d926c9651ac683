"""Velocities of related notes."""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.features.layout import Layout
from musiclstm.model.features.velocities import related_velocities
from musiclstm.model.sizes import RECENT_NOTES
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Part
from tests.model.features.music import KIT, LAYOUT, hits
from tests.model.tiny import tiny_vocabulary


def test_velocities_are_those_of_the_nearest_notes() -> None:
    vocabulary = tiny_vocabulary(
        parts=(Part("Right"), Part("Left"), Part("Kit", 0, 9, percussive=True)), velocities=127
    )
    layout, context = Layout(vocabulary), Context.start(vocabulary)
    assert related_velocities(layout, context, 0, 0, 60 - 36) == (127,) * 5
    for pitch, velocity, part in ((55, 20, 1), (72, 90, 0), (57, 40, 1), (60, 70, 0), (60, 1, 2), (72, 80, 0)):
        context = context.after(Event(0, Kind.ON, pitch, velocity, part=part))
    # Of the pitch, of the part, below, above, the last but one (drum hits do not count).
    assert related_velocities(layout, context, 0, 1, 60 - 36) == (0, 39, 39, 79, 69)
    assert related_velocities(layout, context, 0, 0, 55 - 36) == (19, 79, 127, 39, 69)
    for _ in range(RECENT_NOTES):
        context = context.after(Event(1, Kind.ON, 80, 5, part=0))
    assert related_velocities(layout, context, 0, 0, 60 - 36) == (0, 4, 127, 4, 4)
    assert len(layout.velocity_groups) == 5 > len(LAYOUT.velocity_groups)


def test_a_kit_knows_the_velocity_of_earlier_hits() -> None:
    context = hits((0, 36, 127), (46, 36, 1), (49, 36, 64), (50, 38, 100), (72, 42, 127))

    def velocities(delta: int, pitch: int) -> dict[str, int]:
        """Those that are not "none"."""
        found = zip(KIT.velocity_groups, related_velocities(KIT, context, delta, 0, pitch), strict=True)
        return {group: value for group, value in found if value != KIT.none(group)}

    # At tick 96: two beats ago the last of two hits; three beats ago none, for the tolerance is two ticks.
    last = {"pitch velocity": 1, "part velocity": 3}
    assert velocities(24, 0) == last | {"velocity 2 ago": 1, "velocity 4 ago": 3}
    assert velocities(27, 0) == last | {"velocity 2 ago": 1}
    assert velocities(24, 6) == {"pitch velocity": 3, "part velocity": 3, "velocity 1 ago": 3}
