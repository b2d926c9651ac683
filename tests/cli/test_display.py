"""Only a display that answers is available."""

from __future__ import annotations

import pytest

from musiclstm.cli import display as displays


@pytest.mark.parametrize(
    "name",
    ["", "nonsense", ":x", ":9873", "127.0.0.1:9873", "127.0.0.1:99999", f"127.0.0.1:{10**4000}0", f"{'a' * 99}:1"],
)
def test_a_display_that_does_not_answer_is_not_available(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", name)
    assert not displays.available()


def test_a_display_that_answers_is_available(monkeypatch: pytest.MonkeyPatch, display: str) -> None:
    monkeypatch.setenv("DISPLAY", display)
    assert displays.available()
