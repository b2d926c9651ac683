"""How well the clock follows a person: beats of performances, as it says them before they come.

    python -m tests.benchmarks.following [--pieces 30]

Drummers (to a click; and the same bent by a tenth to and fro within 20 seconds), pianists of pop songs, and classical
piano with its changes of tempo. `F`: beats within 70 ms (precision and recall); `CMLt`: share of beats in runs that are
right in tempo, too; `AMLt`: twice or half the tempo, or the off-beat, counts as well (`mir_eval`, which leaves out the
first five seconds). From the piece's tempo and first beat, as after a tap, and from 120 at the first note. Beside it
aubio's `tempo`, which listens to sound: to a click at each note. Needs mir_eval, and aubio if it is to be compared.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import mido
import numpy as np
from numpy.typing import NDArray

from musiclstm.engine.clock.person import PersonClock
from tests.benchmarks.figures import machine
from tests.benchmarks.material import corpus

Floats = NDArray[np.float64]
Piece = tuple[Floats, Floats, Floats]  # times of notes, their velocities, times of beats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pieces", type=int, default=30)
    options = parser.parse_args()
    print(machine())
    print(f"{'':34}{'F':>7}{'CMLt':>7}{'AMLt':>7}")
    for name, source, pieces_of in SOURCES:
        with tempfile.TemporaryDirectory() as folder:
            unpacked = corpus(source, Path(folder))
            if unpacked is None:
                print(f"{name}: there is no {source}")
                continue
            pieces = list(pieces_of(unpacked, options.pieces))
        for way, beats_of in (("tempo known", _from_tempo), ("from 120", _from_120), ("aubio", _aubio)):
            figures = [_score(piece[2], beats_of(piece)) for piece in pieces]
            f, cml, aml = np.mean(figures, 0)
            print(f"{name + ', ' + way:34}{f:7.2f}{cml:7.2f}{aml:7.2f}", flush=True)


def _from_tempo(piece: Piece) -> Floats:
    times, velocities, beats = piece
    return _followed(times, velocities, 60 / float(np.median(np.diff(beats[:8]))), beats[0])


def _from_120(piece: Piece) -> Floats:
    times, velocities, _ = piece
    return _followed(times, velocities, 120.0, times[0])


def _followed(times: Floats, velocities: Floats, tempo: float, start: float) -> Floats:
    """The beats as the clock says them just before they come."""
    now = float(start)
    clock = PersonClock(tempo, lambda: now, 0.0)
    clock.start(0.0)
    found: list[float] = []
    index, end = 0, times[-1] + 1
    while now < end:
        then = min(now + 0.05, times[index] if index < len(times) else end)
        timeline = clock.timeline
        while timeline.time_at(len(found)) <= then:
            found.append(timeline.time_at(len(found)))
        now = float(then)
        clock.settle()
        while index < len(times) and times[index] <= now:
            clock.heard(float(times[index]), int(velocities[index]))
            index += 1
    return np.array(found)


def _aubio(piece: Piece) -> Floats:
    import aubio

    times, _, _ = piece
    rate, hop = 22_050, 256
    sound = np.zeros(int((times[-1] + 1) * rate), np.float32)
    click = (np.exp(-np.arange(1000) / 150) * np.random.default_rng(0).normal(size=1000) * 0.4).astype(np.float32)
    for place in (times * rate).astype(int):
        sound[place : place + len(click)] += click[: len(sound) - place]
    tracker = aubio.tempo("default", 1024, hop, rate)
    return np.array(
        [tracker.get_last_s() for at in range(0, len(sound) - hop, hop) if tracker(sound[at : at + hop])[0]]
    )


def _score(beats: Floats, found: Floats) -> tuple[float, float, float]:
    from mir_eval import beat

    true, told = beat.trim_beats(beats), beat.trim_beats(found)
    _, cml, _, aml = beat.continuity(true, told)
    return beat.f_measure(true, told), cml, aml


def _groove(folder: Path, most: int) -> Iterator[Piece]:
    rows = [
        row
        for row in _table(folder / "info.csv")
        if row["split"] == "train" and row["beat_type"] == "beat" and float(row["duration"]) > 30
    ]
    for row in rows[:: max(1, len(rows) // most)][:most]:
        yield _read(folder / "midi" / row["midi_filename"])


def _pop(folder: Path, most: int) -> Iterator[Piece]:
    for row in [row for row in _table(folder / "splits.csv") if row["split"] == "train"][:most]:
        times, velocities, _ = _read(folder / "midi" / row["midi"])
        lines = (folder / "annotations" / f"{row['midi'][:3]}_beat_midi.txt").read_text().splitlines()
        beats = np.array([float(line.split()[0]) for line in lines])
        yield times, velocities, _within(beats, times)


def _classical(folder: Path, most: int) -> Iterator[Piece]:
    for row in [row for row in _table(folder / "metadata.csv") if row["split"] == "train"][:most]:
        yield _read(folder / "midi" / row["midi"])


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _read(path: Path) -> Piece:
    """Beats are the file's quarter notes."""
    file = mido.MidiFile(path, clip=True)
    seconds, ticks, tempo = 0.0, 0, 500_000
    changes: list[tuple[int, float, int]] = [(0, 0.0, tempo)]
    notes: list[tuple[float, int]] = []
    for message in mido.merge_tracks(file.tracks):
        seconds += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        ticks += message.time
        if message.type == "set_tempo":
            tempo = message.tempo
            changes.append((ticks, seconds, tempo))
        elif message.type == "note_on" and message.velocity:
            notes.append((seconds, message.velocity))
    at = np.arange(0, ticks, file.ticks_per_beat)
    table: NDArray[Any] = np.array(changes)
    before = table[np.searchsorted(table[:, 0], at, "right") - 1]
    beats = before[:, 1] + (at - before[:, 0]) * before[:, 2] / 1e6 / file.ticks_per_beat
    times, velocities = np.array(sorted(notes)).T
    return times, velocities, _within(beats, times)


def _within(beats: Floats, times: Floats) -> Floats:
    within: Floats = beats[(beats >= times[0] - 0.1) & (beats <= times[-1])]
    return within


def _bent(piece: Piece, depth: float = 0.1, period: float = 20.0) -> Piece:
    """The same, faster and slower by `depth` within `period` seconds."""
    times, velocities, beats = piece
    turn = 2 * np.pi / period

    def bend(time: Floats) -> Floats:
        bent: Floats = time + depth / turn * (1 - np.cos(turn * time))
        return bent

    return bend(times), velocities, bend(beats)


SOURCES: tuple[tuple[str, str, Callable[[Path, int], Iterable[Piece]]], ...] = (
    ("drummers, to a click", "groove-midi", _groove),
    ("drummers, bent", "groove-midi", lambda folder, most: map(_bent, _groove(folder, most))),
    ("pop piano", "pop909", _pop),
    ("classical piano", "piano-midi-de", _classical),
)

if __name__ == "__main__":
    main()
