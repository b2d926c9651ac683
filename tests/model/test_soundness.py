"""A snapshot from another process: one that is whole continues alike, no other is restored, none ends the process."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import ModelError
from musiclstm.model.context import Context, context_of
from musiclstm.model.echo import Chunk, Echo, EventLog
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.model.sizes import LAST_TICK
from musiclstm.model.snapshot import Snapshot
from musiclstm.model.soundness import is_sound
from musiclstm.music.event import Event, Kind
from tests.model.tiny import every_kind, exported

KINDS = every_kind()
SMALL, LARGE = (-(1 << 20) - 1, -2, 16, 128, 256), (LAST_TICK + 1, (1 << 31) - 1, -(1 << 31), 1 << 80)
EDGES = (*SMALL, *LARGE, None, "a")


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Session]:
    found = {}
    for name, vocabulary in KINDS.items():
        path = exported(tmp_path_factory.mktemp("model"), vocabulary, tied=8)
        found[name] = session = Session(open_model(path), 1)
        for _ in range(600):
            session.draw()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_one_continues_alike(kind: str, sessions: dict[str, Session]) -> None:
    session = sessions[kind]
    start = session.snapshot()
    sent = pickle.loads(pickle.dumps(start))  # noqa: S301 - our own
    session.check(sent)
    assert sent.context == start.context
    first = [session.draw() for _ in range(100)]
    session.restore(sent)
    assert [session.draw() for _ in range(100)] == first
    session.restore(start)


def parts_of(snapshot: Snapshot) -> list[Any]:
    """What a pickled context is made of, as lists that can be changed."""
    _, (vocabulary, numbers, arrays, echoes, melodies, given_notes) = snapshot.context.__reduce__()
    return [vocabulary, list(numbers), [list(array) for array in arrays], echoes, melodies, given_notes]


def with_parts(snapshot: Snapshot, parts: list[Any]) -> Snapshot:
    return replace(snapshot, context=context_of(*parts))


@given(data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_an_impossible_number_is_refused(kind: str, sessions: dict[str, Session], data: st.DataObject) -> None:
    """Wherever it is: as it is put together, or when it is to be restored. Some are possible where they are put."""
    session = sessions[kind]
    snapshot = session.snapshot()
    parts = parts_of(snapshot)
    row = data.draw(st.sampled_from([parts[1], *parts[2]]))
    row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.sampled_from(EDGES))
    try:
        changed = with_parts(snapshot, parts)
    except (TypeError, ValueError, OverflowError):
        return
    try:
        session.check(changed)
    except ModelError:
        return
    session.restore(changed)
    for _ in range(3):
        session.draw()
    session.expectation()
    session.restore(snapshot)


def damages(snapshot: Snapshot) -> Iterator[Callable[[], Snapshot]]:
    """Each makes a damaged copy, or raises in trying."""
    context, log = snapshot.context, snapshot.context.echoes[0].log
    echo = Echo(log, False, log.count - 1, 1)
    for index in range(7):
        for change in (list[int].pop, lambda row: row.append(0), list[int].clear):
            parts = parts_of(snapshot)
            change(parts[2][index])
            yield lambda parts=parts: with_parts(snapshot, parts)  # type: ignore[misc]
    bad_logs = [
        EventLog((), log.count),
        EventLog(log.chunks, log.count + 10_000),
        EventLog((*log.chunks[:-1], Chunk()), log.count),
        EventLog((None,) * len(log.chunks), log.count),  # type: ignore[arg-type]
        EventLog((*log.chunks[:-1], log), log.count),  # type: ignore[arg-type]
    ]
    key, _, tick, velocity = range(4)
    for column, value in ((key, 255), (key, 60000), (tick, -1), (tick, (1 << 31) - 1), (velocity, 128)):
        chunk = pickle.loads(pickle.dumps(log.chunks[0]))  # noqa: S301 - our own
        chunk.columns[column].cast("HHiB"[column])[7] = value
        bad_logs.append(EventLog((chunk, *log.chunks[1:]), log.count))
    bad = [
        *(Echo(each) for each in bad_logs),
        *(Echo(log, False, pointer, 3) for pointer in (-1, 0, log.dropped, log.count, log.count + 1)),
        Echo(log, False, log.count - 1, -1),
        None,
        log,
    ]
    others = context.echoes[1:]
    for each in [(one, *others) for one in bad] + [(), (*context.echoes, echo), [*context.echoes], None]:
        parts = parts_of(snapshot)
        parts[3] = each
        yield lambda parts=parts: with_parts(snapshot, parts)  # type: ignore[misc]
    for melodies in ((None,), (*context.melody_echoes, echo), None):
        parts = parts_of(snapshot)
        parts[4] = melodies
        yield lambda parts=parts: with_parts(snapshot, parts)  # type: ignore[misc]
    for vocabulary in (None, 3):
        parts = parts_of(snapshot)
        parts[0] = vocabulary
        yield lambda parts=parts: with_parts(snapshot, parts)  # type: ignore[misc]
    strange: list[dict[str, Any]] = [
        *({"timing": each} for each in (None, [], [*snapshot.timing, 0], [-1, *snapshot.timing[1:]])),
        *({"timing": [each, *snapshot.timing[1:]]} for each in (1 << 40, None, 0.0)),
        *({"expected": each} for each in (None, (), snapshot.expected[:2], (None, *snapshot.expected[1:]))),
        *({"expected": ((0, 0, 0, 0, each), *snapshot.expected[1:])} for each in (-1, 1000, None)),
        *({"pending": each} for each in (-1, 1 << 40, None, 96)),
        *({"rng": each} for each in ((1, -1), (-1, 1), (1,), None)),
        {"context": None},
        {"state": None},
        {"state": replace(snapshot.state, hidden=np.asfortranarray(np.zeros((2, 24), np.float32)))},
    ]
    for changed in strange:
        yield lambda changed=changed: replace(snapshot, **changed)  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["voices", "kit", "seconds", "mixed"])
def test_what_is_damaged_is_refused(kind: str, sessions: dict[str, Session]) -> None:
    session = sessions[kind]
    snapshot = session.snapshot()
    for number, damage in enumerate(damages(snapshot)):
        try:
            damaged = damage()
        except (AttributeError, TypeError, ValueError, IndexError):
            continue
        assert not is_sound(damaged, snapshot.state, session._predictor.layout), f"damage {number}"


def test_a_state_that_is_cut_short_is_an_error() -> None:
    context = Context.start(KINDS["voices"]).after(Event(3, Kind.ON, 60, 80))
    function, arguments = context.__reduce__()
    for count in range(len(arguments)):
        with pytest.raises(TypeError):
            function(*arguments[:count])
