"""Ports, programs and names in MIDI files out in the world."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.music.build import cc, meta, off, on, program, scale, song, track
from tests.music.reading import SECONDS, read, times


@pytest.mark.parametrize("name", [lambda n: meta(0x21, bytes((n,))), lambda n: meta(0x09, b"Synth %d" % n)])
def test_channels_of_different_ports_are_different(name: object) -> None:
    assert callable(name)
    first = [(0, name(0)), (0, cc(64, 127)), (0, program(7)), (0, on(48)), (8, off(48)), (8, cc(64, 0)), (3, cc(123))]
    second = [(0, name(1)), (0, on(60)), (1, off(60)), (2, on(62)), (4, off(62))]
    piece = read(song(track(*first), track(*second)), SECONDS)
    assert [n for n in times(piece) if n[0] >= 60] == [(60, 0, 0.5), (62, 1, 2)]
    assert sorted(part.program for part in piece.parts) == [0, 7]
    # Within one track as well.
    both = song(
        track((0, name(0)), (0, on(60)), (0, name(1)), (0, on(60, 90)), (1, off(60)), (2, name(0)), (2, off(60)))
    )
    assert times(read(both)) == [(60, 0, 1), (60, 0, 2)]


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 3)), max_size=8), st.sampled_from([0, 9]))
def test_a_part_for_each_program(programs: list[tuple[int, int]], channel: int) -> None:
    events = scale(1, channel)
    struck = {0}
    for index, (value, notes) in enumerate(programs, 1):
        events += [(4.0 * index, program(value, channel)), *scale(notes, channel, 4.0 * index)]
        struck |= {value} if notes else set()
    piece = read(song(track(*events)))
    assert sorted(part.program for part in piece.parts) == sorted(struck)
    for note in piece.notes:
        index = int(note.onset // 4)
        assert piece.parts[note.part].program == (programs[index - 1][0] if index else 0)


def test_a_program_of_another_track_counts_where_the_track_has_none() -> None:
    piece = read(song(track((0, program(40))), track(*scale()), track((4, program(70)), *scale(2))))
    assert [part.program for part in piece.parts] == [40, 70, 40]


# ---- names -----------------------------------------------------------------------------------------------------------

NAMES = [
    ("cp932", ["交響曲 第九番", "ピアノ"]),
    ("cp932", ["夜想曲"]),
    ("cp1251", ["Соната для фортепиано", "Скрипка"]),
    ("cp1251", ["Вальс"]),
    ("koi8-r", ["Фортепиано"]),
    ("cp1252", ["Flûte à bec", "Prélude"]),
    ("cp1252", ["Coré"]),
    ("cp949", ["피아노"]),
    ("gb18030", ["钢琴", "小提琴"]),
    ("utf-8", ["Grüße", "交響曲", "Скрипка"]),
    ("utf-16", ["交響曲 Träume"]),
    ("utf-8-sig", ["Träume"]),
]


@pytest.mark.parametrize(("encoding", "names"), NAMES)
def test_names_are_decoded(encoding: str, names: list[str]) -> None:
    data = song(*(track((0, meta(3, name.encode(encoding))), *scale(2, i)) for i, name in enumerate(names)))
    assert [part.name for part in read(data).parts] == names


@given(st.binary(max_size=60), st.binary(max_size=60))
@settings(deadline=None, max_examples=50)
def test_any_name_is_one_printable_line(first: bytes, second: bytes) -> None:
    piece = read(song(track((0, meta(3, first))), track((0, meta(3, second)), (0, meta(1, second)), *scale())))
    assert all(name.isprintable() for name in (piece.title, piece.parts[0].name))
