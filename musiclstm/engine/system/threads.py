"""Limits numerical libraries to one thread in each process that plays.

Their matrices are small: waiting for a second thread takes longer than it saves, and milliseconds where other processes
use the core.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from musiclstm.engine.system.isolation import SAFE_PATH

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Set the limit for processes started meanwhile; libraries read it when they are loaded.

    Nor do these find modules in the working folder (`isolation`).
    """
    environment = ONE_THREAD | SAFE_PATH
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
