"""evaluate: how well a model predicts MIDI files, in nats, beside the baselines of its card."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from musiclstm.cli.warning import warn
from musiclstm.engine.offline.scoring import score_paths
from musiclstm.errors import one_line
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.words import counted


def run(options: argparse.Namespace) -> int:
    """Print the negative log-likelihood of files and folders; files that cannot be read are listed."""
    model = open_model(options.model)
    score = score_paths(model, [Path(file) for file in options.files])
    figures = score.to_dict()
    if options.json:
        print(json.dumps(figures | {"model": model.name, "card": _from_card(model)}, indent=2))
        return 0
    warn(score.warnings)
    for others in score.others:
        print(one_line(f"not read, by their endings, in {others}"), file=sys.stderr)
    for skipped in figures["skipped"]:
        print(one_line(f"skipped: {skipped['why']}"), file=sys.stderr)
    sizes = ((score.pieces, "piece"), (score.notes, "note"), (score.events, "event"))
    print(f"{', '.join(counted(*each) for each in sizes)}, {score.seconds / 60:.1f} minutes of music")
    print(f"{'nats per note':34}{'all':>8}{'time':>8}{'part':>8}{'pitch':>8}{'velocity':>10}")
    print(_row(model.title, figures))
    if rows := _from_card(model):
        print(f"{_measured_on(model.card)}, beside baselines:")
        for name, row in rows.items():
            print(_row(_NAMES.get(name, name), row))
    return 0


_NAMES = {
    "model": "this model",
    "order 0": "0-order: each event alone",
    "order 1": "1st-order: given the last event",
    "tokens": "token LSTM with as many weights",
}


def _from_card(model: ModelFile) -> dict[str, dict[str, Any]]:
    """The model's and the baselines' figures from its card; empty where it has none."""
    card = model.card
    figures = card.get("valid") or card.get("train")
    return {"model": figures, **card.get("baselines", {})} if figures else {}


def _measured_on(card: dict[str, Any]) -> str:
    held_out = "valid" in card
    pieces = counted(card["valid" if held_out else "train"].get("pieces", 0), "piece")
    how = "held out from its training" if held_out else "that it was trained on, because none was held out"
    return f"On the {pieces} {how}"


def _row(name: str, figures: dict[str, Any]) -> str:
    row = f"{name:34}{figures['nats_per_note']:8.3f}"
    if (fields := figures.get("by_field")) is None:  # a token stands for all fields at once
        return row
    time, symbol, pitch = (f"{fields[field]:8.3f}" for field in ("time", "symbol", "pitch"))
    return f"{row}{time}{symbol}{pitch}{fields['velocity']:10.3f}"
