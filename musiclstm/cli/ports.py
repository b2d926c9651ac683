"""ports: list the MIDI ports of this machine."""

from __future__ import annotations

import argparse
import json

from musiclstm.engine.ports.registry import SPECIAL_OUTPUTS, list_ports
from musiclstm.errors import without_controls


def run(options: argparse.Namespace) -> int:
    """Print the outputs, with those that every machine has, and the inputs."""
    inputs, outputs = list_ports()
    if options.json:
        print(json.dumps({"inputs": inputs, "outputs": outputs, "always": SPECIAL_OUTPUTS}, indent=2))
        return 0
    for title, names in (("Outputs", (*outputs, *SPECIAL_OUTPUTS)), ("Inputs", inputs)):
        print(f"{title}:")
        print("".join(f"  {without_controls(name)}\n" for name in names) or "  none\n", end="")
    return 0
