"""Writes the parts of the pages that follow from the code: `python docs/generate.py`.

A test checks that they are current.
"""

from __future__ import annotations

from pathlib import Path

from musiclstm.engine.live import osc

_DOCS = Path(__file__).resolve().parent


def osc_page(page: str) -> str:
    """The OSC page with the table between its markers as the messages have it now."""
    begin, end = "<!-- generated: begin -->\n", "<!-- generated: end -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{osc.table()}\n\n{end}{after}"


def main() -> None:
    path = _DOCS / "osc.md"
    path.write_text(osc_page(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
