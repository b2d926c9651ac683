"""The file of a set list: what is wrong is said in one line, what is right comes back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm import paths, set_list
from musiclstm.errors import UsageError
from musiclstm.music.form import AT_END, LETTERS, PartOfSection, Section, SetList, Song, chain_text, read_chain
from musiclstm.protocol.controls import CONTROLS
from musiclstm.protocol.modes import PART_MODES

SONG = 'format = 1\n[[song]]\nchain = "A"\n[song.A]\nbars = 4\n'


def values() -> st.SearchStrategy[dict[str, object]]:
    controls = st.lists(st.tuples(st.sampled_from(CONTROLS), st.floats(0, 1)), max_size=4)
    return controls.map(lambda found: {control.name: control.from_unit(at) for control, at in found})


TEXTS = st.text("abc déf'\"#=\\[]", max_size=12)
PARTS = st.dictionaries(
    st.integers(0, 15),
    st.builds(PartOfSection, st.none() | st.sampled_from(PART_MODES), st.none() | st.booleans()),
    max_size=3,
)
SECTIONS = st.builds(
    Section, values(), PARTS, st.sampled_from(("", "Dm7 | G7 C/E | %")), TEXTS,
    st.none() | st.floats(20, 300), st.none() | st.integers(1, 99),
)  # fmt: skip


@st.composite
def songs(draw: st.DrawFn) -> Song:
    sections = draw(st.dictionaries(st.sampled_from(LETTERS), SECTIONS, min_size=1, max_size=4))
    chain = tuple(draw(st.lists(st.sampled_from(sorted(sections)), max_size=9)))
    numbers = draw(st.none() | st.floats(20, 300)), draw(st.floats(0, 1)), draw(st.sampled_from((0.5, 1.0)))
    return Song(draw(TEXTS), sections, chain, draw(st.sampled_from(AT_END)), draw(TEXTS), *numbers)


@given(st.builds(SetList, st.lists(songs(), min_size=1, max_size=3).map(tuple), TEXTS))
def test_what_is_written_is_read_as_it_was(form: SetList) -> None:
    assert set_list.of_text(set_list.to_text(form)) == form


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format =", "no TOML"),
        ("format = 2", "reads format 1"),
        ("format = 1", "1 to 200 songs"),
        ("format = 1\nsong = 3", "1 to 200 songs"),
        ("format = 1\nsong = [3]", "song 1 must be a table"),
        (SONG + "colour = 3", "'colour', which this version does not know"),
        ('format = 1\nlater = "x"\n' + SONG[11:], "'later'"),
        (SONG.replace('"A"', '"A B"'), "section B of its chain is missing"),
        (SONG.replace('"A"', '"A Z"'), "A chain is made of the letters"),
        (SONG.replace('"A"', '"A×0"'), "A chain is made of the letters"),
        (SONG.replace('"A"', "3"), "chain must be a text"),
        (SONG.replace("bars = 4", "bars = 0"), "bars is a whole number"),
        (SONG.replace("bars = 4", "bars = true"), "bars is a whole number"),
        (SONG + 'chords = "C | Xq9"', "Bar 2"),
        (SONG + "tempo = 1e9", "tempo is a number from"),
        (SONG + "tempo = nan", "tempo is a number from"),
        (SONG + f"parts = {{{'9' * 5000} = {{mute = true}}}}", "counted from 1"),
        (SONG.replace('"A"', f'"{"A" * 5000}"'), "song 1: chain must be a text of at most 4,096 letters"),
        (SONG + "controls = {loudness = 1}", "no control called loudness"),
        (SONG + 'controls = {density = "much"}', "density is a number"),
        (SONG + "controls = {density = inf}", "cannot be inf"),
        (SONG + "controls = {density = 7}", "density is a number from -1 to 1, not 7"),
        (SONG + 'controls = {scale = "blue"}', "scale is one of"),
        (SONG + "controls = 3", "must be a table"),
        (SONG + "parts = {0 = {mute = true}}", "counted from 1"),
        (SONG + 'parts = {1 = {mode = "loud"}}', "mode is one of"),
        (SONG + "parts = {1 = {mute = 1}}", "true or false"),
        (SONG.replace("[song.A]", 'at_end = "fade"\n[song.A]'), "at_end is one of"),
        (SONG.replace("[song.A]", "fill = 2\n[song.A]"), "fill is a number from 0 to 1"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "evening.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"The set list .*evening\.toml is not used: ") as error:
        set_list.read(file)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        set_list.read(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is not used"):
        set_list.read(tmp_path / "bytes.toml")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "evening.toml"
    set_list.write(file, SetList())
    before = file.read_bytes()
    with pytest.raises(UsageError, match="cannot be written"):
        set_list.write(tmp_path, SetList())
    assert file.read_bytes() == before


def test_the_shipped_one_can_be_played() -> None:
    found = set_list.read(paths.resources() / "set-list.toml")
    assert len(found.songs) == 2
    assert all(song.chain for song in found.songs)


@pytest.mark.parametrize(
    ("text", "chain"),
    [("A×4 B C", "AAAABC"), ("AABA", "AABA"), ("A x2, B*3 | A", "AABBBA"), ("", ""), ("  ", "")],
)
def test_chains(text: str, chain: str) -> None:
    assert read_chain(text) == tuple(chain)
    assert read_chain(chain_text(tuple(chain))) == tuple(chain)


def test_a_chain_has_an_end() -> None:
    with pytest.raises(UsageError, match="at most 1000"):
        read_chain("A×999 B×2")
