"""The child processes are started by name; these names must stay those of modules."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from musiclstm.engine.supervision import processes


@pytest.mark.parametrize("name", [processes.ENGINE, processes.GUARD])
def test_the_modules_exist_and_can_be_run(name: str) -> None:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert 'if __name__ == "__main__":' in Path(spec.origin).read_text(encoding="utf-8")


def test_a_process_is_started_with_pipes_and_reaped() -> None:
    process = processes.start("json.tool")
    output, _ = process.communicate(b"[1]", timeout=20)
    assert output.split() == [b"[", b"1", b"]"]
    assert processes.reap(process) == 0
