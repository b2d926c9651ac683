"""TOML files that people write: of any editor, and refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm import bands, set_list, toml_file
from musiclstm.engine.live import pad_table
from musiclstm.engine.performer.midi_map import MidiMap
from musiclstm.errors import UsageError
from musiclstm.paths import resources


def marked(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_a_byte_order_mark_is_no_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of file, as an editor of Windows saves it."""
    monkeypatch.setattr("musiclstm.paths.user_settings", lambda: tmp_path)
    marked(tmp_path / "bands.toml", 'duo = ["folk", "drums"]\n')
    assert bands.bands()["duo"].models == ("folk", "drums")
    song = 'format = 1\n[[song]]\ntitle = "Reel"\n[song.A]\nbars = 4\n'
    assert set_list.read(marked(tmp_path / "list.toml", song)).songs[0].title == "Reel"
    mapping = MidiMap(marked(tmp_path / "learnt.toml", '"density" = "CC 21 ch 1"\n'))
    assert (mapping.problem, mapping.targets()) == (None, ["density"])
    shipped = next((resources() / "pads").glob("*.toml"))
    pads = marked(tmp_path / "pads.toml", shipped.read_text(encoding="utf-8"))
    assert pad_table.read(pads) == pad_table.read(shipped)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a = 0x" + b"F" * 5000, "a number in it is too large"),
        (b"a = [{b = -9223372036854775809}]", "a number in it is too large"),
        (b"a = " + b"9" * 5000, "it is no TOML"),
        (b"a = [", "it is no TOML"),
        (b"a = " + b"[" * 5000, "it is no TOML"),
        (b"a = 1\na = 2\n\n", "it is no TOML"),
        (b"#" * (toml_file.LARGEST + 1), "it is too large"),
        (b"a = 1".decode().encode("utf-16"), "it is no text in UTF-8"),
    ],
)
def test_what_is_none_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(UsageError, match=says) as error:
        toml_file.read(tmp_path / "a.toml")
    assert str(error.value).isprintable()


def test_an_integer_has_64_bits(tmp_path: Path) -> None:
    assert toml_file.of_text("a = [-9223372036854775808, 9223372036854775807]").unwrap()
