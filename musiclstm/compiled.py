"""Which modules are compiled.

Each `.pxd` file in this package says: the module of this name beside it, its `.pyx` or else its `.py`, is compiled to
an extension, with the C types that the file gives. Where there is no compiler the `.py` runs, more slowly, with the
same results up to the last digit of sums. `setup.py` compiles; as a program this module says whether that must be done
(exit code 1).
"""

from __future__ import annotations

import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

NOTE = "The core is not compiled, so everything is slower: install gcc, then run make or pip again"


def sources() -> dict[str, Path]:
    """Name of every module that is to be compiled -> the file it is compiled from."""
    found = {}
    for pxd in sorted(_PACKAGE.rglob("*.pxd")):
        name = ".".join((_PACKAGE.name, *pxd.relative_to(_PACKAGE).with_suffix("").parts))
        # With neither beside it, it only holds declarations for the others.
        if source := next((path for suffix in (".pyx", ".py") if (path := pxd.with_suffix(suffix)).exists()), None):
            found[name] = source
    return found


def extension(source: Path) -> Path | None:
    """The extension of a module for the Python that runs, if there is one."""
    return next((path for suffix in EXTENSION_SUFFIXES if (path := source.with_suffix(suffix)).exists()), None)


def compiled() -> bool:
    """Whether every module that is to be compiled is an extension, as imports find it."""
    specs = [find_spec(name) for name in sources()]
    return all(spec is not None and isinstance(spec.loader, ExtensionFileLoader) for spec in specs)


def stale() -> list[Path]:
    """Extensions in a checkout that are not what their sources say, for Python to run all the same.

    They are older than their sources, or than a declaration, which any of them may use, or than `setup.py`; or no
    `.pxd` names them any more.
    """
    wanted = set(sources().values())
    shared = [path for kind in ("*.pxd", "*.h") for path in _PACKAGE.rglob(kind)]
    declared = max(map(_changed, [*shared, _PACKAGE.parent / "setup.py"]))
    found = []
    for path in sorted(_PACKAGE.rglob("*")):
        suffix = next((suffix for suffix in EXTENSION_SUFFIXES if path.name.endswith(suffix)), None)
        stem = path.name.removesuffix(suffix or path.name)
        # Where a dot is left in the name, the rest names another Python, whose business it is.
        if not stem or "." in stem:
            continue
        own = [path.with_name(stem + kind) for kind in (".pyx", ".py")]
        if not wanted.intersection(own) or _changed(path) < max(declared, *map(_changed, own)):
            found.append(path)
    return found


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


if __name__ == "__main__":
    if stale() or not compiled():
        sys.exit(f"musiclstm: {NOTE}")
