"""models: list the available models, or delete one of the user's own."""

from __future__ import annotations

import argparse
import json
from typing import Any

from musiclstm import own_models, paths
from musiclstm.errors import ModelError, one_line
from musiclstm.model.modelfile import open_model
from musiclstm.music.note import TimeBase


def run(options: argparse.Namespace) -> int:
    """Print the shipped models and the user's own; files that cannot be opened are listed with the reason.

    Raises UsageError where a model cannot be deleted.
    """
    if options.delete is not None:
        own_models.delete(options.delete)
        print(f"Deleted {options.delete}")
        return 0
    found: list[dict[str, Any]] = []
    for path in paths.model_files():
        try:
            model = open_model(path)
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
        print(f"There are no models. Put .onnx files into {paths.user_models()}, or train one: musiclstm train --help")
    wide = max((len(each["name"]) for each in found), default=0)
    for each in found:
        name = one_line(each["name"]).ljust(wide)
        if "problem" in each:
            print(f"{name}  cannot be used: {each['problem']}")
            continue
        parts = ", ".join(each["parts"])
        time = "bars and beats" if each["time"] == TimeBase.BEATS.value else "free time"
        print(f"{name}  {each['title']}: {parts}; {time}; LSTM {each['size']}")
    return 0
