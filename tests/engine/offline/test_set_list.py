"""A song of a set list in a file is the song as it is played live."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.engine.offline import set_list
from musiclstm.errors import UsageError
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music.form import Section, SetList, Song
from musiclstm.music.note import TimeBase
from tests.engine import fakes
from tests.engine.stage import Stage, loaded
from tests.model.tiny import tiny_model

SONG = Song(
    "Two",
    {
        "A": Section({"density": 0.6}, model="one", bars=6),
        "B": Section(model="two", chords="C | F", tempo=90.0, bars=6),
    },
    tuple("ABA"),
    fill=0.5,
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelFile]:
    folder: Path = tmp_path_factory.mktemp("models")
    return {
        "one": open_model(tiny_model(folder, name="one")),
        "two": open_model(tiny_model(folder, TimeBase.BEATS, fakes.BAND, velocities=4, name="two")),
    }


def test_the_file_has_the_notes_that_live_playing_has(models: dict[str, ModelFile]) -> None:
    piece = set_list.play(SONG, models, 7)
    stage = Stage(Session(models["one"], 7), tempo=models["one"].tempo)
    stage.load(stage.session, "one", tuple(models["one"].defaults.items()))
    for name, model in models.items():
        session = Session(model, 7)
        stage.performer.form.models.learn(name, session, loaded(session, name, tuple(model.defaults.items())))
    stage.performer.form.take(SetList((SONG,)))
    stage.play()
    for _ in range(400):
        stage.run(0.13)  # seen at other moments than offline
    assert not stage.performer.playing
    live = sorted((message[1], message[2]) for _, message in stage.notes() if message[0] & 0xF0 == 0x90)
    assert len(piece.notes) > 30
    assert sorted((note.pitch, note.velocity) for note in piece.notes) == live
    assert piece.length == pytest.approx(72)
    assert [(round(beat, 3), round(tempo, 2)) for beat, tempo in piece.tempos[1:]] == [(24.0, 90.0)]
    assert set_list.play(SONG, models, 7) == piece


def test_a_song_without_an_end_is_refused() -> None:
    with pytest.raises(UsageError, match="no chain"):
        set_list.check(Song("Free", {"A": Section()}))
    with pytest.raises(UsageError, match=r"Section B .* no number of bars"):
        set_list.check(Song("", {"A": Section(bars=1), "B": Section()}, ("A", "B")))
