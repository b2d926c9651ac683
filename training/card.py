"""Card: what a model was made from and how good it is, as a page of Markdown.

python -m training.card MODEL.onnx time.top_p=0.98 … changes control defaults of a model file, and rewrites its page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx

from musiclstm.errors import ModelError, UsageError, reason
from musiclstm.files import write_atomic
from musiclstm.model import onnx_file
from musiclstm.model.modelfile import find, open_model
from training.command import run_command

# What a card says of the sources of a model, in this order.
SOURCES = ("corpus", "from", "licence", "attribution")


def write_card(path: Path, title: str, card: dict[str, Any]) -> None:
    """Writes the page of a card; with the picture of the model's example, if there is one. Raises ModelError."""
    text = page(title, card)
    example = Path("examples") / f"{path.stem}.png"
    if (path.parent / example).is_file():
        text += f"\nTwo minutes of its play, [examples/{path.stem}.mid]({example.with_suffix('.mid').as_posix()}):\n\n"
        text += f"![Piano roll]({example.as_posix()})\n"
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomic(path, content)
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {reason(error)}.") from error


def page(title: str, card: dict[str, Any]) -> str:
    """The text of the page, without the example."""
    config, valid = card["config"], card.get("valid")
    measured_on = "validation" if valid else "training"
    held_out = f"{valid['pieces']:,} pieces for validation" if valid else "none held out"
    lines = [f"# {title}", ""]
    lines += [f"- {name.capitalize()}: {card[name]}." for name in SOURCES if name in card]
    threads = "1 thread" if card["threads"] == 1 else f"{card['threads']} threads"
    lines.append(f"- Split {card['split']}.")
    lines.append(f"- Trained on {card['pieces']:,} pieces, {card['notes']:,} notes; {held_out}.")
    lines.append(
        f"- {config['cell'].upper()}, {config['layers']} × {config['units']} units, {card['parameters']:,} "
        f"parameters, {card['training_minutes']:g} minutes of training on {threads}."
    )
    if "teachers" in card:
        lines.append(f"- Learnt half from the music, half from {', '.join(card['teachers'])}.")
    lines += [
        "",
        f"Nats per note on the {measured_on} pieces (all fields of all events, divided by the number of notes):",
        "",
        "| | all | time | kind and part | pitch | velocity |",
        "|---|---|---|---|---|---|",
        row(f"**{title}**", valid or card["train"]),
    ]
    if "told" in card:
        lines.append(row("told the chords of each piece", card["told"]))
    names = {"order 0": "Markov model of order 0", "order 1": "first-order Markov model"}
    baselines: dict[str, Any] = card.get("baselines", {})
    if tokens := baselines.get("tokens"):
        sizes = f"{tokens['parameters']:,} parameters, {tokens['minutes']:.1f} minutes"
        names["tokens"] = f"token recipe (as of Performance RNN) with a plain LSTM, {sizes}"
    lines += [row(names.get(name, name), each) for name, each in baselines.items()]
    if "quantised_loss" in card:
        lines += ["", f"As played, with 8-bit weights, the cost changes by {100 * card['quantised_loss']:+.2f} %."]
    if "statistics" in card:
        lines += ["", *play(card["statistics"])]
    return "\n".join(lines) + "\n"


def row(name: str, figures: dict[str, Any]) -> str:
    """A row of the table of figures; those of token models have no fields."""
    values = [figures["nats_per_note"], *figures.get("by_field", {}).values()]
    cells = [f"{value:.3f}" for value in values] + [""] * (5 - len(values))
    return f"| {name} | " + " | ".join(cells) + " |"


def play(statistics: dict[str, Any]) -> list[str]:
    """The lines about the results of `training.study.statistics`."""
    settings = ", ".join(f"{name} {heat:g} ({top_p:g})" for name, (heat, top_p) in statistics["settings"].items())
    hour, verdicts = statistics["hour"], statistics["hour"]["verdicts"]
    mine, theirs = statistics["nats_per_note"], statistics["nats_per_note_held_out"]
    rows = (
        (name, value, statistics["training"][name], statistics["ceiling"][name])
        for name, value in statistics["overlap"].items()
    )
    beside = {
        "falls silent": f"at most {hour['silence']:.3g}, corpus {hour['silence_corpus']:.3g}",
        "crowds": f"at most {hour['at_once']} notes at once, corpus {hour['at_once_corpus']}; "
        f"{hour['fullest']:g} in the fullest minute, corpus {hour['fullest_corpus']:g}",
        "loops": f"longest repeated passage {hour['repeat']} notes, corpus {hour['repeat_corpus']}",
    }
    names = {"held out": "held-out pieces"}
    shared = (
        f"- {name}: " + "; ".join(f"{names.get(who, who)} {median:g}, {most}" for who, (median, most) in found.items())
        for name, found in statistics["shared"].items()
    )
    return [
        f"Temperature (and top-p): {settings}.",
        f"Surprise in nats per note: {mine:.2f} in play, {theirs:.2f} in held-out pieces.",
        "Overlap with held-out pieces, of its play and of as much training music; and of two halves of the corpus:",
        "",
        "| | play | training pieces | two halves |",
        "|---|---|---|---|",
        *(f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + " |" for name, *values in rows),
        "",
        f"Endless play of {statistics['minutes']} minutes from one seed, beside the corpus played end to end:",
        "",
        f"- leaves the range of the corpus's minutes: {verdicts['leaves the range']}",
        f"- drifts: {verdicts['drifts']}",
        *(f"- {name}: {verdicts[name]} ({figures})" for name, figures in beside.items()),
        "",
        "Longest run of notes shared with a training piece, and repeated within the same piece (median, longest):",
        "",
        *shared,
    ]


def relabel(path: Path, defaults: dict[str, Any], changes: dict[str, Any] | None = None) -> None:
    """Changes the control defaults and the card of a model file; the weights stay, and are given a checksum.

    Raises ModelError.
    """
    model = open_model(path)
    proto = onnx.load(str(path))
    labels = {
        "defaults": json.dumps(defaults),
        "card": json.dumps({**model.card, **(changes or {})}),
        "checksum": onnx_file.checksum(onnx_file.read(proto.SerializeToString())[0]),
    }
    if all(each.key != "checksum" for each in proto.metadata_props):  # a file of an earlier version
        proto.metadata_props.add(key="checksum")
    for each in proto.metadata_props:
        each.value = labels.get(each.key, each.value)
    _write(path, proto.SerializeToString())


def main(argv: Sequence[str]) -> int:
    if not argv:
        raise UsageError("Name a model file, or a model of `musiclstm models`.")
    path = find(argv[0])
    defaults: dict[str, Any] = {}
    for each in argv[1:]:
        name, _, value = each.partition("=")
        try:
            defaults[name] = json.loads(value)
        except ValueError:
            raise UsageError(f"A default is written NAME=VALUE, with a number as value, not {each}.") from None
    model = open_model(path)
    if defaults:
        relabel(path, model.defaults | defaults)
    write_card(path.with_suffix(".md"), model.title, model.card)
    return 0


if __name__ == "__main__":
    run_command(main)
