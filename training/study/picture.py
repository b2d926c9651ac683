"""Pictures of music: piano rolls for the cards of models."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from musiclstm.music.note import Meter, Piece, TimeBase
from training.command import run_command

# Told apart also by those who do not see red and green (Okabe and Ito 2008).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#444444")


def piano_roll(path: Path, piece: Piece, bars: int = 16) -> None:
    """Write a PNG of the whole piece: a line of so many bars below the other, a colour for each part.

    Pieces in seconds have two seconds to a bar.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    edges = bar_lines(piece)
    lines = ceil((len(edges) - 1) / bars)
    edges += [edges[-1] + (edges[-1] - edges[-2]) * more for more in range(1, lines * bars - len(edges) + 2)]
    low = min((note.pitch for note in piece.notes), default=60) - 2
    high = max((note.pitch for note in piece.notes), default=60) + 2
    height = max(1.2, (high - low) * 0.045)
    figure, axes = plt.subplots(lines, 1, figsize=(16, 0.8 + lines * (height + 0.3)), squeeze=False)
    for line, axis in enumerate(axes[:, 0]):
        start, end = edges[line * bars], edges[(line + 1) * bars]
        for index in range(len(piece.parts)):
            shown = [n for n in piece.notes if n.part == index and n.end > start and n.onset < end]
            for note in shown:
                # A gap, so that a note struck again is seen.
                axis.barh(
                    note.pitch,
                    max(note.duration - 0.06, 0.04),
                    left=note.onset,
                    height=0.9,
                    color=COLOURS[index % len(COLOURS)],
                    alpha=0.35 + 0.65 * note.velocity / 127,
                    linewidth=0,
                )
        axis.set_xlim(start, end)
        axis.set_ylim(low, high)
        axis.set_xticks(edges[line * bars : (line + 1) * bars + 1])
        axis.set_xticklabels([str(line * bars + each + 1) for each in range(bars)] + [""], fontsize=7)
        octaves = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
        axis.set_yticks(octaves)
        axis.set_yticklabels([f"C{pitch // 12 - 1}" for pitch in octaves], fontsize=7)
        axis.grid(visible=True, color="#dddddd", linewidth=0.6)
        axis.set_axisbelow(True)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    handles = [
        Rectangle((0, 0), 1, 1, color=COLOURS[index % len(COLOURS)], label=part.name)
        for index, part in enumerate(piece.parts)
    ]
    figure.legend(handles=handles, loc="upper right", ncols=len(handles), frameon=False, fontsize=8)
    figure.suptitle(piece.title, x=0.01, ha="left", fontsize=10)
    figure.tight_layout(rect=(0, 0, 1, 0.985))
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)


def bar_lines(piece: Piece) -> list[float]:
    """Where each bar begins, by its own meter, and where the last one ends; a piece in seconds has a line every two."""
    meters = piece.meters if piece.base is TimeBase.BEATS and piece.meters else (Meter(),)
    length = piece.length
    edges: list[float] = []
    for meter, following in zip(meters, (*meters[1:], None), strict=True):
        bar = meter.bar_beats if piece.base is TimeBase.BEATS else 2.0
        end = length if following is None else min(length, following.onset)
        count = max(0 if edges else 1, ceil(round((end - meter.onset) / bar, 6)))
        edges += [meter.onset + bar * number for number in range(count)]
        if count and (following is None or following.onset >= length):
            return [*edges, edges[-1] + bar]
    return [*edges, edges[-1] + bar]


def main(argv: Sequence[str]) -> int:
    from musiclstm.music import midifile

    p = argparse.ArgumentParser("python -m training.study.picture", description="Draw the notes of a MIDI file.")
    p.add_argument("file", metavar="FILE.mid")
    p.add_argument("picture", metavar="PICTURE.png")
    options = p.parse_args(argv)
    piano_roll(Path(options.picture), midifile.read(options.file))
    return 0


if __name__ == "__main__":
    run_command(main)
