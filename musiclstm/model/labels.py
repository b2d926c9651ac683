"""Labels: what a model file says about itself in JSON; checked, so that nobody else has to.

Each public function raises DamagedError for what cannot be used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields as fields_of
from typing import Any

from musiclstm.model.features.layout import ECHO_GROUPS, FIELDS
from musiclstm.model.onnx_file import DamagedError
from musiclstm.model.sizes import RECENT_PITCHES
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol.controls import BY_NAME, Control
from musiclstm.protocol.limits import MAX_BPM, MAX_CHANNEL, MAX_PITCH, MAX_PROGRAM, MAX_VELOCITY, MIN_BPM

# Lowest and highest value, inclusive, and the default where a file says nothing (None: it must say it). The highest
# sizes are several times those that a live instrument can use.
_CONFIG: dict[str, tuple[int, int, int | None]] = {
    "layers": (1, 16, None),
    "units": (1, 8192, None),
    "embedding": (1, 8192, None),
    "head": (1, 8192, None),
    "tied": (0, 8192, 0),
    "recent": (1, RECENT_PITCHES, 3),
    "echoes": (0, len(ECHO_GROUPS), 0),
}
_SWITCHES = {"past": False, "classes": True, "lines": True, "chords": False}
_VOCABULARY = {
    "resolution": (1, 1000),
    "max_delta": (1, 10_000),
    "low": (0, MAX_PITCH),
    "high": (0, MAX_PITCH),
    "velocities": (1, MAX_VELOCITY),
    "velocity": (1, MAX_VELOCITY),
}
_PART = {"program": (0, MAX_PROGRAM), "channel": (0, MAX_CHANNEL), "low": (0, MAX_PITCH), "high": (0, MAX_PITCH)}
_MOST_PARTS, _MOST_METERS, _LONGEST_METER = 16, 64, 64
LONGEST_NAME = 200  # letters of a title or of a part's name


def title(metadata: Mapping[str, str]) -> str:
    """The title: a line of text."""
    return _line("title", metadata.get("title"))


def config(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The values of `ModelConfig.to_dict`; those that the instrument needs are there, and within their limits."""
    values = _parsed(metadata, "config")
    if values.get("cell", "lstm") != "lstm":
        raise DamagedError("it is no LSTM")
    for name, (low, high, default) in _CONFIG.items():
        values[name] = _whole(name, values.get(name, default), low, high)
    for name, on in _SWITCHES.items():
        if not isinstance(values.setdefault(name, on), bool):
            raise DamagedError(f"{name} is neither true nor false")
    return values


def vocabulary(metadata: Mapping[str, str]) -> Vocabulary:
    """The vocabulary, all of whose values are within their limits."""
    values = _parsed(metadata, "vocabulary")
    _keys("vocabulary", values, Vocabulary)
    for name, (low, high) in _VOCABULARY.items():
        _whole(name, values[name], low, high)
    if values["low"] > values["high"]:
        raise DamagedError("its lowest pitch is above its highest")
    if values["base"] not in [each.value for each in TimeBase]:
        raise DamagedError("its time base is unknown")
    for part in _items("parts", values["parts"], _MOST_PARTS):
        _part(part)
    for meter in _items("meters", values["meters"], _MOST_METERS):
        if not isinstance(meter, list) or len(meter) != 2:
            raise DamagedError("a meter is not two numbers")
        for number in meter:
            _whole("a meter", number, 1, _LONGEST_METER)
    return Vocabulary.from_dict(values)


def defaults(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Values of controls. Unknown controls stay: the file may be of another version."""
    found = _parsed(metadata, "defaults")
    for name, value in found.items():
        if name in BY_NAME and not _suits(BY_NAME[name], value):
            raise DamagedError(f"{name} cannot be {_short(value)}")
    return {name: value for name, value in found.items() if name in BY_NAME or isinstance(value, (str, int, float))}


def card(metadata: Mapping[str, str], parts: int) -> dict[str, Any]:
    """The card: corpus, licence, attribution, figures. parts: how many the vocabulary has."""
    found = _parsed(metadata, "card")
    tempo = found.get("tempo", MIN_BPM)
    if not _is_number(tempo) or not MIN_BPM <= tempo <= MAX_BPM:
        raise DamagedError(f"its tempo cannot be {_short(tempo)}")
    voices = found.get("voices", [None] * parts)
    if not isinstance(voices, list) or len(voices) != parts:
        raise DamagedError(f"it does not say for each of its {parts} parts how many voices that has")
    for each in voices:
        if each is not None:
            _whole("the voices of a part", each, 1, MAX_PITCH + 1)
    baselines = found.get("baselines", {})
    if not isinstance(baselines, dict):
        raise DamagedError("its baselines cannot be read")
    for figures in [*(found[name] for name in ("valid", "train", "told") if name in found), *baselines.values()]:
        if not _are_figures(figures):
            raise DamagedError("the figures of its card cannot be read")
    return found


def _are_figures(values: Any) -> bool:
    """The figures as `evaluate` shows them: in total and, unless the model predicts tokens, of each field."""
    if not isinstance(values, dict) or type(values.get("pieces", 0)) is not int:
        return False
    fields = values.get("by_field")
    if fields is None:
        return _is_number(values.get("nats_per_note"))
    if not isinstance(fields, dict):
        return False
    return all(_is_number(each) for each in (values.get("nats_per_note"), *(fields.get(name) for name in FIELDS)))


def _suits(control: Control, value: Any) -> bool:
    if value is None:
        return control.optional
    if control.choices:
        return isinstance(value, str) and value in control.choices
    if control.switch:
        return isinstance(value, bool)
    return _is_number(value) and control.low <= value <= control.high


def _part(values: Any) -> None:
    if not isinstance(values, dict):
        raise DamagedError("a part cannot be read")
    _keys("part", values, Part)
    _line("the name of a part", values["name"])
    for name, (low, high) in _PART.items():
        _whole(f"the {name} of a part", values[name], low, high)
    if values["low"] > values["high"]:
        raise DamagedError("the lowest pitch of a part is above its highest")
    if not isinstance(values["percussive"], bool):
        raise DamagedError("a part is neither percussive nor not")


def _keys(what: str, values: Mapping[str, Any], kind: type) -> None:
    expected = {each.name for each in fields_of(kind)}
    if values.keys() != expected:
        odd = min(values.keys() ^ expected)
        raise DamagedError(f"the {what} has {'no' if odd in expected else 'an unknown'} {_short(odd)}")


def _items(name: str, value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise DamagedError(f"it has no {name}, or more than {most}")
    return value


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise DamagedError(f"{name} is {low} to {high}, not {_short(value)}")
    return value


def _is_number(value: Any) -> bool:
    # A whole number of JSON may be too large to become a float.
    return isinstance(value, float) or (type(value) is int and abs(value) < 1 << 63)


def _line(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > LONGEST_NAME:
        raise DamagedError(f"{name} is not a line of text")
    return value


def _parsed(metadata: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        found = json.loads(metadata[name])
    except KeyError:
        raise DamagedError(f"it has no {name}") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DamagedError(f"its {name} cannot be read")
    return found


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        text = "a huge number"
    return text if len(text) <= 40 else f"{text[:40]}…"
