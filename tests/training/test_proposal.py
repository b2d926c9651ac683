"""The parts and the grid that are proposed for a corpus, as a person corrects them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musiclstm.errors import UsageError
from musiclstm.gui.train.proposal import PartLine
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from training.proposal import corrected, parts_of
from training.recipes import Recipe

PARTS = (Part("Flute", 73, 0, 60, 96), Part("Bass", 32, 1), Part("Kit", 0, 9, percussive=True))


def test_parts_are_written_and_read() -> None:
    assert parts_of(" Flute:74:60-96 , Bass:33,Kit:DRUMS") == PARTS
    lines = [PartLine(part.name, part.program, part.low, part.high, part.percussive) for part in PARTS]
    assert parts_of(", ".join(line.written() for line in lines)) == PARTS
    assert parts_of("Piano") == (Part("Piano", 0, 0),)
    many = ",".join(f"P{number}" for number in range(9))
    assert 9 not in [part.channel for part in parts_of(many)]  # the drums' channel


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "needs a name"),
        (":1", "needs a name"),
        ("a,,b", "needs a name"),
        ("x" * 61, "at most 60"),
        ("a:0", "from 1 to 128"),
        ("a:129", "from 1 to 128"),
        ("a:violin", "from 1 to 128"),
        ("a:1:90-60", "pitches"),
        ("a:1:0-128", "pitches"),
        ("a:1:c3", "pitches"),
        ("a:drums, b:drums", "one part"),
        (",".join("abcdefghij"), "from 1 to 9"),
    ],
)
def test_what_is_no_part_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as error:
        parts_of(text)
    assert "\n" not in str(error.value)


def test_a_recipe_is_corrected() -> None:
    recipe = Recipe("Any", Vocabulary(low=40, high=80, resolution=24, max_delta=96))
    same = corrected(recipe, None, None)
    assert same == recipe
    made = corrected(recipe, parts_of("Low:33:30-60, Kit:drums:35-59"), 12).vocabulary
    assert (made.resolution, made.max_delta, made.low, made.high) == (12, 48, 40, 60)
    # Neighbouring pitches are related among drums, and among all others.
    for text, related in (("A, Kit:drums", False), ("A, B", True), ("Kit:drums", True), ("A, Kit:drums", False)):
        recipe = corrected(recipe, parts_of(text), None)
        assert (recipe.config.tied > 0, recipe.config.past) == (related, related)
    recipe = replace(recipe, vocabulary=replace(recipe.vocabulary, base=TimeBase.SECONDS))
    assert not corrected(recipe, parts_of("A"), None).config.past
    recipe = Recipe("Any", Vocabulary(low=40, high=80, resolution=24, max_delta=96))
    for parts, grid, why in ((None, 7, "one of"), (parts_of("High:1:90-100"), None, "from 40 to 80")):
        with pytest.raises(UsageError, match=why):
            corrected(recipe, parts, grid)
    played = Recipe("Any", Vocabulary(TimeBase.SECONDS, 100, 100))
    with pytest.raises(UsageError, match="--seconds"):
        corrected(played, None, 12)
