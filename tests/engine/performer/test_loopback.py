"""Our own messages that come back in: rigs with and without a loop, and what a person plays on them."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.stage import Stage, stage_in_mode

Played = Sequence[tuple[float, bytes]]
ALPHABET = (
    (0x90, 72, 80),
    (0x80, 72, 0),
    (0x90, 72, 0),
    (0x90, 60, 127),
    (0x80, 60, 64),
    (0xB0, 64, 0),
    (0xB0, 64, 127),
    (0xB0, 1, 0),
    (0xB0, 1, 1),
    (0xB0, 16, 1),
    (0xE0, 0, 64),
    (0xE0, 0, 65),
    (0xD0, 9),
    (0xD0, 0),
    (0xA0, 72, 33),
    (0xC0, 5),
)
EVENING = st.lists(
    st.tuples(st.integers(0, 120), st.sampled_from([bytes(message) for message in ALPHABET])), min_size=1, max_size=40
)


class Loop:
    """Returns what was sent. Times in seconds; lose: the share that gets lost; channel: the one it plays on, or all."""

    def __init__(
        self, latency: float, *, jitter: float = 0.0, lose: float = 0.0, channel: Callable[[int], int] | None = None
    ) -> None:
        self._latency, self._jitter, self._lose = latency, jitter, lose
        self._channel = channel or (lambda same: same)
        self._random = Random(1)
        self._last = 0.0

    def back(self, time: float, message: bytes) -> tuple[float, bytes] | None:
        if self._random.random() < self._lose:
            return None
        # A cable keeps the order.
        self._last = max(self._last, time + self._latency + self._random.uniform(0, self._jitter))
        if message[0] < 0xF0:
            message = bytes((message[0] & 0xF0 | self._channel(message[0] & 15),)) + message[1:]
        return self._last, message


def play(stage: Stage, played: Played, loop: Loop | None = None, *, seconds: float = 2.0) -> None:
    """Lets the person play, what comes back come in, and then so many seconds pass."""
    begin, numbers = stage.now, itertools.count()
    arriving = [(begin + time, next(numbers), message) for time, message in played]
    end = max((time for time, _, _ in arriving), default=begin) + seconds
    heapq.heapify(arriving)
    seen = [len(port.sent) for port in stage.ports]

    def send_back() -> None:
        for number, port in enumerate(stage.ports):
            for time, message in port.sent[seen[number] :]:
                returned = loop.back(time, message) if loop else None
                if returned is not None:
                    heapq.heappush(arriving, (returned[0], next(numbers), returned[1]))
            seen[number] = len(port.sent)

    while stage.now < end:
        # In small steps, because what is sent meanwhile may come back before the next arrives.
        stage.run(max(0.0, min(stage.now + 0.004, end, arriving[0][0] if arriving else end) - stage.now))
        send_back()
        while arriving and arriving[0][0] <= stage.now + 1e-9:
            stage.midi(*heapq.heappop(arriving)[2])
            send_back()


def heard(stage: Stage, since: int = 0) -> list[bytes]:
    """What the person's messages became at the main port."""
    return [sent.entry.message for sent in stage.sent[since:] if sent.entry.id < 0 and sent.entry.port == 0]


def expected(played: Played) -> list[bytes]:
    """What a keyboard without a model would send: a key sounds once, and what does not sound does not end."""
    down: set[int] = set()
    out = []
    for _, message in played:
        kind = message[0] & 0xF0
        if kind not in (0x80, 0x90):
            out.append(message)
            continue
        starts = kind == 0x90 and message[2] > 0
        if message[1] in down:
            out.append(bytes((0x80, message[1], 0)))
        if starts:
            out.append(message)
        down = down | {message[1]} if starts else down - {message[1]}
    return out


def notices(stage: Stage) -> list[telemetry.Telemetry]:
    return stage.emitted(telemetry.Notice)


def timed(evening: list[tuple[int, bytes]]) -> Played:
    times = itertools.accumulate(gap / 1000 for gap, _ in evening)
    return [(time, message) for time, (_, message) in zip(times, evening, strict=True)]


@pytest.mark.parametrize(
    "messages",
    [
        [(0xB0, 64, 127), (0xB0, 64, 0), (0xB0, 64, 127), (0xB0, 64, 0)],
        [(0xB0, 64, 0), (0xB0, 64, 127), (0xB0, 64, 0)],
        [(0xE0, 0, 64), (0xE0, 0, 100), (0xE0, 0, 64)],
        [(0xB0, 1, 0), (0xB0, 1, 1), (0xB0, 1, 0), (0xB0, 1, 1)],
        [(0xD0, 0), (0xD0, 1), (0xD0, 0)],
        [(0xC0, 3), (0xC0, 4), (0xC0, 3)],
        [(0xB0, 16, 1)] * 30,  # an encoder sends how far it was turned
        [(0x90, 72, 127), (0x80, 72, 0)] * 12,
        [(0x90, 72, 127), (0x90, 72, 0)] * 12,
        [(0x90, 72, 127)] * 6,  # a drum pad
    ],
)
@pytest.mark.parametrize("gap", [0.001, 0.01, 0.03])
@pytest.mark.parametrize("mode", [None, "accompany", "solo"])
def test_nothing_that_a_person_repeats_is_taken_for_ours(
    messages: list[tuple[int, ...]], gap: float, mode: str | None
) -> None:
    stage = Stage() if mode is None else stage_in_mode(mode)
    stage.run(1.0)
    played = [(index * gap, bytes(message)) for index, message in enumerate(messages)]
    since = len(stage.sent)
    play(stage, played)
    assert heard(stage, since) == expected(played)
    assert not notices(stage)


@settings(max_examples=150, deadline=None)
@given(EVENING)
def test_without_a_loop_everything_that_is_played_is_heard(evening: list[tuple[int, bytes]]) -> None:
    stage = Stage()
    played = timed(evening)
    play(stage, played)
    assert heard(stage) == expected(played)
    assert not notices(stage)


def test_a_person_may_double_the_model_exactly() -> None:
    """Same channel, pitch and velocity, a moment later: late, perhaps, but played."""
    stage = stage_in_mode("accompany", fakes.SATB, commands.SetPart(0, mode="auto"))
    stage.run(1.0)
    doubled = 0
    while doubled < 12:
        count = len(stage.sent)
        stage.run(0.02)
        notes = [sent.entry.message for sent in stage.sent[count:] if sent.entry.id > 0]
        ons = [message for message in notes if message[0] & 0xF0 == 0x90 and not stage.performer.person_plays]
        if ons:
            began = stage.now
            stage.midi(*ons[0])
            stage.run(0.075)
            assert [x.pitch for x in stage.played(began - 1e-6) if x.by_person], doubled
            stage.midi(0x80 | ons[0][0] & 15, ons[0][1], 0)
            assert not stage.performer.person_plays
            doubled += 1
    assert not notices(stage)


@settings(max_examples=150, deadline=None)
@given(
    EVENING,
    st.floats(0.0005, 0.2),
    st.floats(0, 0.01),
    st.sampled_from((0.0, 0.0, 0.1, 0.3)),
    st.sampled_from((None, lambda _: 0, lambda channel: (channel + 1) % 16)),
)
def test_nothing_goes_round_for_ever(
    evening: list[tuple[int, bytes]],
    latency: float,
    jitter: float,
    lose: float,
    channel: Callable[[int], int] | None,
) -> None:
    stage, loop = Stage(), Loop(latency, jitter=jitter, lose=lose, channel=channel)
    play(stage, timed(evening), loop, seconds=5.0)
    count = len(stage.sent)
    play(stage, (), loop, seconds=1.0)
    assert len(stage.sent) == count


@settings(max_examples=100, deadline=None)
@given(EVENING, st.floats(0.0005, 0.055), st.floats(0, 0.004))
def test_a_pedal_in_a_loop_ends_where_the_person_left_it(
    evening: list[tuple[int, bytes]], latency: float, jitter: float
) -> None:
    stage, loop = Stage(), Loop(latency, jitter=jitter)
    play(stage, [(0.0, bytes((0xB0, 16, 1)))], loop)
    # The loop is known.
    played = [(time, message) for time, message in timed(evening) if message[0] & 0xE0 != 0x80]
    since = len(stage.sent)
    play(stage, played, loop)
    if len(notices(stage)):
        assert sorted(heard(stage, since)) == sorted(message for _, message in played)


@pytest.mark.parametrize("mode", ["accompany", "continue", "solo", "harmonise"])
@pytest.mark.parametrize("latency", [0.002, 0.01, 0.055])
@pytest.mark.parametrize("channel", [None, lambda _: 5])
@pytest.mark.parametrize("pedal", [False, True])
def test_the_model_does_not_answer_itself(
    mode: str, latency: float, channel: Callable[[int], int] | None, pedal: bool
) -> None:
    stage = stage_in_mode(mode, fakes.SATB, commands.SetControl("rest", 1.0))
    stage.scheduler.set_pedal(0, on=pedal)
    stage.run(1.5)
    play(stage, (), Loop(latency, jitter=0.003, channel=channel), seconds=6.0)
    assert not [x for x in stage.played() if x.by_person]
    assert len(notices(stage)) == (mode != "harmonise")
    # Nor when the loop is gone, and is made again.
    play(stage, (), seconds=4.0)
    play(stage, [(0.0, bytes((0x90, 72, 33))), (0.2, bytes((0x80, 72, 0)))], seconds=4.0)
    assert [x.velocity for x in stage.played() if x.by_person] == [33]


def test_a_loop_that_is_gone_keeps_nothing_back() -> None:
    stage = stage_in_mode("accompany")
    play(stage, (), Loop(0.01), seconds=4.0)
    assert notices(stage)
    play(stage, (), seconds=4.0)
    since = len(stage.sent)
    wiggle = [(index * 0.02, bytes((0xB0, 64, 127 * (index % 2 == 0)))) for index in range(7)]
    play(stage, wiggle)
    assert heard(stage, since) == [message for _, message in wiggle]


def test_what_waits_when_the_input_goes_or_everything_ends_is_not_played() -> None:
    ends: tuple[Callable[[Stage], None], ...] = (
        lambda stage: stage.performer.release_keys(stage.now),
        lambda stage: stage.do(commands.Stop()),
    )
    for end in ends:
        stage = stage_in_mode("accompany")
        stage.run(1.0)
        ons: list[bytes] = []
        while not ons:
            count = len(stage.sent)
            stage.run(0.01)
            ons = [s.entry.message for s in stage.sent[count:] if s.entry.message[0] & 0xF0 == 0x90]
        stage.midi(*ons[0])
        end(stage)
        stage.run(0.5)
        assert not stage.performer.person_plays


@settings(max_examples=60, deadline=None)
@given(
    EVENING,
    st.sampled_from(("accompany", "continue", "harmonise", "solo")),
    st.floats(0.0005, 0.2),
    st.sampled_from((None, lambda _: 0, lambda channel: (channel + 1) % 16)),
)
@example([(0, b"\x80H\x00")], "solo", 0.125, None)
def test_nor_while_the_model_plays_too(
    evening: list[tuple[int, bytes]], mode: str, latency: float, channel: Callable[[int], int] | None
) -> None:
    stage, loop = stage_in_mode(mode), Loop(latency, jitter=0.002, channel=channel)
    play(stage, timed(evening), loop, seconds=4.0)
    since = len(stage.sent)
    play(stage, (), loop, seconds=2.0)
    # What came back before the loop was known may last as long as the model's own note.
    assert not [message for message in heard(stage, since) if message[0] & 0xF0 != 0x80]


@settings(max_examples=60, deadline=None)
@given(EVENING)
def test_once_the_loop_is_gone_everything_that_is_played_is_heard_again(evening: list[tuple[int, bytes]]) -> None:
    stage = Stage()
    play(stage, [(index * 0.02, bytes((0xB0, 16, 1))) for index in range(20)], Loop(0.01))
    assert notices(stage)
    play(stage, (), seconds=2.5)
    since = len(stage.sent)
    play(stage, timed(evening))
    assert heard(stage, since) == expected(timed(evening))


@pytest.mark.parametrize("lose", [0.0, 0.3])
@pytest.mark.parametrize("latency", [0.001, 0.02, 0.055, 0.2])
def test_a_loop_through_several_parts_onto_one_channel_does_not_grow(latency: float, lose: float) -> None:
    """In `continue` a pedal goes to all four parts, so that each round would be four times as large."""
    stage = stage_in_mode("continue")
    pedals = [(index * 0.1, bytes((0xB0, 64, 127 * (index % 2)))) for index in range(20)]
    play(stage, pedals, Loop(latency, lose=lose, channel=lambda _: 0))
    assert len(heard(stage)) < 4 * 20 * 12
