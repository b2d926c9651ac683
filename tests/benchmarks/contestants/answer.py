"""A contestant's side of the conversation: a line of JSON for each that it is told. Needs nothing but Python."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

# Whatever else a library prints is passed over.
MARK = "answer: "


def answer(ready: Any, measure: Callable[[Any], Any]) -> None:
    """Say that all is loaded (`ready`: what there is to say about it), then answer until nothing more is asked."""
    _say(ready)
    for line in sys.stdin:
        _say(measure(json.loads(line)))


def _say(what: Any) -> None:
    print(MARK + json.dumps(what), flush=True)
