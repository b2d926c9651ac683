"""rewrite: other music for some bars of a MIDI file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from musiclstm.cli.targets import seed_of, targets
from musiclstm.cli.warning import warn
from musiclstm.engine.offline import rewriting, rewritten_file
from musiclstm.errors import MidiFileError, UsageError
from musiclstm.files import make_folder
from musiclstm.model.modelfile import open_model
from musiclstm.music.notation import is_score
from musiclstm.words import counted


def run(options: argparse.Namespace) -> int:
    """Write up to `--count` files in which these bars are different, the one that fits best first."""
    model = open_model(options.model)
    seed = seed_of(options)
    source = Path(options.file)
    if is_score(options.output):
        raise UsageError("The bars are rewritten in a MIDI file: let the name end in .mid.")
    name = f"{source.stem}-rewritten-{seed}"  # all of them come of one seed
    files = targets(options.output, [name, *(f"{name}-{number}" for number in range(2, options.count + 1))])
    particles = max(options.particles, options.count)
    part = None if options.part is None else rewriting.part_called(model, options.part)
    found = rewriting.rewrite(model, source, options.bars, part, options.count, particles, seed)
    warnings = found.piece.warnings
    warn({str(source): warnings})
    if not found.proposals:
        raise MidiFileError(f"No other music was found for these bars of {source}.")
    written: list[dict[str, Any]] = []
    for target, proposal in zip(files, found.proposals, strict=False):
        make_folder(target.parent)
        rewritten_file.write(target, found, proposal.notes)
        written.append({"file": str(target), "notes": len(proposal.notes), "nats": round(proposal.nats, 3)})
    first, last = options.bars
    if options.json:
        original = {"notes": len(found.old), "nats": round(found.nats, 3)}
        whole = {"model": model.name, "bars": [first, last], "seed": seed, "original": original, "files": written}
        print(json.dumps(whole | {"warnings": list(warnings)}, indent=2))
        return 0
    print(f"{source}: bars {first}-{last} and what follows, {counted(len(found.old), 'note')}, {found.nats:.1f} nats")
    for made in written:
        print(f"{made['file']}: {counted(made['notes'], 'new note')}, {made['nats']:.1f} nats, seed {seed}")
    return 0
