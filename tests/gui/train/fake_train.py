"""Stands in for `musiclstm train`: the same lines, commands and checkpoint, without training. Ends when told to.

The corpus decides: a folder called `bad` fails, of `known` a model that is begun with learns nothing, `slow` is being
read until it is interrupted, `crash` ends without a word after its checkpoint, `full` says why, `late` has none of
its end, `changed` does not go on from one, and of `one` nothing is held out. One that is gone can be kept. One with a
file `fails` ends before there is a checkpoint, one with a file `hangs` never begins.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from musiclstm.files import unused

STEPS = 200  # of a run that is not stopped


def say(kind: str, **what: Any) -> None:
    sys.stdout.write(json.dumps({"kind": kind, **what}) + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    for name in ("-o", "--run", "--from", "--teacher", "--minutes", "--steps", "--passes", "--parts", "--grid"):
        parser.add_argument(name, dest=name.strip("-"))
    for name in ("--resume", "--background", "--look", "--seconds", "--keep"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--progress")
    parser.add_argument("--fast", action="store_true")
    options = parser.parse_args()
    checkpoint = Path(options.run) / "checkpoint.pt"
    known = Path(options.o).exists()  # then it is replaced
    sys.stdout.write("a library prints\n")
    if options.keep:
        keep(options, int(checkpoint.read_text()))
        return 0
    if not options.corpus.is_dir():
        say("failed", text="No folder. Put it back, or keep the best so far (the same command with --keep).")
        return 1
    if (options.corpus / "hangs").exists():
        time.sleep(600)
    if options.corpus.name == "bad":
        say("failed", text="There are no MIDI files in bad.")
        sys.stderr.write("musiclstm: There are no MIDI files in bad.\n")
        return 1
    if options.corpus.name == "slow" and options.look:
        say("reading", read=5, files=31)
        os.read(0, 1)  # until the pipe is closed
        return 130
    if options.parts and "wrong" in options.parts:
        say("failed", text="The part 'wrong' is wrong.")
        return 1
    parts = [each.split(":")[0] for each in (options.parts or "Piano").split(", ")]
    lines = [{"name": name, "program": 0, "low": 21, "high": 108, "drums": False} for name in parts]
    proposal = {"parts": lines, "seconds": options.seconds, "grid": int(options.grid or 24), "pieces": 30, "others": 4}
    held_out = options.corpus.name != "one"
    found = {"files": 31, "pieces": 28, "held_out": 2 * held_out, "notes": 12345, "parts": parts, "proposal": proposal}
    skipped, alike = [["broken.mid", "it is no MIDI file"]], [["b.mid", "a.mid", "training"]]
    begin_with = "piano" if vars(options)["from"] == "auto" else vars(options)["from"] or ""
    told = {"begin_with": begin_with, "notices": ["Few (--from MODEL)."], "others": ["tunes: 3 .zip"]}
    say("found", **found, **told, beats=5000, skipped=skipped, near_duplicates=alike)
    if options.look:
        return 0
    if options.corpus.name == "changed" and options.resume and checkpoint.exists():
        say("failed", text="This run began with another --teacher.", begin_again=True)
        return 2
    if not options.resume and checkpoint.exists():
        say("note", text=f"it begins anew (--resume); {checkpoint.replace(checkpoint.with_name('before.pt')).name}.")
    step = int(checkpoint.read_text()) if options.resume and checkpoint.exists() else 0
    kept = b""
    os.set_blocking(0, False)
    while step < STEPS and b"keep" not in kept:
        step += 1
        valid = 1 + 1 / step if step >= 10 else None
        say(
            "step", step=step, minutes=step / 10, progress=step / STEPS, notes_per_second=1000.0,
            train=1 + 2 / step, valid=valid, best=valid, held_out=held_out,
        )  # fmt: skip
        if step > 10 and options.corpus.name in ("crash", "full"):
            checkpoint.write_text(str(step))
            if options.corpus.name == "full":
                say("failed", text="The disk is full. Go on (the same command with --resume).")
            return 9
        if step == 11 and options.corpus.name == "late":
            checkpoint.write_text(str(step))
        if step > 30 and (options.corpus / "fails").exists():
            return 9
        time.sleep(0 if options.fast else 0.01)
        try:
            content = os.read(0, 100)
        except BlockingIOError:
            continue
        kept += content
        if b"listen" in content:
            file = Path(options.run) / "so-far.onnx"
            file.write_bytes(b"so far")
            say("so_far", file=str(file))
        if not content and options.corpus.name == "late":
            say("failed", text="The disk is full. Go on (the same command with --resume).")
            return 1
        if not content:  # the pipe is closed
            checkpoint.write_text(str(step))
            say("paused", text="Stopped.")
            return 130
    checkpoint.write_text(str(step))
    keep(options, step, known=known)
    return 0


def keep(options: argparse.Namespace, step: int, *, known: bool = False) -> None:
    output = Path(options.o) if known else unused(Path(options.o))
    output.write_bytes(b"model")
    say("saved", file=str(output))
    figures = {"model": 1 + 1 / step, "order 0": 9.0, "order 1": 3.25}
    if vars(options)["from"]:
        figures["Piano before"] = 1.0 if options.corpus.name == "known" else 1.5
    say("done", text="nats per note: model", figures=figures, why="It has read all 15 times.")


if __name__ == "__main__":
    sys.exit(main())
