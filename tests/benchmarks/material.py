"""What the benchmarks of speed are fed with: the corpora where they are, else what a model plays."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

from musiclstm.engine.offline.render import Bars, Request, generate_all
from musiclstm.model.modelfile import open_model
from musiclstm.music import midifile

MODELS = ("chorales", "folk", "quartet", "piano", "drums")


def corpus(name: str, folder: Path) -> Path | None:
    """Unpack a corpus into a folder, from $MUSICLSTM_CORPORA or ../shared/corpora; None where it is not there."""
    archive = Path(os.environ.get("MUSICLSTM_CORPORA", "../shared/corpora")) / f"{name}.tar.xz"
    if not archive.is_file():
        return None
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / name


def generated(model: str, folder: Path, *, count: int, bars: int) -> Path:
    """A folder with `count` MIDI files that a model has played."""
    opened = open_model(model)
    folder.mkdir()
    requests = [Request(Bars(bars), seed) for seed in range(count)]
    for index, piece in enumerate(generate_all(opened, requests)):
        midifile.write(folder / f"{model}-{index}.mid", piece)
    return folder
