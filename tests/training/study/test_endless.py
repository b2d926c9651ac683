"""Endless play: each way of going wrong is noticed, and only that one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from musiclstm.music.note import Note, Part
from musiclstm.music.vocabulary import Vocabulary
from tests.model.tiny import tiny_vocabulary
from training.study import endless
from training.study.distributions import Notes

VOCABULARY = tiny_vocabulary(velocities=8)
MINUTE, MINUTES = 40.0, 24


def tune(notes: int, seed: int) -> list[Note]:
    """One note a beat."""
    rng = random.Random(seed)
    return [Note(float(i), 1.0, rng.randint(48, 72), rng.randint(60, 100)) for i in range(notes)]


def piece(seed: int) -> list[Note]:
    """With a refrain."""
    notes = tune(100, seed)
    return [*notes, *(Note(note.onset + 100, 1.0, note.pitch, 80) for note in notes[:20])]


CORPUS = [piece(seed) for seed in range(1, 40)]
HOURS = endless.corpus_hours(CORPUS, VOCABULARY, MINUTE, MINUTES)
LENGTH = round(MINUTE * MINUTES)


def verdicts(notes: Notes) -> dict[str, str]:
    hour = endless.measure(notes, VOCABULARY, MINUTE, MINUTES)
    found: dict[str, str] = endless.compare(hour, HOURS, VOCABULARY)["verdicts"]
    return found


def test_the_corpus_is_played_on_end() -> None:
    joined = [note for stretch in endless.concatenated(CORPUS, 100.0) for note in stretch]
    assert len(joined) == sum(map(len, CORPUS))
    assert all(0 <= note.onset < 100 for note in joined)
    assert sum(len(hour.minutes) for hour in HOURS) == sum(map(len, CORPUS)) // LENGTH * MINUTES


def test_more_of_the_same_is_well() -> None:
    assert verdicts(tune(LENGTH, 99)) == {
        "leaves the range": "no",
        "drifts": "no",
        "falls silent": "no",
        "crowds": "no",
        "loops": "no",
    }


def test_it_falls_silent() -> None:
    assert verdicts(tune(LENGTH - 200, 99))["falls silent"] == "yes"
    assert verdicts([])["falls silent"] == "yes"
    gap = [note for note in tune(LENGTH, 99) if not 300 <= note.onset < 306]
    assert verdicts(gap)["falls silent"] == "yes"


def test_it_drifts() -> None:
    climbing = [Note(n.onset, 1.0, n.pitch + int(n.onset // 100), n.velocity) for n in tune(LENGTH, 99)]
    assert "mean pitch" in verdicts(climbing)["drifts"]
    assert "mean pitch" in verdicts(climbing)["leaves the range"]
    louder = [Note(n.onset, 1.0, n.pitch, min(127, n.velocity + int(n.onset // 20))) for n in tune(LENGTH, 99)]
    assert "velocity" in verdicts(louder)["drifts"]


def test_it_may_be_elsewhere_and_not_drift() -> None:
    higher = verdicts([Note(n.onset, 1.0, n.pitch + 9, n.velocity) for n in tune(LENGTH, 99)])
    assert "mean pitch" in higher["leaves the range"]
    assert higher["drifts"] == "no"


def test_it_crowds() -> None:
    second = [Note(n.onset, 1.0, n.pitch + 12, n.velocity) for n in tune(LENGTH, 98) if 400 <= n.onset < 480]
    assert verdicts(sorted([*tune(LENGTH, 99), *second]))["crowds"] == "yes"


def test_it_loops() -> None:
    notes = tune(LENGTH, 99)
    loop = [Note(500 + i, 1.0, notes[500 + i % 8].pitch) for i in range(100)]
    assert verdicts([*notes[:500], *loop, *notes[600:]])["loops"] == "yes"


def test_only_what_says_something_is_followed() -> None:
    kit = Vocabulary(parts=(Part("kit", percussive=True),))
    assert endless.tracked_statistics(kit) == ["notes", "lowest", "highest", "notes at once"]
    assert endless.tracked_statistics(VOCABULARY) == list(endless.STATISTICS)


def test_a_minute() -> None:
    found = dict(zip(endless.STATISTICS, endless.statistics(CORPUS[0][:7], VOCABULARY), strict=True))
    assert found["notes"] == 7
    assert found["notes at once"] == found["duration"] == 1
    assert found["mean pitch"] == pytest.approx(np.mean([note.pitch for note in CORPUS[0][:7]]))
    assert endless.statistics([], VOCABULARY)[0] == 0


def test_what_goes_wrong_is_told_each_thing_by_itself() -> None:
    verdicts = {"leaves the range": "highest, duration", "drifts": "no", "crowds": "yes"}
    assert endless.faults({"verdicts": verdicts}) == [
        "leaves the range: highest",
        "leaves the range: duration",
        "crowds",
    ]
