"""The tied head: the same inputs and scores in training and live; invariant to transposition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from musiclstm.model.sizes import NO_PITCH, RECENT_PITCHES, SPANS
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.features.pitches import PitchFeatures
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.net.export import export
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from musiclstm.model.net.tied import PitchInputs, TiedHead, planes_and_ages, references
from musiclstm.model.score import score_pieces
from musiclstm.model.session import Session
from musiclstm.model.stepper import TiedHead as Live
from musiclstm.music import parts as voices
from musiclstm.music.event import Kind
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_network, tiny_vocabulary
from training.evaluate import evaluate
from training.lanes import Cutter
from training.prepare import contexts, prepare

KIT = (Part("Kit", 0, 9, percussive=True),)
VOCABULARIES = [
    tiny_vocabulary(),
    tiny_vocabulary(TimeBase.SECONDS, SATB[:1], 32),
    tiny_vocabulary(parts=KIT, velocities=4),
]


def tied_model(folder: Path, vocabulary: Vocabulary) -> tuple[MusicLSTM, ModelFile]:
    """A network whose numbers survive the half precision of the model file's tables, and its file."""
    beats = vocabulary.base is TimeBase.BEATS
    network = tiny_network(vocabulary, tied=8, past=beats, recent=3 if beats else 8)
    rng = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith((".echo", ".near")):  # all alike before training
                weight.copy_(torch.randn(weight.shape, generator=rng))
            weight.copy_(weight.half().float())
    export(network, folder / "x.onnx", title="x", quantised=False)
    return network, open_model(folder / "x.onnx")


@dataclass(frozen=True)
class Both:
    """The pitch features of the notes of a piece, live and as training prepares them."""

    live: list[PitchFeatures]
    inputs: PitchInputs


def both(vocabulary: Vocabulary, config: ModelConfig) -> Both:
    piece = random_piece(vocabulary, 150)
    arrays = prepare([("a", piece)], vocabulary)
    batch = Cutter(arrays, vocabulary, config).cut([(0, 0, 0)], len(arrays.fields))
    assert batch.age is not None
    symbol = batch.event[0, :, 1]
    notes = symbol < vocabulary.symbols
    inputs = PitchInputs(
        *planes_and_ages(batch.held[0, notes], batch.age[0, notes], symbol[notes], tuned=not vocabulary.percussive),
        past=None if batch.past is None else batch.past[0, notes],
        pitch_classes=batch.pitch_classes[0, notes],
        references=references(batch.recent[0, notes, ..., : config.recent], symbol[notes]),
    )
    steps = contexts(vocabulary.encode(piece), piece, vocabulary)
    live = [PitchFeatures(c, e.delta, vocabulary.symbol(e)) for _, c, e in steps if e.kind is not Kind.WAIT]
    assert len(live) == len(inputs.age)
    return Both(live, inputs)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_training_and_live_features_agree(vocabulary: Vocabulary) -> None:
    has_past = vocabulary.base is TimeBase.BEATS
    config = ModelConfig(tied=8, past=has_past, recent=3 if has_past else RECENT_PITCHES)
    music = both(vocabulary, config)
    inputs = music.inputs
    assert inputs.past is not None
    ended = 0
    for index, live in enumerate(music.live):
        if inputs.planes is not None:
            np.testing.assert_array_equal(inputs.planes[index], live.planes)
            ended += int(live.planes[2].sum())
        np.testing.assert_array_equal(inputs.age[index], live.age)
        np.testing.assert_allclose(inputs.pitch_classes[index], live.pitch_classes, atol=1e-3)
        np.testing.assert_array_equal(inputs.references[index], live.references(config.recent))
        if has_past:
            np.testing.assert_array_equal(inputs.past[index], live.past)
    assert bool(ended) != vocabulary.percussive
    assert bool(inputs.past.any()) == has_past


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_torch_and_numpy_agree(tmp_path: Path, vocabulary: Vocabulary) -> None:
    network, model = tied_model(tmp_path, vocabulary)
    assert isinstance(network.tied, TiedHead)
    music = both(vocabulary, network.config)
    hidden = torch.rand((len(music.live), 12), generator=torch.Generator().manual_seed(0))
    everywhere = torch.ones(len(music.live), vocabulary.pitches, dtype=torch.bool)
    # Not the prepared ones, which are in half precision.
    classes = torch.from_numpy(np.stack([each.pitch_classes for each in music.live]))
    with torch.no_grad():
        wanted = network.tied(hidden, replace(music.inputs, pitch_classes=classes), everywhere)
    live = Live(model)
    for index, each in enumerate(music.live):
        np.testing.assert_allclose(live.scores(hidden[index].numpy(), each), wanted[index], atol=1e-5)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_the_score_agrees_with_torch(tmp_path: Path, vocabulary: Vocabulary) -> None:
    network, model = tied_model(tmp_path, vocabulary)
    pieces = [voices.assign(random_piece(vocabulary, 60, seed), vocabulary) for seed in range(3)]
    exact = evaluate(network, prepare([(str(i), p) for i, p in enumerate(pieces)], vocabulary))
    played = score_pieces(model, pieces)
    for name, nats in zip(FIELDS, exact.by_field, strict=True):
        assert played.by_field[name] == pytest.approx(nats, rel=1e-5, abs=1e-4)


def test_transposed_music_gets_transposed_scores() -> None:
    """Except for what the head learns about each single pitch, and at the edges."""
    torch.manual_seed(0)
    head = TiedHead(tiny_vocabulary(), 12, 8)
    pitches = tiny_vocabulary().pitches
    with torch.no_grad():
        head.own.zero_()
    rng = torch.Generator().manual_seed(1)
    hidden = torch.rand(1, 12, generator=rng)
    planes = torch.rand(1, 4, pitches, generator=rng) < 0.2
    age = torch.randint(32, (1, pitches), generator=rng)
    classes = torch.rand(1, len(SPANS), 12, generator=rng)
    measured = torch.tensor([[[0, 60], [1, NO_PITCH], [2, 64]]])
    allowed = torch.ones(1, pitches, dtype=torch.bool)
    with torch.no_grad():
        here = head(hidden, PitchInputs(planes, age, None, classes, measured), allowed)
        moved = measured + torch.tensor([0, 5]) * (measured != NO_PITCH)
        there = head(
            hidden, PitchInputs(planes.roll(5, -1), age.roll(5, -1), None, classes.roll(5, -1), moved), allowed
        )
    torch.testing.assert_close(there[:, 17:-12], here[:, 12:-17])


def test_only_allowed_pitches_are_scored() -> None:
    vocabulary = tiny_vocabulary()
    head = TiedHead(vocabulary, 12, 8)
    allowed = torch.zeros(2, vocabulary.pitches, dtype=torch.bool)
    allowed[1, 7] = True
    planes_and_age = torch.rand(2, 4, vocabulary.pitches) < 0.2, torch.zeros(2, vocabulary.pitches, dtype=torch.int64)
    measured = torch.tensor([[0, 60], [1, NO_PITCH], [2, 64]]).expand(2, -1, -1)
    scores = head(
        torch.rand(2, 12), PitchInputs(*planes_and_age, None, torch.rand(2, len(SPANS), 12), measured), allowed
    )
    assert ((scores != 0) == allowed).all()


def test_dropout_drops_and_does_nothing_else() -> None:
    """With hardly any, training is as playing; with some, it is not, and the same units are dropped for all pitches."""
    vocabulary = tiny_vocabulary()
    music = both(vocabulary, ModelConfig(tied=8, recent=3))
    hidden = torch.rand((len(music.live), 12), generator=torch.Generator().manual_seed(0))
    everywhere = torch.ones(len(music.live), vocabulary.pitches, dtype=torch.bool)
    torch.manual_seed(1)
    head = TiedHead(vocabulary, 12, 8, dropout=1e-9)
    with torch.no_grad():
        played = head.eval()(hidden, music.inputs, everywhere)
        torch.testing.assert_close(head.train()(hidden, music.inputs, everywhere), played)
        head.dropout.p = 0.9
        some = head(hidden, music.inputs, everywhere)
        assert not torch.allclose(some, played)
        # Where every unit is dropped, what is left is the same for every pitch.
        assert (some.max(1).values == some.min(1).values).any()


def test_forgetting_resets_the_pitch_features(tmp_path: Path) -> None:
    _, model = tied_model(tmp_path, tiny_vocabulary())
    session, fresh = Session(model, seed=1), Session(model, seed=1)
    for _ in range(30):
        session.generate()
    session.forget()
    assert session.context == replace(fresh.context, tick=session.tick, bar_origin=session.tick)
