"""The package without its extensions: what the same `.py` says when Python runs it.

`result` calls a function so in a process of its own. `pytest -p tests.uncompiled` runs all tests so, but for the
processes that they start.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import ParamSpec, TypeVar

_ROOT = Path(__file__).resolve().parent.parent
_CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from tests import uncompiled
uncompiled.serve()
"""

P = ParamSpec("P")
T = TypeVar("T")


def result(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a module's function returns there. Arguments and result are pickled; an error there is one here."""
    call = pickle.dumps((function.__module__, function.__qualname__, args, kwargs))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(_ROOT)], input=call, capture_output=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    returned: T = pickle.loads(done.stdout)  # noqa: S301 - our own
    return returned


def serve() -> None:
    """The other end of `result`."""
    from importlib import import_module
    from operator import attrgetter

    install()
    answers, sys.stdout = sys.stdout, sys.stderr
    module, name, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own
    answers.buffer.write(pickle.dumps(attrgetter(name)(import_module(module))(*args, **kwargs)))


def install() -> None:
    """From now on imports find no extension of the package. Too late for what is imported already."""
    early = [name for name in sys.modules if name.startswith("musiclstm.")]
    assert not early, f"already imported: {early}"
    # As the engine does: numpy would wait for threads of its own, where the cores are busy.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    sys.meta_path.insert(0, _Sources())


def installed() -> bool:
    return any(isinstance(finder, _Sources) for finder in sys.meta_path)


def pytest_load_initial_conftests() -> None:
    """Pytest calls this where the module is given with -p; mutmut calls pytest more than once."""
    if not installed():
        install()


class _Sources(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or not fullname.startswith("musiclstm."):
            return None
        finders = (FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES)) for folder in path)
        return next((spec for finder in finders if (spec := finder.find_spec(fullname, target))), None)
