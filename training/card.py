"""Card: what a model was made from and how good it is, as a page of Markdown.

python -m training.card MODEL.onnx time.top_p=0.98 … writes control defaults into a model file, and its page anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx

from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.model.modelfile import find, open_model


def write_card(path: Path, title: str, card: dict[str, Any]) -> None:
    """Write the page beside the model file."""
    path.write_text(page(title, card), encoding="utf-8")


def page(title: str, card: dict[str, Any]) -> str:
    config, valid = card["config"], card["valid"]
    lines = [f"# {title}", ""]
    lines += [f"- {name.capitalize()}: {card[name]}." for name in ("corpus", "licence", "attribution") if name in card]
    threads = "1 thread" if card["threads"] == 1 else f"{card['threads']} threads"
    lines.append(f"- Split {card['split']}.")
    lines.append(
        f"- Learnt from {card['pieces']:,} pieces, {card['notes']:,} notes; {valid['pieces']:,} pieces held out to "
        "choose by."
    )
    lines.append(
        f"- {config['cell'].upper()}, {config['layers']} × {config['units']} units, {card['parameters']:,} "
        f"parameters, {card['training_minutes']:g} minutes of training on {threads}."
    )
    lines += [
        "",
        "Nats per note on the held-out pieces (all fields of all events, divided by the number of notes):",
        "",
        "| | all | time | kind and part | pitch | velocity |",
        "|---|---|---|---|---|---|",
        row(f"**{title}**", valid),
    ]
    names = {"order 0": "counting, each event by itself", "order 1": "counting, given the event before"}
    lines += [row(names.get(name, name), each) for name, each in card.get("baselines", {}).items()]
    if "quantised_loss" in card:
        lines += ["", f"As played (8-bit weights) it costs {100 * card['quantised_loss']:+.2f} % nats per note."]
    return "\n".join(lines) + "\n"


def row(name: str, figures: dict[str, Any]) -> str:
    values = [figures["nats_per_note"], *figures["by_field"].values()]
    return f"| {name} | " + " | ".join(f"{value:.3f}" for value in values) + " |"


def relabel(path: Path, defaults: dict[str, Any], changes: dict[str, Any] | None = None) -> None:
    """Give a model file other control defaults, and change its card; the weights stay. Raises ModelError."""
    model = open_model(path)
    labels = {"defaults": json.dumps(defaults), "card": json.dumps({**model.card, **(changes or {})})}
    proto = onnx.load(str(path))
    for each in proto.metadata_props:
        each.value = labels.get(each.key, each.value)
    part = path.with_suffix(".part")
    part.write_bytes(proto.SerializeToString())
    part.replace(path)


def main(argv: Sequence[str]) -> int:
    if not argv:
        raise UsageError("Name a model file.")
    path = find(argv[0])
    defaults: dict[str, Any] = {}
    for each in argv[1:]:
        name, equals, value = each.partition("=")
        if not equals:
            raise UsageError(f"A default is written NAME=VALUE, not {each}.")
        defaults[name] = json.loads(value)
    if defaults:
        relabel(path, defaults)
    model = open_model(path)
    write_card(path.with_suffix(".md"), model.title, model.card)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MusicLSTMError as error:
        sys.exit(str(error))
