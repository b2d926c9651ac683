"""MidiTok: tokens of MIDI files, REMI and MIDILike, reading by symusic included. And only read, by symusic and mido.

Its settings are its own. One file after another; the tokens are written to a file each, as JSON, outside of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import miditok
import mido
import symusic

from tests.benchmarks.contestants.answer import answer


def main() -> None:
    tokenizers = {name: getattr(miditok, name)() for name in ("REMI", "MIDILike")}
    readers: dict[str, Callable[[Path], Any]] = {"symusic": symusic.Score, "mido": mido.MidiFile}
    ways = {**tokenizers, **readers}

    def measure(what: dict[str, Any]) -> dict[str, Any]:
        name, run = what["way"], Path(what["run"])
        files = sorted(Path(what["folder"]).glob("*.mid"))
        begin = time.perf_counter()
        made = [ways[name](file) for file in files]
        found: dict[str, Any] = {"seconds": time.perf_counter() - begin, "bytes": 0}
        if name in tokenizers:
            for file, tokens in zip(files, made, strict=True):
                tokenizers[name].save_tokens(tokens, run / f"{file.stem}.json")
            found["bytes"] = sum(each.stat().st_size for each in run.glob("*.json"))
        return found

    versions = (f"{name} {version(name)}" for name in ("miditok", "symusic", "mido"))
    answer(", ".join(versions), measure)


if __name__ == "__main__":
    main()
