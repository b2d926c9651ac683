"""Words: what messages of the command line and of the window have in common."""

from __future__ import annotations


def counted(number: float, thing: str) -> str:
    """As "1 bar", "2.5 bars" or "1,200 bars"."""
    return f"{number:,}".removesuffix(".0") + f" {thing}{'' if number == 1 else 's'}"
