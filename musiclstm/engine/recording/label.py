"""Labels: what a person has called a take, and its summary, in a file beside the session's journal.

`SESSION.take.json` holds a JSON object in UTF-8:

    {"format": 1,
     "name": "what the person calls it; empty or absent: nothing yet",
     "size": bytes of the session's journal when the summary was made,
     "summary": {the fields of `summary.Summary`, absent: not made yet}}

A take with a name is kept until it is deleted. The summary can be made again at any time, which happens as soon as the
journal has another size. A damaged file counts as none.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from musiclstm.engine.recording.summary import COLUMNS, ROWS, Summary
from musiclstm.files import write_atomic

SUFFIX = ".take.json"
LONGEST = 100
"""Characters of a name."""
_FORMAT = 1
_LARGEST = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class Label:
    """name: empty for none. size: of the journal that the summary is of."""

    name: str = ""
    size: int = -1
    summary: Summary | None = None


def path_of(folder: Path, session: str) -> Path:
    return folder / f"{session}{SUFFIX}"


def read(folder: Path, session: str) -> Label:
    """The label of a session; an empty one where there is none, or no sound one."""
    try:
        path = path_of(folder, session)
        if path.stat().st_size > _LARGEST:
            return Label()
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return Label()
    return from_json(content)


def from_json(content: object) -> Label:
    """The label of what `to_json` returned, and JSON has kept; an empty one for anything else."""
    if not isinstance(content, dict):
        return Label()
    name, size = content.get("name"), content.get("size")
    summary = _summary(content.get("summary")) if content.get("format") == _FORMAT else None
    return Label(tidy(name) if isinstance(name, str) else "", size if type(size) is int else -1, summary)


def write(folder: Path, session: str, label: Label) -> None:
    """Raises OSError."""
    # In ASCII, because file names need not be UTF-8.
    write_atomic(path_of(folder, session), json.dumps(to_json(label), indent=1).encode(), durable=False)


def to_json(label: Label) -> dict[str, Any]:
    """The label as an object of JSON."""
    content: dict[str, Any] = {"format": _FORMAT, "name": label.name, "size": label.size}
    if label.summary is not None:
        content["summary"] = asdict(label.summary)
    return content


def tidy(name: str) -> str:
    """A name as it is kept: one line, not too long."""
    return "".join(each if each.isprintable() else " " for each in name).strip()[:LONGEST].rstrip()


def _summary(content: Any) -> Summary | None:
    """None unless every field is what it should be; those of a later version are left out."""
    with suppress(TypeError, ValueError, KeyError, OverflowError):
        values = {each.name: content[each.name] for each in fields(Summary)}
        kinds = {"float": (int, float), "int": (int,), "str": (str,), "bool": (bool,), "tuple[str, ...]": (list,)}
        if all(isinstance(values[each.name], kinds[str(each.type)]) for each in fields(Summary)):
            values["models"], values["picture"] = tuple(values["models"]), tuple(values["picture"])
            return Summary(**values) if _is_sound(Summary(**values)) else None
    return None


def _is_sound(summary: Summary) -> bool:
    numbers = (summary.started, summary.seconds, summary.notes, summary.by_person, summary.saved_notes)
    texts = (*summary.models, *summary.picture)
    return (
        all(math.isfinite(number) and 0 <= number < 1e11 for number in numbers)
        and all(isinstance(text, str) for text in texts)
        and len(summary.picture) <= ROWS
        and all(len(row) == COLUMNS for row in summary.picture)
    )
