"""Card: what a model was made from and how good it is, as a page of Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any


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
