"""Notes as arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.columns import note_columns, notes_of, order_of
from musiclstm.music.note import Note
from tests.music import strategies


@given(st.lists(strategies.notes(3), max_size=20))
def test_notes_are_the_same_after_a_detour(notes: list[Note]) -> None:
    found = notes_of(note_columns(notes))
    assert found == notes
    assert repr(found) == repr(notes)


ROWS = st.one_of(
    st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=30),
    # Too large for one number.
    st.lists(st.tuples(*[st.integers(0, 1 << 40)] * 3), max_size=30),
)


@given(ROWS)
def test_rows_are_sorted_and_equal_ones_stay_in_order(rows: list[tuple[int, int, int]]) -> None:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    expected = sorted(range(len(rows)), key=rows.__getitem__)
    assert order_of(*columns).tolist() == expected
