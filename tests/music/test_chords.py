"""Chord symbols and chord tracks."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.errors import UsageError
from musiclstm.music import chord_track
from musiclstm.music.chord_symbol import _KINDS, ChordError, ChordSymbol, Role, of_classes, parse


def symbol(text: str) -> ChordSymbol:
    chord = parse(text)
    assert chord is not None
    return chord


def text_of(chord: ChordSymbol | None) -> str:
    return "" if chord is None else chord.text


def classes(text: str) -> set[int]:
    chord = symbol(text)
    return {pitch_class for pitch_class in range(12) if chord.classes >> pitch_class & 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C", {0, 4, 7}), ("Dm7", {2, 5, 9, 0}), ("G7/B", {7, 11, 2, 5}), ("F#ø", {6, 9, 0, 4}),
        ("Bbmaj7#11", {10, 2, 5, 9, 4}), ("B♭△", {10, 2, 5, 9}), ("Hm", {11, 2, 6}), ("C/D", {0, 2, 4, 7}),
        ("Ebm(maj7)", {3, 6, 10, 2}), ("G7(b9,b13)", {7, 11, 2, 5, 8, 3}), ("C°7", {0, 3, 6, 9}), ("A-7", {9, 0, 4, 7}),
        ("C6/9", {0, 2, 4, 7, 9}), ("Gsus4", {7, 0, 2}), ("D5", {2, 9}), ("C-6/9", {0, 2, 3, 7, 9}),
        ("CmΔ", {0, 3, 7, 11}), ("C-maj7", {0, 3, 7, 11}), ("CminMaj9", {0, 2, 3, 7, 11}), ("Cm(Δ7)", {0, 3, 7, 11}),
        ("CMaj7", {0, 4, 7, 11}), ("CMin7", {0, 3, 7, 10}), ("GSUS", {7, 0, 2}), ("CM7", {0, 4, 7, 11}),
    ],
)  # fmt: skip
def test_symbols(text: str, expected: set[int]) -> None:
    assert classes(text) == expected


@pytest.mark.parametrize("text", ["N.C.", "NC", "n.c."])
def test_no_chord(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", ["", "x", "Cfoo", "c", "7", "C/", "C/x", "Cmaj7zz", "|"])
def test_what_is_no_chord_says_so_in_one_line(text: str) -> None:
    with pytest.raises(ChordError) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    assert text in str(caught.value)


def test_what_a_refused_symbol_holds_does_not_break_the_line() -> None:
    for text in ("C\nD", "C\r7", "\x1b[2J", "C\0", "\u202eC", "C\x85D"):
        with pytest.raises(ChordError) as caught:
            parse(text)
        assert str(caught.value).isprintable()


def test_roles() -> None:
    roles = symbol("Cmaj7").roles
    assert [pitch for pitch in range(12) if roles[pitch] is Role.TONE] == [0, 4, 7, 11]
    assert [pitch for pitch in range(12) if roles[pitch] is Role.TENSION] == [2, 6, 9]
    assert roles[5] is Role.AVOID
    assert symbol("G7b9").roles[8] is Role.TONE
    assert symbol("C").roles[5] is Role.AVOID


@given(st.sampled_from(sorted(_KINDS)), st.integers(0, 11), st.text("b#5913addsu(),", max_size=6))
def test_any_kind_turns_with_its_root(kind: str, root: int, more: str) -> None:
    names = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    if kind[:1] in "b#" or (not kind and more[:1] in ("b", "#")):
        more = ""
    try:
        chord, in_c = parse(names[root] + kind + more), parse("C" + kind + more)
    except ChordError:
        return
    assert chord is not None
    assert in_c is not None
    if not (kind + more).startswith(("b", "#")):
        assert chord.tones == in_c.tones


def test_names_of_classes() -> None:
    assert text_of(of_classes(0b10010001, 0)) == "C"
    assert text_of(of_classes(0b10010001, 4)) == "C/E"
    assert of_classes(0b11, 0) is None


def test_track() -> None:
    track = chord_track.read("Dm7 | G7 C/E | % | N.C.", 4)
    texts = [None if chord is None else chord.text for chord in track.chords]
    assert texts == ["Dm7", "G7", "C/E", "G7", "C/E", None]
    assert list(track.starts) == [0, 4, 6, 8, 10, 12]
    assert track.length == 16
    place = track.at(5.9)
    assert (text_of(place.chord), place.begin, place.end, text_of(place.coming)) == ("G7", 4, 6, "C/E")
    assert text_of(track.at(16.0).chord) == "Dm7"
    assert track.at(-1.0).chord is None
    assert text_of(track.at(-1.0).coming) == "Dm7"


def test_a_track_that_ends() -> None:
    track = chord_track.read("C | F", 3, loops=False)
    assert text_of(track.at(5.9).chord) == "F"
    assert text_of(track.at(5.9).coming) == ""
    assert text_of(track.at(6.0).chord) == ""
    assert text_of(track.at(-1.0).coming) == "C"


@given(st.floats(-1000, 1000))
def test_a_place_contains_its_beat(beat: float) -> None:
    track = chord_track.read("C | F G | Am %", 4)
    place = track.at(beat)
    assert place.begin - 1e-5 <= beat <= place.end + 1e-5
    assert track.at(place.end).begin == pytest.approx(place.end)
    assert track.at(place.end).chord == place.coming


@pytest.mark.parametrize(("text", "where"), [("C | Xm", "Bar 2"), ("% | C", "Bar 1"), ("C | F %  Q", "Bar 2")])
def test_a_wrong_track_says_in_which_bar(text: str, where: str) -> None:
    with pytest.raises(ChordError, match=where):
        chord_track.read(text)


@pytest.mark.parametrize("text", ["", " ", "| |"])
def test_an_empty_track(text: str) -> None:
    with pytest.raises(UsageError, match="no chord"):
        chord_track.read(text)


@given(
    st.floats(-100, 1e5),
    st.sampled_from(["C", "Dm7 | G7 | C/E", "C F G | Am"]),
    st.sampled_from([4.0, 3.0, 1.1]),
    st.booleans(),
)
def test_where_a_chord_ends_the_next_one_begins(origin: float, text: str, bar: float, loops: bool) -> None:
    """However the sums are rounded: whoever walks from chord to chord arrives."""
    track = chord_track.read(text, bar, loops=loops)
    beat = origin - 2 * bar
    for _ in range(20):
        place = track.at(beat - origin)
        if place.end == inf:
            assert not loops
            break
        assert place.begin + origin <= beat + 1e-5
        assert place.end + origin > beat + 1e-3
        beat = place.end + origin


def test_what_is_no_chord_is_told_in_one_short_line() -> None:
    for text in ("x" * 100_000, "Cm" + "y" * 100_000):
        with pytest.raises(ChordError) as told:
            parse(text)
        assert len(str(told.value)) < 200
