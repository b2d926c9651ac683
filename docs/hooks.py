"""Lets pages show the pictures and pages that stand in `resources`, beside `docs`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

_ROOT = Path(__file__).resolve().parent.parent
_SUFFIXES = (".png", ".md", ".csv", ".mid")


def on_files(files: Files, config: Any) -> Files:
    """Add the files of `resources` at the paths that a link `../resources/…` has on GitHub."""
    for path in sorted((_ROOT / "resources").rglob("*")):
        if path.suffix in _SUFFIXES:
            source = path.relative_to(_ROOT).as_posix()
            files.append(File.generated(config, source, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """On GitHub `resources` is beside `docs`, in the site it is inside."""
    return markdown.replace("(../resources/", "(resources/")
