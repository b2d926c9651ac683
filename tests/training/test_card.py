"""The control defaults of a model file, changed by command."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.errors import UsageError
from musiclstm.model.modelfile import open_model
from tests.model.tiny import tiny_model
from training import card


def test_one_default_changes_and_the_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiny_model(tmp_path)
    before = open_model(path).defaults
    monkeypatch.setattr(card, "write_card", lambda *_: None)  # the tiny model's card says too little for a page
    assert card.main([str(path), "pitch.top_p=0.9"]) == 0
    assert open_model(path).defaults == before | {"pitch.top_p": 0.9}


@pytest.mark.parametrize("wrong", ["pitch.top_p", "pitch.top_p=", "pitch.top_p=much"])
def test_what_is_no_default_is_refused(wrong: str, tmp_path: Path) -> None:
    path = tiny_model(tmp_path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="NAME=VALUE"):
        card.main([str(path), wrong])
    assert path.read_bytes() == before
