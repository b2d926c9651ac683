"""Tuning: what is drawn with is chosen by short stretches, then by hours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.network import ModelConfig
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_model
from tests.training.study.test_statistics import VOCABULARY, corpus
from training import card
from training.study import endless, playing, statistics, tuning


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two settings a field, and short stretches."""
    monkeypatch.setattr(tuning, "TEMPERATURES", (0.8,))
    monkeypatch.setattr(tuning, "TOP_P", (0.3, 0.7))
    monkeypatch.setattr(tuning, "FEW", 60)


def test_what_was_tuned_is_in_the_model_file(tmp_path: Path, few: None, capsys: pytest.CaptureFixture[str]) -> None:
    path = tiny_model(tmp_path, velocities=8)
    figures = {"nats_per_note": 9.0, "by_field": dict.fromkeys(FIELDS, 1.0), "pieces": 1}
    card.relabel(
        path,
        {"swing": 0.25},
        {
            "tempo": 4.0, "split": "by piece", "pieces": 25, "notes": 750, "parameters": 1, "training_minutes": 1,
            "threads": 1, "config": ModelConfig().to_dict(), "valid": figures,
            "baselines": {"tokens": {"nats_per_note": 12.5, "parameters": 9000, "minutes": 1.5}},
        },
    )  # fmt: skip
    assert statistics.main([str(path), str(corpus(tmp_path)), "--minutes", "2", "--tune", "--json", "--card"]) == 0
    found = json.loads(capsys.readouterr().out)
    fields, hours = found["tried"][:4], found["tried"][4:]
    assert [each["field"] for each in fields] == ["pitch", "pitch", "time", "time"]
    for first, second in (fields[:2], fields[2:]):
        assert first["overlap"] >= second["overlap"]
        assert {first["top_p"], second["top_p"]} == {0.3, 0.7}
    model = open_model(path)
    assert model.defaults["swing"] == 0.25
    best = min(hours, key=lambda each: len(each["wrong"]))["settings"]
    assert best["velocity.top_p"] == best["time.top_p"]
    assert model.defaults == {"swing": 0.25, **best}
    assert {(each["settings"]["pitch.temperature"], each["settings"]["pitch.top_p"]) for each in hours} <= {
        (0.8, 0.3), (0.8, 0.7), (1.0, 1.0),
    }  # fmt: skip
    assert model.card["statistics"]["overlap"] == found["overlap"]
    page = path.with_suffix(".md").read_text()
    assert "| 12.500 |" in page
    assert "| time between onsets |" in page
    assert "- loops: " in page


def test_dull_play_comes_last_however_much_it_has_in_common() -> None:
    dull, best, other = (
        {"nats_per_note": nats, "nats_per_note_held_out": 3.0, "overlap": overlap}
        for nats, overlap in ((2.0, 0.99), (2.8, 0.9), (3.1, 0.8))
    )
    assert sorted([other, dull, best], key=tuning.merit) == [best, other, dull]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("hours", "heard", "chosen"),
    [
        ([[], []], 1, 0),  # nothing goes wrong at the best: it is taken, and no other heard
        ([["loops"], [], [], []], 2, 1),
        # Of one at which as much has gone wrong as at another before, no more is heard.
        ([["loops"], ["drifts: notes"], ["crowds"], [], ["loops"], ["loops"] * 2, ["loops"]], 5, 1),
        # What was learnt, as it is, comes last.
        ([["loops"], [], *[["loops"]] * 3, [], []], 5, 4),
    ],
)
def test_what_goes_wrong_the_least_in_hours_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: list[list[str]], heard: int, chosen: int
) -> None:
    results = iter(hours)
    monkeypatch.setattr(tuning, "HOURS", 2)
    monkeypatch.setattr(endless, "faults", lambda _: next(results))
    pieces = playing.quantise([random_piece(VOCABULARY, 30, seed) for seed in range(6)], VOCABULARY)
    model = open_model(tiny_model(tmp_path, velocities=8))
    model.defaults.update({"polyphony": 3, "pitch.top_p": 0.1})
    settings, tried = tuning.tune(model, pieces[2:], pieces[:2], minutes=2)
    assert len(tried) == 4 + heard
    assert settings == tried[4 + chosen]["settings"]
    assert settings["polyphony"] == 3
    assert next(results, None) is None
    pitches, times = tried[:2], tried[2:4]
    # From the best of both to the worst of both.
    assert tried[4]["settings"] == times[0]["settings"]
    if heard == 5:
        assert tried[-2]["settings"] == times[1]["settings"] | pitches[1]["settings"]
        assert tried[-1]["settings"] == {"polyphony": 3, **tuning.UNCHANGED}
    said = list(tuning.report(tried))
    assert len(said) == 1 + 4 + 1 + heard + 1
    assert ("no fault" in said[-2]) == (not hours[-1])
