"""Learning: what ten minutes of one player are worth to a model that has never heard that music.

    python -m tests.benchmarks.learning CASE [--corpora FOLDER] [--steps 100 300] [--rates 1e-3] [--rehearse 0 1]

Cases (pieces of validation splits: no shipped model was trained on them, but some were chosen by the first and third):
chopin   piano: the preludes and études of Chopin in piano-midi.de; other works of Chopin's were trained on
pop      piano: the pianist's tracks of POP909, a style that the model was not trained on at all
drummer  drums: the takes of drummer 1 in the Groove MIDI Dataset; other takes of this drummer were trained on
new      those of drummer 7, for a --model that was trained without these, as `musiclstm train COPY --like drums` does
         with a copy of the data set without those files

The first pieces up to ten minutes (--minutes) teach, the rest is scored, in nats a note, as the instrument plays (8-bit
weights): before; with the echo alone (each piece comes after the ten minutes); after learning; after learning with the
echo; and forgetting, on pieces of the model's own validation split by others. Learning is that of `musiclstm learn`,
with a fixed number of steps: nothing is chosen by the rest. The last pieces that teach, with a tenth of the notes, are
held out by the training, which keeps the weights that predict them best. Time is processor time of one thread.
alone: without the model as a teacher, and without a limit of passes. rehearse: music that the model plays itself is
learnt beside the person's, as many seconds of it as of theirs, times this.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import tempfile
import time
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

from musiclstm.engine.offline.render import Request, Seconds, generate_all
from musiclstm.engine.recording import lesson
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.prime import read_piece
from musiclstm.model.score import score_pieces
from musiclstm.model.session import Session
from musiclstm.music import midifile
from musiclstm.music.event import Kind
from musiclstm.music.note import Piece
from musiclstm.music.parts import assign
from musiclstm.music.walk import meter_changes, walk
from training import train
from training.mixed import mix

OTHERS = 4  # pieces to measure forgetting by
LONGEST = 300  # seconds of them


def cases(corpora: Path) -> dict[str, tuple[str, list[Path], list[Path]]]:
    """For each case its model, its pieces, and pieces of the model's own corpus by others."""
    piano, kit, pop = corpora / "piano-midi-de", corpora / "groove-midi", corpora / "pop909"
    played = _rows(piano / "metadata.csv", "valid")
    chopin = [piano / "midi" / row["midi"] for row in played if row["composer"] == "Chopin"]
    others = [piano / "midi" / row["midi"] for row in played if row["composer"] not in ("Chopin", "Liszt")]
    drums = _rows(kit / "info.csv", "validation")
    first = [kit / "midi" / row["midi_filename"] for row in drums if row["drummer"] == "drummer1"]
    rest = [kit / "midi" / row["midi_filename"] for row in drums if row["drummer"] == "drummer7"]
    songs = [pop / "midi" / row["midi"] for row in _rows(pop / "splits.csv", "valid")]
    return {
        "chopin": ("piano", chopin, others[:: len(others) // OTHERS]),
        "pop": ("piano", songs[:9], others[:: len(others) // OTHERS]),
        "drummer": ("drums", first, rest[: 4 * OTHERS]),
        "new": ("drums", rest, first[: 4 * OTHERS]),
    }


def _rows(table: Path, split: str) -> list[dict[str, str]]:
    with table.open(newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["split"] == split]


def read(files: Iterable[Path], model: ModelFile, *, pianist: bool) -> list[Piece]:
    """pianist: only that track of several."""
    found = [midifile.read(file, model.vocabulary.base) for file in files]
    return [_only(piece, "PIANO") if pianist else piece for piece in found]


def _only(piece: Piece, name: str) -> Piece:
    (index,) = (index for index, part in enumerate(piece.parts) if part.name == name)
    notes = tuple(replace(note, part=0) for note in piece.notes if note.part == index)
    return replace(piece, notes=notes, parts=(piece.parts[index],))


def seconds_of(piece: Piece) -> float:
    return piece.clock()(piece.length)


def divided(pieces: list[Piece], minutes: float) -> tuple[list[Piece], list[Piece]]:
    """Those that teach, and the rest."""
    taught: list[Piece] = []
    while pieces and sum(map(seconds_of, taught)) + seconds_of(pieces[0]) <= minutes * 60:
        taught.append(pieces.pop(0))
    return taught, pieces


def echoed(model: ModelFile, taught: list[Piece], rest: list[Piece]) -> float:
    """Nats a note of the rest, each piece right after what was taught."""
    session = Session(model, max_match=None)
    for piece in taught:
        read_piece(session, piece)
    primed, nats, notes = session.snapshot(), 0.0, 0
    for piece in rest:
        session.restore(primed)
        begin, events = session.tick, model.vocabulary.encode(assign(piece, model.vocabulary))
        for event, change in walk(events, meter_changes(piece, model.vocabulary)):
            if change is not None:
                session.set_meter(change.meter, begin + change.tick)
            nats += sum(map(sum, session.feed_by_field(event)))
            notes += event.kind is Kind.ON
    return nats / notes


def learn(model: str, lessons: list[Piece], folder: Path, arguments: list[str], *, alone: bool) -> tuple[Path, float]:
    """The learnt model, and the processor seconds it took."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lessons").mkdir(parents=True)
    names = [f"{number:03}.mid" for number in range(len(lessons))]
    for name, piece in zip(names, lessons, strict=True):
        midifile.write(folder / "lessons" / name, piece)
    (folder / "lessons" / "splits.csv").write_text("midi,split\n" + "".join(f"{name},train\n" for name in names))
    output = folder / "learnt.onnx"
    models = ["--from", model] if alone else lesson.training_options(model)
    command = [str(folder / "lessons"), "-o", str(output), *models, "--run", str(folder / "run")]
    began, said = time.process_time(), StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        train.main([*command, "--device", "cpu", "--progress", "json", *arguments])
    return output, time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=("chopin", "pop", "drummer", "new"))
    parser.add_argument("--model", help="instead of the case's own, a model of the same vocabulary")
    parser.add_argument("--corpora", type=Path, default=Path("/work/corpora"))
    parser.add_argument("--steps", type=int, nargs="+", default=[200])
    parser.add_argument("--rates", type=float, nargs="+", default=[7e-4])
    parser.add_argument("--dropouts", type=float, nargs="+", default=[0.4])
    parser.add_argument("--rehearse", type=float, nargs="+", default=[0.0])
    parser.add_argument("--minutes", type=float, default=10.0, help="of music that teaches, at most")
    parser.add_argument("--alone", action="store_true", help="no teacher, and no limit of passes")
    parser.add_argument("--mixed", action="store_true", help="the models between as well, at 25, 50 and 75 %%")
    options = parser.parse_args()
    name, files, others = cases(options.corpora)[options.case]
    name = options.model or name
    model = open_model(name)
    taught, rest = divided(read(files, model, pianist=options.case == "pop"), options.minutes)
    own = [piece for piece in read(others, model, pianist=False) if seconds_of(piece) < LONGEST]
    lengths = [sum(map(seconds_of, each)) / 60 for each in (taught, rest, own)]
    counts = [sum(len(piece.notes) for piece in each) for each in (taught, rest, own)]
    for what, length, count in zip(("taught", "rest", "own"), lengths, counts, strict=True):
        print(f"{options.case}, {what}: {length:.1f} minutes, {count:,} notes")

    def row(what: str, which: ModelFile, seconds: float = 0.0) -> None:
        scores = score_pieces(which, rest).nats_per_note, echoed(which, taught, rest), score_pieces(which, own)
        alone, echo, forgetting = scores[0], scores[1], scores[2].nats_per_note
        print(f"{what:44} rest {alone:.3f}  with echo {echo:.3f}  own {forgetting:.3f}  {seconds:5.0f} s", flush=True)

    row("before", model)
    with tempfile.TemporaryDirectory() as temporary:
        for rehearse in options.rehearse:
            lessons = list(taught)
            if rehearse:
                # Before the person's, the last of which is held out.
                lessons = [*generate_all(model, [Request(Seconds(60 * lengths[0] * rehearse), 1)]), *taught]
            for dropout in options.dropouts:
                for rate in options.rates:
                    for steps in options.steps:
                        arguments = ["--steps", str(steps), "--rate", str(rate), "--dropout", str(dropout)]
                        learnt, seconds = learn(
                            name, lessons, Path(temporary) / "learnt", arguments, alone=options.alone
                        )
                        what = f"steps {steps}, rate {rate:g}, dropout {dropout:g}, rehearsed {rehearse:g}"
                        row(what, open_model(learnt), seconds)
                        for share in (0.25, 0.5, 0.75) if options.mixed else ():
                            between = Path(temporary) / "mixed.onnx"
                            mix(name, learnt, share, between)
                            row(f"  mixed, {share:.0%} learnt", open_model(between))


if __name__ == "__main__":
    main()
