"""generate, evaluate, models: done when the file is written or the table printed."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from musiclstm import paths
from musiclstm.engine.offline import render
from musiclstm.errors import ModelError, UsageError
from musiclstm.files import is_midi
from musiclstm.model import modelfile
from musiclstm.model.score import score_files
from musiclstm.music import midifile
from musiclstm.music.note import Piece, TimeBase

# ---- generate --------------------------------------------------------------------------------------------------------


def generate(options: argparse.Namespace) -> int:
    """Write `--count` pieces; all that can be wrong with the command is found before the first is begun."""
    model = modelfile.open_model(options.model)
    prime = midifile.read(options.prime, model.vocabulary.base) if options.prime else None
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    if options.wav:
        from musiclstm.engine.offline import wav

        wav.check()
    targets = _targets(Path(options.output), options.count, seed, model.name)
    first = render.Order(_length(options), seed, options.tempo, prime, _controls(options))
    orders = [
        replace(first, seed=seed + index, title=f"{model.title} {seed + index}") for index in range(options.count)
    ]
    written = []
    for target, order, piece in zip(targets, orders, render.generate_all(model, orders), strict=True):
        midifile.write(target, piece)
        made = {"file": str(target), **_described(piece, order.seed)}
        if options.wav:
            wav.write(target.with_suffix(".wav"), piece)
            made["wav"] = str(target.with_suffix(".wav"))
        written.append(made)
        if not options.json:
            lasts = f"{made['bars']:g} bars, {made['seconds']:g} s"
            print(f"{target}: {made['notes']} notes, {lasts}, seed {order.seed}")
    if options.json:
        print(json.dumps({"model": model.name, "files": written}, indent=2))
    return 0


def _length(options: argparse.Namespace) -> render.Length:
    if options.seconds is not None:
        return render.Seconds(options.seconds)
    if options.events is not None:
        return render.Events(options.events)
    return render.Bars(32 if options.bars is None else options.bars)


def _controls(options: argparse.Namespace) -> dict[str, Any]:
    fields = ("time", "pitch", "velocity")
    controls = {}
    if options.temperature is not None:
        controls.update({f"{field}.temperature": options.temperature for field in fields})
    if options.top_p is not None:
        controls.update({f"{field}.top_p": options.top_p for field in fields})
    return controls


def _targets(output: Path, count: int, seed: int, name: str) -> list[Path]:
    """The file to write, or those in a folder, which is made if need be. Raises UsageError."""
    if is_midi(output) and not output.is_dir():
        if count > 1:
            raise UsageError(f"{count} files need a folder, not {output}")
        if not output.parent.is_dir():
            raise UsageError(f"There is no folder {output.parent} to write {output.name} to")
        return [output]
    if output.suffix and not output.is_dir():
        raise UsageError(f"{output} should end in .mid, or be a folder")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {output} cannot be made: {error.strerror}") from error
    return [output / f"{name}-{seed + index}.mid" for index in range(count)]


def _described(piece: Piece, seed: int) -> dict[str, Any]:
    beats = piece.length
    return {
        "seed": seed,
        "notes": len(piece.notes),
        "bars": round(beats / piece.meters[-1].bar_beats, 2),
        "beats": round(beats, 3),
        "seconds": round(beats * 60 / piece.tempo, 3),
        "tempo": piece.tempo,
    }


# ---- evaluate --------------------------------------------------------------------------------------------------------


def evaluate(options: argparse.Namespace) -> int:
    """How surprised the model is by music, beside two baselines; files that cannot be read are listed."""
    model = modelfile.open_model(options.model)
    found = score_files(model, [Path(file) for file in options.files])
    if options.json:
        print(json.dumps(found.to_dict() | {"model": model.name, "card": _held_out(model)}, indent=2))
        return 0
    for skipped in found.to_dict()["skipped"]:
        print(f"skipped {skipped['file']}: {skipped['why']}", file=sys.stderr)
    minutes = found.seconds / 60
    pieces = _pieces(found.pieces)
    print(f"{pieces}, {found.notes} notes, {found.events} events, {minutes:.1f} minutes of music")
    print(f"{'nats a note':34}{'all':>8}{'time':>8}{'part':>8}{'pitch':>8}{'velocity':>10}")
    print(_row(model.title, found.to_dict()))
    if beside := _held_out(model):
        pieces = _pieces(model.card["valid"].get("pieces", 0))
        print(f"On the {pieces} held out when it was trained, beside baselines:")
        for name, figures in beside.items():
            print(_row(_NAMES.get(name, name), figures))
    return 0


def _pieces(count: int) -> str:
    return "1 piece" if count == 1 else f"{count} pieces"


_NAMES = {
    "model": "this model",
    "order 0": "0-order: each event by itself",
    "order 1": "1st-order: given the one before",
    "tokens": "LSTM of as many weights on tokens",
}


def _held_out(model: modelfile.ModelFile) -> dict[str, dict[str, Any]]:
    """The model's and the baselines' figures on the held-out pieces, as its card has them."""
    card = model.card
    return {"model": card["valid"], **card.get("baselines", {})} if "valid" in card else {}


def _row(name: str, figures: dict[str, Any]) -> str:
    row = f"{name:34}{figures['nats_per_note']:8.3f}"
    if (fields := figures.get("by_field")) is None:  # tokens are of all fields at once
        return row
    time, symbol, pitch = (f"{fields[field]:8.3f}" for field in ("time", "symbol", "pitch"))
    return f"{row}{time}{symbol}{pitch}{fields['velocity']:10.3f}"


# ---- models ----------------------------------------------------------------------------------------------------------


def models(options: argparse.Namespace) -> int:
    """What can be played; files that are no models are listed with the reason."""
    found: list[dict[str, Any]] = []
    for path in paths.model_files():
        try:
            model = modelfile.open_model(path)
        except ModelError as error:
            found.append({"name": path.stem, "file": str(path), "problem": str(error)})
            continue
        found.append(
            {
                "name": model.name,
                "title": model.title,
                "time": model.vocabulary.base.value,
                "parts": [part.name for part in model.vocabulary.parts],
                "size": f"{model.layers} × {model.units}",
                "licence": str(model.card.get("licence", "")),
                "file": str(path),
            }
        )
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return 0
    if not found:
        print(f"There are no models. Put .onnx files into {paths.user_models()}, or train one: musiclstm train.")
    for each in found:
        if "problem" in each:
            print(f"{each['name']:14} cannot be used: {each['problem']}")
            continue
        parts = ", ".join(each["parts"])
        time = "bars and beats" if each["time"] == TimeBase.BEATS.value else "free time"
        print(f"{each['name']:14} {each['title']}: {parts}; {time}; LSTM {each['size']}")
    return 0
