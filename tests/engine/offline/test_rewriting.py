"""Rewriting bars of a file: what must stay stays, whatever the new notes are."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.engine.offline import rewriting
from musiclstm.errors import MidiFileError
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.rewriting import cost
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note, Piece
from musiclstm.music.parts import assign
from tests.model.tiny import SATB, tiny_model

START, END = 7.0, 13.0  # bars 3 and 4: 3/4 from beat 4 on


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    return open_model(tiny_model(tmp_path_factory.mktemp("model")))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Four parts in quarters, with ties over both bar lines and a unison of two parts."""
    centres = (72, 64, 57, 48)
    notes = [Note(beat, 1, centres[part] + beat % 3, 80, part) for part in range(4) for beat in range(22)]
    notes = [note for note in notes if not (note.part == 1 and note.onset in {6, 7, 9, 12, 13})]
    notes += [Note(6, 2, 65, 80, 1), Note(9, 1, 72, 80, 1), Note(12, 2, 67, 80, 1)]
    meters = (Meter(4, 4), Meter(3, 4, 4.0))
    path = tmp_path / "piece.mid"
    midifile.write(path, Piece(tuple(sorted(notes)), meters=meters, tempo=90, parts=SATB, title="Piece"))
    return path


def _inside(note: Note) -> bool:
    return note.onset >= START and note.end <= END


@pytest.mark.parametrize("part", [None, "Alto", "Bass"])
@pytest.mark.parametrize("seed", [1, 2])
def test_only_the_notes_of_these_bars_change(file: Path, model: ModelFile, part: str | None, seed: int) -> None:
    found = rewriting.rewrite(model, file, (3, 4), part, 3, 6, seed)
    assert len({proposal.notes for proposal in found.proposals}) == len(found.proposals) > 1
    before = midifile.read(file)
    mine = {each.name for each in SATB} if part is None else {part}
    for proposal in found.proposals:
        target = file.with_name("new.mid")
        rewriting.write(target, found, model, proposal.notes)
        after = midifile.read(target)
        assert not after.warnings  # nothing hangs
        assert (after.parts[0].name, after.meters, after.tempo, after.title) == (
            before.parts[0].name,
            before.meters,
            before.tempo,
            before.title,
        )

        def kept(piece: Piece) -> list[Note]:
            return [note for note in piece.notes if not (_inside(note) and piece.parts[note.part].name in mine)]

        assert kept(after) == kept(before)
        assert all(_inside(note) for note in proposal.notes)
        assert {SATB[note.part].name for note in proposal.notes} <= mine


def test_the_same_seed_gives_the_same_bytes(file: Path, model: ModelFile) -> None:
    contents = []
    for seed in (1, 1, 2):
        found = rewriting.rewrite(model, file, (3, 4), None, 1, 4, seed)
        rewriting.write(file.with_name("new.mid"), found, model, found.proposals[0].notes)
        contents.append(file.with_name("new.mid").read_bytes())
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize("part", [None, "Alto"])
def test_nats_are_those_of_the_music_that_is_written(file: Path, model: ModelFile, part: str | None) -> None:
    found = rewriting.rewrite(model, file, (3, 4), part, 1, 4, 1)
    rewriting.write(file.with_name("new.mid"), found, model, found.proposals[0].notes)
    written = assign(midifile.read(file.with_name("new.mid")), model.vocabulary)
    assert cost(model, written, found.passage)[0] == pytest.approx(found.proposals[0].nats, rel=1e-3)


def test_refusals(file: Path, model: ModelFile) -> None:
    with pytest.raises(MidiFileError, match="it has no bar 99"):
        rewriting.rewrite(model, file, (3, 99), None, 1, 1, 1)
    with pytest.raises(MidiFileError, match="has no part Oboe; it has Soprano"):
        rewriting.rewrite(model, file, (3, 4), "Oboe", 1, 1, 1)
