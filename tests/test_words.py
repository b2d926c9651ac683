"""Words of messages."""

from __future__ import annotations

import pytest

from musiclstm.words import counted


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 bars"), (1, "1 bar"), (1.0, "1 bar"), (2.0, "2 bars"), (3.75, "3.75 bars"), (1200, "1,200 bars")],
)
def test_one_thing_is_no_plural(number: float, words: str) -> None:
    assert counted(number, "bar") == words
