"""Where the instrument's files are, and the user's own."""

from pathlib import Path

import pytest

from musiclstm import paths


def test_the_shipped_models_are_there() -> None:
    assert {"chorales", "drums", "folk", "piano", "quartet"} <= {path.stem for path in paths.model_files()}


def test_the_users_models_hide_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "resources", lambda: tmp_path / "shipped")
    monkeypatch.setattr(paths, "user_data", lambda: tmp_path / "own")
    assert paths.model_files() == []
    for name in ("shipped/b.onnx", "shipped/a.onnx", "shipped/a.md", "own/models/b.onnx", "own/models/._b.onnx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert paths.model_files() == [tmp_path / "shipped" / "a.onnx", tmp_path / "own" / "models" / "b.onnx"]


def test_the_users_files_are_in_the_users_folders(tmp_path: Path) -> None:
    # `tests.conftest` gives each test a home of its own.
    home = tmp_path / "home"
    for path in (paths.user_models(), paths.journal(), paths.engine_log(), paths.error_log(), paths.user_settings()):
        assert home in path.parents
        assert not path.exists()
    assert paths.journal("elsewhere") == Path("elsewhere")
    assert paths.user_takes().name == "musiclstm"
