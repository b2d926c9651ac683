"""Damaged and hostile labels of model files: each is refused in one line, or plays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.model.damaged import changed, label, plays_or_is_refused, refused, relabelled

pytestmark = pytest.mark.timeout(120)


DEEP: Any = json.loads("[" * 500 + "]" * 500)


HOSTILE: tuple[Any, ...] = (
    None, "", "x", "\n", -1, 0, 1, 3, 129, 10**6, 10**12, 10**400, 0.5, float("nan"), float("inf"), -1e300, True,
    [], {}, [[]], ["x"], [[0, 4]], [[4, 0]], [None] * 3, {"name": None}, DEEP,
)  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to everything in a JSON value."""
    if way:
        yield way
    if isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, (*way, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, (*way, index))


@pytest.mark.parametrize("key", ["config", "vocabulary", "defaults", "card"])
def test_no_value_of_a_label_does_more_than_be_refused(whole: bytes, tmp_path: Path, key: str) -> None:
    """Every value in it: left out, and replaced by each hostile one."""
    document = json.loads(label(whole, key))
    if key == "defaults":
        document |= {"polyphony": 4, "mode": "solo", "thru": True, "no such control": 1}
    if key == "card":
        figures = {"nats_per_note": 2.5, "by_field": dict.fromkeys(("time", "symbol", "pitch", "velocity"), 0.5)}
        baselines = {"order 0": figures, "tokens": {"nats_per_note": 2.0}}
        document |= {"tempo": 100, "valid": {"pieces": 3, **figures}, "baselines": baselines}
    path = tmp_path / "bad.onnx"

    for way in places(document):
        for hostile in (..., *HOSTILE):
            copy = json.loads(json.dumps(document))
            inner = copy
            for step in way[:-1]:
                inner = inner[step]
            if hostile is ...:
                del inner[way[-1]]
            else:
                inner[way[-1]] = hostile
            plays_or_is_refused(relabelled(whole, path, key, json.dumps(copy)))
    for text in ("", "[", "null", "[]", '"x"', "1", "{}", "[" * 100_000, "NaN", '{"a":' * 5000, "1" * 5000):
        plays_or_is_refused(relabelled(whole, path, key, text))


@pytest.mark.parametrize("key", ["format", "title", "config", "vocabulary", "tables", "defaults", "card"])
def test_each_label_is_needed(whole: bytes, tmp_path: Path, key: str) -> None:
    refused(relabelled(whole, tmp_path / "bad.onnx", key, None))
    refused(changed(whole, tmp_path / "two.onnx", lambda model: model.metadata_props.add(key=key, value="x")))


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [
        ("vocabulary", "max_delta", 0),
        ("vocabulary", "resolution", 0),
        ("vocabulary", "meters", [[4, 0]]),
        ("vocabulary", "velocities", 128),
        ("config", "layers", 10**9),
        ("config", "units", 10**9),
        ("config", "echoes", 9),
        ("defaults", "time.temperature", 0),
        ("defaults", "time.temperature", float("nan")),
        ("defaults", "time.temperature", "hot"),
        ("defaults", "scale", "none such"),
        ("defaults", "mode", 3),
        ("defaults", "thru", 1),
        ("defaults", "polyphony", True),
        ("card", "tempo", 0),
        ("card", "tempo", "fast"),
        ("card", "tempo", float("nan")),
        ("card", "voices", 3),
        ("card", "voices", [1]),
        ("card", "voices", [0, 1, 1, 1]),
        ("card", "voices", [1, 1, 1, "two"]),
    ],
)
def test_a_wrong_value_is_refused(whole: bytes, tmp_path: Path, key: str, name: str, value: Any) -> None:
    document = json.loads(label(whole, key)) | {name: value}
    refused(relabelled(whole, tmp_path / "bad.onnx", key, json.dumps(document)))


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "\x1b[2J", "x" * 10_000])
def test_a_title_is_one_line(whole: bytes, tmp_path: Path, title: str) -> None:
    refused(relabelled(whole, tmp_path / "bad.onnx", "title", title))
