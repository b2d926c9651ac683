"""A model between one that has learnt and its parent, while it plays."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from musiclstm import paths
from musiclstm.errors import ModelError
from musiclstm.model.band import open_session
from musiclstm.model.mixture import Mixture, mixture, open_with_parent
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.model.snapshot import GeneratedEvent
from musiclstm.music.event import Event
from tests.model.tiny import child, every_kind, exported, tiny_model, tiny_vocabulary

KINDS = every_kind()


def family(folder: Path, kind: str = "mixed") -> tuple[ModelFile, ModelFile]:
    parent = open_model(exported(folder, KINDS[kind], tied=8))
    return parent, child(folder, parent, tied=8)


def drawn(session: Session, count: int = 60) -> list[tuple[Event, float]]:
    return [session.draw() for _ in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_at_its_ends_it_is_the_one_and_the_other(tmp_path: Path, kind: str) -> None:
    parent, learnt = family(tmp_path, kind)
    mixed = mixture(parent, learnt)
    for share, model in ((1.0, learnt), (0.0, parent), (1.0, learnt)):
        mixed.mix(share)
        assert drawn(Session(mixed, 3)) == drawn(Session(model, 3))
    mixed.mix(0.5)
    assert drawn(Session(mixed, 3)) not in (drawn(Session(parent, 3)), drawn(Session(learnt, 3)))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.83])
def test_its_weights_are_those_that_mix_writes(tmp_path: Path, share: float) -> None:
    from training.mixed import mix

    parent, learnt = family(tmp_path)
    mix(parent.path, learnt.path, share, tmp_path / "between.onnx")
    mixed = mixture(parent, learnt)
    mixed.mix(share)
    session, written = Session(mixed, 3), Session(open_model(tmp_path / "between.onnx"), 3)
    events = [session.draw()[0] for _ in range(60)]
    costs = [[each.feed(event) for event in events] for each in (Session(mixed, 3), written)]
    # Rounded to 8 bits once more.
    assert np.allclose(costs[0], costs[1], atol=0.3)
    assert abs(np.mean(costs[0]) - np.mean(costs[1])) < 0.02


def test_every_place_of_the_past_has_its_mix(tmp_path: Path) -> None:
    """Whatever is mixed and wherever one goes back to, the same follows that followed then."""
    mixed = mixture(*family(tmp_path))
    for seed in range(5):
        rng, session = Random(seed), Session(mixed, seed)
        past: list[tuple[GeneratedEvent, float]] = []
        for _ in range(200):
            if rng.random() < 0.1:
                session.mix(rng.choice((0.0, 0.25, 0.6, 1.0)))
            past.append((session.generate(), session.learnt))
        for event, share in rng.sample(past, 60):
            session.restore(pickle.loads(pickle.dumps(event.before)))  # noqa: S301 - our own
            assert session.generate().event == event.event
            assert session.learnt == event.before.learnt == share


def test_the_memory_stays(tmp_path: Path) -> None:
    session = Session(mixture(*family(tmp_path)), 3)
    drawn(session, 30)
    before = session.snapshot()
    session.mix(0.4)
    after = session.snapshot()
    assert after.state.hidden is before.state.hidden
    assert (after.context, after.rng, after.pending) == (before.context, before.rng, before.pending)
    # What the heads take from it is that of the new weights, as if they had been there.
    session.restore(before)
    assert session.learnt == 1.0
    assert not np.array_equal(after.state.projections, before.state.projections)


def test_before_anything_was_read_it_is_as_opened_there(tmp_path: Path) -> None:
    mixed = mixture(*family(tmp_path))
    mixed.mix(0.4)
    expected = drawn(Session(mixed, 3))
    mixed.mix(1.0)
    session = Session(mixed, 3)
    session.snapshot()
    session.mix(0.4)
    assert drawn(session) == expected


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_only_shares_are_taken(tmp_path: Path, share: float) -> None:
    session = Session(mixture(*family(tmp_path)), 3)
    with pytest.raises(ModelError, match="0 to 1"):
        session.mix(share)
    with pytest.raises(ModelError, match="damaged"):
        session.check(replace(session.snapshot(), learnt=share))


def test_without_its_parent_there_is_nothing_to_mix(tmp_path: Path) -> None:
    parent, learnt = family(tmp_path)
    mixed, alone = Session(mixture(parent, learnt), 3), Session(learnt, 3)
    alone.mix(1.0)
    with pytest.raises(ModelError, match="nothing to mix"):
        alone.mix(0.5)
    assert alone.fits(mixed.snapshot())
    mixed.mix(0.5)
    with pytest.raises(ModelError, match="another model"):
        alone.restore(mixed.snapshot())
    with pytest.raises(ModelError, match="cannot be mixed"):
        mixture(parent, open_model(tiny_model(tmp_path, name="stranger")))


def test_what_has_learnt_goes_on_from_its_parent(tmp_path: Path) -> None:
    parent, learnt = (Session(model, 3) for model in family(tmp_path))
    drawn(parent, 30)
    assert learnt.continue_from(parent)
    assert learnt.snapshot().state.hidden is parent.snapshot().state.hidden
    assert learnt.tick == parent.tick
    assert not Session(parent.model).continue_from(parent)  # the same again begins from nothing
    assert not Session(open_model(tiny_model(tmp_path, name="stranger"))).continue_from(parent)


def test_the_parent_is_found_among_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_models", lambda: tmp_path)
    parent, learnt = family(tmp_path)
    grandchild = child(tmp_path, learnt, seed=2, name="grandchild", tied=8)
    model = open_with_parent("grandchild")
    assert isinstance(model, Mixture)
    assert model.parent is not None
    assert model.parent.title == "Learnt"
    assert (model.fingerprint, model.title) == (grandchild.fingerprint, "Grandchild")
    # Where the nearest is gone, the one before it; where it is damaged, too.
    learnt.path.write_bytes(b"damaged")
    model = open_with_parent("grandchild")
    assert model.parent is not None
    assert model.parent.title == parent.title
    parent.path.unlink()
    assert open_with_parent("grandchild").parent is None


def test_a_band_mixes_those_that_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "user_models", lambda: tmp_path)
    parent = open_model(exported(tmp_path, tiny_vocabulary(), tied=8, name="parent"))
    child(tmp_path, parent, tied=8)
    exported(tmp_path, KINDS["kit"], name="kit")
    band = open_session(open_with_parent("kit+learnt"), 3)
    assert band.can_mix
    events = drawn(band, 40)
    before = band.snapshot()
    band.mix(0.3)
    assert band.learnt == band.snapshot().learnt == 0.3
    at_once = drawn(band, 40)
    band.restore(before)
    assert band.learnt == 1.0
    band.mix(0.3)
    assert drawn(band, 40) == at_once
    again = open_session(open_with_parent("kit+learnt"), 3)
    assert drawn(again, 40) == events
