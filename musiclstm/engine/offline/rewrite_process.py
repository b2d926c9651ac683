"""The process that rewrites bars of a file while music plays: `python -m musiclstm.engine.offline.rewrite_process`.

MODEL SOURCE FIRST LAST PART COUNT SEED FOLDER; PART is a number from 0, or empty for all of them. Writes up to COUNT
files into the folder, the one that fits best first, and says by stdout which, as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from musiclstm.engine.offline import rewriting, rewritten_file
from musiclstm.engine.recording.take import run_alone
from musiclstm.engine.system.priority import no_collection
from musiclstm.errors import MidiFileError
from musiclstm.model.modelfile import open_model

PARTICLES = 64


def proposals(
    model: str, source: str, bars: tuple[int, int], part: int | None, count: int, seed: int, folder: str
) -> dict[str, object]:
    """{files: names, nats: of what each keeps; original: as it was played}. Raises MusicLSTMError."""
    opened = open_model(model)
    found = rewriting.rewrite(opened, Path(source), bars, part, count, PARTICLES, seed)
    if not found.proposals:
        raise MidiFileError("No other music was found for these bars.")
    files = []
    for number, proposal in enumerate(found.proposals, 1):
        target = Path(folder) / f"{Path(source).stem} {number}.mid"
        rewritten_file.write(target, found, proposal.notes)
        files.append(str(target))
    return {"original": found.following, "files": files, "nats": [each.following for each in found.proposals]}


def _main(arguments: list[str]) -> int:
    model, source, first, last, part, count, seed, folder = arguments

    def write() -> None:
        with no_collection():
            number = int(part) if part else None
            made = proposals(model, source, (int(first), int(last)), number, int(count), int(seed), folder)
        sys.stdout.write(json.dumps(made))

    return run_alone(write)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
