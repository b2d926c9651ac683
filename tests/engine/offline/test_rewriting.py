"""Rewriting bars of a file: what must stay stays, whatever the new notes are."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.engine.offline import rewriting, rewritten_file
from musiclstm.engine.offline.render import Bars, Request, generate
from musiclstm.errors import MidiFileError, UsageError
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.rewriting import cost
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.parts import assign
from musiclstm.music.vocabulary import Vocabulary
from tests.model.tiny import SATB, exported, tiny_model
from tests.music.build import meta, off, on, song, track

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


@pytest.mark.parametrize("part", [None, 1, 3])
@pytest.mark.parametrize("seed", [1, 2])
def test_only_the_notes_of_these_bars_change(file: Path, model: ModelFile, part: int | None, seed: int) -> None:
    found = rewriting.rewrite(model, file, (3, 4), part, 3, 6, seed)
    assert len({proposal.notes for proposal in found.proposals}) == len(found.proposals) > 1
    before = midifile.read(file)
    mine = {each.name for each in SATB} if part is None else {SATB[part].name}
    for proposal in found.proposals:
        target = file.with_name("new.mid")
        rewritten_file.write(target, found, proposal.notes)
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


@pytest.fixture(scope="module")
def band(model: ModelFile, tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """Two players: four voices, and a fiddle with another grid."""
    fiddle = Vocabulary(TimeBase.BEATS, 12, 48, (Part("Fiddle", 40, 0, 55, 90),), 40, 90, 1, meters=((4, 4),))
    return open_model(f"{model.path}+{exported(tmp_path_factory.mktemp('fiddle'), fiddle, name='fiddle', seed=3)}")


@pytest.mark.parametrize("part", [None, 0, 2, 4])
def test_in_a_band_only_the_notes_of_these_bars_change(band: ModelFile, tmp_path: Path, part: int | None) -> None:
    file, target = tmp_path / "band.mid", tmp_path / "new.mid"
    midifile.write(file, generate(band, Request(Bars(16), seed=2)))
    found = rewriting.rewrite(band, file, (3, 10), part, 3, 6, 1)
    before = midifile.read(file)
    mine = set(range(5)) if part is None else {part}

    def kept(piece: Piece) -> list[Note]:
        inside = {note for note in piece.notes if note.onset >= 8 and note.end <= 40 and note.part in mine}
        return [note for note in piece.notes if note not in inside]

    for proposal in found.proposals:
        rewritten_file.write(target, found, proposal.notes)
        after = midifile.read(target)
        assert kept(after) == kept(before)
        assert {note.part for note in proposal.notes} <= mine
        # Kept notes of the other player do not keep it from playing.
        assert len(proposal.notes) > len(found.old) / 3
    written = assign(midifile.read(target), band.vocabulary)
    assert cost(band, written, found.passage)[0] == pytest.approx(found.proposals[-1].nats, rel=0.05)


def test_the_same_seed_gives_the_same_bytes(file: Path, model: ModelFile) -> None:
    contents = []
    for seed in (1, 1, 2):
        found = rewriting.rewrite(model, file, (3, 4), None, 1, 4, seed)
        rewritten_file.write(file.with_name("new.mid"), found, found.proposals[0].notes)
        contents.append(file.with_name("new.mid").read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_a_file_may_change_or_go_once_it_has_been_read(file: Path, model: ModelFile) -> None:
    found = rewriting.rewrite(model, file, (3, 4), None, 1, 4, 1)
    new, other = file.with_name("new.mid"), file.with_name("other.mid")
    rewritten_file.write(new, found, found.proposals[0].notes)
    file.unlink()
    rewritten_file.write(other, found, found.proposals[0].notes)
    assert new.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("part", [None, 1])
def test_nats_are_those_of_the_music_that_is_written(file: Path, model: ModelFile, part: int | None) -> None:
    found = rewriting.rewrite(model, file, (3, 4), part, 1, 4, 1)
    rewritten_file.write(file.with_name("new.mid"), found, found.proposals[0].notes)
    written = assign(midifile.read(file.with_name("new.mid")), model.vocabulary)
    assert cost(model, written, found.passage)[0] == pytest.approx(found.proposals[0].nats, rel=1e-3)


def test_a_pitch_of_parts_that_share_a_track_sounds_once(model: ModelFile, tmp_path: Path) -> None:
    file, target = tmp_path / "choir.mid", tmp_path / "new.mid"
    notes = [Note(beat, 1, 48 + 8 * part + beat % 3, 80) for beat in range(16) for part in range(4)]
    tied = [Note(3, 2, 79), Note(7, 2, 79)]  # over both bar lines
    midifile.write(file, Piece(tuple(sorted([*notes, *tied])), parts=(Part("Choir"),)))
    found = rewriting.rewrite(model, file, (2, 2), None, 1, 2, 1)
    new = [Note(4, 2, 70, 50, 0), Note(4, 1, 70, 60, 1), Note(5, 2, 70, 50, 2), Note(4, 2, 79, 80, 1), Note(5, 3, 79)]
    rewritten_file.write(target, found, new)
    after = midifile.read(target)
    assert not after.warnings
    changed = set(after.notes) - set(midifile.read(file).notes)
    assert changed == {Note(4, 1, 70, 60), Note(5, 2, 70, 50), Note(5, 2, 79)}
    assert set(tied) <= set(after.notes)


def test_notes_without_length_stay(model: ModelFile, tmp_path: Path) -> None:
    """As drums have them, and a note that begins where the file ends."""
    file, target = tmp_path / "drums.mid", tmp_path / "new.mid"
    tune = [(beat + end, off(60) if end else on(60)) for beat in range(16) for end in (0.0, 0.5)]
    drums = [(beat, message(36, channel=9)) for beat in range(16) for message in (on, off)]
    file.write_bytes(song(track(*tune, *drums, (16, on(62)))))
    found = rewriting.rewrite(model, file, (2, 2), None, 1, 2, 1)
    rewritten_file.write(target, found, [])

    def kept(path: Path) -> list[Note]:
        return [note for note in midifile.read(path).notes if note.pitch != 60]

    assert kept(target) == kept(file)
    assert [note.duration for note in kept(target)] == [0.0] * 17


def test_refusals(file: Path, model: ModelFile) -> None:
    with pytest.raises(MidiFileError, match="it has no bar 99"):
        rewriting.rewrite(model, file, (3, 99), None, 1, 1, 1)
    assert rewriting.part_called(model, "alto") == 1
    with pytest.raises(UsageError, match="has no part called Oboe; it has Soprano"):
        rewriting.part_called(model, "Oboe")
    twice = open_model(f"{model.path}+{model.path}")
    with pytest.raises(UsageError, match="has 2 parts called Alto"):
        rewriting.part_called(twice, "Alto")


def test_a_file_of_several_ports_is_refused_before_anything_is_looked_for(
    tmp_path: Path, model: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ports.mid"
    notes = [(24 * (number > 0), on(60 + number % 5)) for number in range(40)]
    path.write_bytes(song(*(track((0, meta(0x21, bytes((port,)))), *notes) for port in (0, 1))))
    monkeypatch.setattr("musiclstm.model.rewriting.rewrite", lambda *_, **__: pytest.fail("it was looked for"))
    with pytest.raises(MidiFileError, match="several MIDI ports"):
        rewriting.rewrite(model, path, (1, 2), None, 1, 2, 1)
