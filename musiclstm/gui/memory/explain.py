"""Explanations of the lanes of the memory view: some words for a musician, and the equation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One explanation. equation: as in `model/net/network.py`."""

    key: str
    title: str
    text: str
    equation: str


TOPICS: tuple[Topic, ...] = (
    Topic(
        "surprise",
        "Surprise",
        "How unexpected each event was to the model: low where it saw it coming.",
        "−log p(event), in nats",
    ),
    Topic(
        "cell",
        "Memory",
        "What the model remembers: a row is one memory cell over time, one colour positive, the other negative. A long "
        "stripe is something kept for bars.",
        "C = f ⊙ C + i ⊙ C̃",
    ),
    Topic(
        "forget",
        "Forget gate",
        "How much of each memory cell stays from one event to the next: 1 keeps it, 0 wipes it.",
        "f = σ(W_f·[h, x] + b_f)",
    ),
    Topic(
        "input",
        "Input gate",
        "How much of what has just happened is written into each memory cell.",
        "i = σ(W_i·[h, x] + b_i)",
    ),
    Topic(
        "output",
        "Output gate",
        "How much of each memory cell is used now to choose what comes next.",
        "o = σ(W_o·[h, x] + b_o),  h = o ⊙ tanh(C)",
    ),
)

BY_KEY = {topic.key: topic for topic in TOPICS}
