"""Links of iReal Pro, and what their charts are when they are played. All charts here are our own."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclstm.errors import UsageError
from musiclstm.music import chord_files, chord_track, ireal, ireal_chart
from musiclstm.music.chord_symbol import parse
from tests.music.ireal import link

ROOTS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
KINDS = ("", "-", "7", "^7", "-7", "h7", "o7", "7b9", "7#9#5", "13#11", "sus", "7sus", "69", "-^7", "-b6", "7alt", "2")
bars = st.lists(
    st.lists(st.tuples(st.sampled_from(ROOTS), st.sampled_from(KINDS)).map("".join), min_size=1, max_size=4).filter(
        lambda chords: len(chords) != 3
    ),
    min_size=1,
    max_size=40,
)


def cells(chords: list[str]) -> str:
    """A bar of four cells."""
    blanks = " " * (4 // len(chords) - 1)
    return "".join(f"{chord}{blanks or ','}" for chord in chords)


def beats(text: str) -> list[object]:
    """The pitch classes of each beat."""
    track = chord_track.read(text)
    return [None if (chord := track.at(beat).chord) is None else chord.classes for beat in range(round(track.length))]


def classes(chord: str) -> int:
    symbol = parse(re.sub("(?<=[A-G#b])2$", "sus2", chord.replace("-b6", "-b13")))
    assert symbol is not None
    return symbol.classes


# ---- links ---------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300))
def test_scrambling_is_undone(text: str) -> None:
    assert ireal._swapped(ireal._swapped(text)) == text


@settings(max_examples=25)
@given(st.lists(bars, min_size=1, max_size=3))
def test_all_songs_come_back(charts: list[list[list[str]]]) -> None:
    """As a link, and in a page."""
    songs = [(f"Song {number}", "[T44" + "|".join(map(cells, chart)) + "Z") for number, chart in enumerate(charts)]
    address = link(songs, "My playlist")
    for text in (address, f'<html><body><a href="{address}">Mine</a></body></html>', address.replace("=", "%3D")):
        assert [(song.title, song.chart) for song in ireal.songs(text)] == songs
        for (title, _), chart in zip(songs, charts, strict=True):
            found = chord_files.of_text(text, 4.0, title)
            assert (found.title, found.note) == (title, "")
            wanted = [classes(chord) for chords in chart for chord in chords for _ in range(4 // len(chords))]
            assert beats(found.chords) == wanted


def test_the_documented_kind_of_link() -> None:
    chart = "T44*A{C^7 |A-7 |D-9 |G7#5 }"
    one, two = f"First Song=Me=Swing=C=n={chart}", "Second=Me=Bossa=F=n=[T34F |C7 Z"
    for between in ("=", "==="):
        page = f"<p><a href='irealbook://{quote(one + between + two, safe='=')}'>tunes</a></p>"
        assert [song.title for song in ireal.songs(page)] == ["First Song", "Second"]
    assert chord_files.of_text(f"irealbook://{one}").chords == " | ".join(["C^7 | A-7 | D-9 | G7#5"] * 2)


def test_the_song_is_chosen_by_its_title() -> None:
    text = link([("Blue Morning", "[T44C Z"), ("Late Blues", "[T44F Z"), ("Blues", "[T44G Z")])
    assert chord_files.of_text(text).chords == "C"
    assert chord_files.of_text(text, title="late").chords == "F"
    assert chord_files.of_text(text, title="blues").chords == "G"
    with pytest.raises(UsageError, match="more than one song"):
        chord_files.of_text(text, title="blue")
    with pytest.raises(UsageError, match=r"no song is called.*Blue Morning, Late Blues"):
        chord_files.of_text(text, title="Waltz")


def test_a_page_is_a_file(tmp_path: Path) -> None:
    page = tmp_path / "tunes.html"
    page.write_text(f'<a href="{link([("A", "[T34C |F Z")])}">x</a>', "utf-8")
    found = chord_files.read(page, 4.0)
    assert (found.chords, found.title) == ("C | F", "A")
    assert "3/4" in found.note
    assert not chord_files.read(page, 3.0).note
    page.write_text(f'<a href="{link([("A", "[T44C |F^^ Z")])}">x</a>', "utf-8")
    with pytest.raises(UsageError, match=r'tunes\.html: Bar 2 of the chart: "F\^\^" is no chord'):
        chord_files.read(page)


# ---- charts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chart", "played"),
    [
        ("[T44C^7   |A-7 D7 |G,C,D,E,Z", "C^7 | A-7 D7 | G C D E"),
        ("[T34C^7   |A-7 D7Z", "C^7 | A-7 % D7"),
        ("T12C |D  G  Z", "C | D G"),
        ("[C   | x  |D-7 G7| r  |    |FZ", "C | C | D-7 G7 | C | D-7 G7 | F"),
        ("[C   |p   |    |FZ", "C | C | C | F"),
        ("[C7  |n   |W/E C/GZ", "C7 | N.C. | N.C. C/G"),
        ("[C7  |W/E (Bb7)F7 Z", "C7 | C7/E F7"),
        ("{C|D}", "C | D | C | D"),
        ("{C|N1D}        |N2E|F Z", "C | D | C | E | F"),
        ("{C|N1D}|N2E}|N3F Z", "C | D | C | E | C | F"),
        ("{<3x>C|D}E Z", "C | D | C | D | C | D | E"),
        ("{C|D}{E|F}", "C | D | C | D | E | F | E | F"),
        ("[C|D]{E|F}G Z", "C | D | E | F | E | F | G"),
        ("*A[SC|D|QE|F<D.S. al Coda>][QG|AZ", "C | D | E | F | C | D | G | A"),
        ("*A[C|SD|E Q|F|<D.S. al Coda>G][QA Z", "C | D | E | F | G | D | E | A"),
        ("{C|D}{E|F<Fine>}[G|A<D.C. al Fine>]", "C | D | C | D | E | F | E | F | G | A | C | D | E | F"),
        ("{C|N1D}|N2E|F<D.C. al 2nd End.>Z", "C | D | C | E | F | C | E | F"),
        ("[C|QD][E]Q<a coda that nothing leads to>[F Z", "C | D | E"),
        ("[*iC7|D-7,s<a text>(E7)G7,l,UZA Z", "C7 | D-7 G7"),
        ("[C*7b9b13*|D-^9|E7susadd3Z", "C7b9b13 | D-^7add9 | E7add4"),
    ],
)
def test_it_is_played_through(chart: str, played: str) -> None:
    assert ireal_chart.read(chart) == played


@pytest.mark.parametrize(
    "chart",
    [
        "",
        "[T44    Z",
        "C|" * 20_000,
        "{C|" + "{<9x>C}" * 200 + "}",
        "C|H7",
        "C|D?",
        "C|<text without an end",
        "C|D*|*",
        "C|H\n\x1b[2J",
    ],
)
def test_what_is_not_understood_is_one_line(chart: str) -> None:
    with pytest.raises(UsageError) as refused:
        ireal_chart.read(chart)
    assert str(refused.value).isprintable()
    assert "chart" in str(refused.value)


MARKS = ("<D.C. al Coda>", "<D.S. al Fine>", "<Fine>", "<D.C. al 2nd End.>", "<4x>", "N1", "N2", "N3", "*A", "f,")
pieces = st.sampled_from((*"[]{}|Z SQUnpxr", "   ", "C", "D-7", "G7/B", "W/E", "T34", "T44", "T12", *MARKS))


@given(st.lists(pieces, max_size=60).map("".join))
def test_no_chart_goes_round_for_ever(chart: str) -> None:
    """It is a chord track, or refused in a line."""
    try:
        text = ireal_chart.read(chart)
    except UsageError:
        return
    track = chord_track.read(text)
    assert track.length == 4.0 * (text.count("|") + 1)
    assert text.count("|") <= ireal_chart.MOST_BARS
