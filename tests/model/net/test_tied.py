"""The tied head: the same inputs and scores in training and live; invariant to transposition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from musiclstm.model.arrays import FloatArray
from musiclstm.model.context import Context
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.features.pitches import AGES, PitchFeatures
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.net.export import export
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from musiclstm.model.net.tied import PitchInputs, TiedHead, planes_and_ages, references
from musiclstm.model.score import score_pieces
from musiclstm.model.session import Session
from musiclstm.model.sizes import NO_PITCH, RECENT_PITCHES, SPANS
from musiclstm.music import parts as voices
from musiclstm.music.event import Kind
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from tests.model.masks import to_mask
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_network, tiny_vocabulary
from tests.training.batches import contexts, window_of
from training.evaluate import evaluate
from training.prepare import prepare

KIT = (Part("Kit", 0, 9, percussive=True),)
VOCABULARIES = [
    tiny_vocabulary(),
    tiny_vocabulary(TimeBase.SECONDS, SATB[:1], 32),
    tiny_vocabulary(parts=KIT, velocities=4),
]


def tied_model(folder: Path, vocabulary: Vocabulary) -> tuple[MusicLSTM, ModelFile]:
    """A network whose numbers survive the half precision of the model file's tables, and its file."""
    beats = vocabulary.base is TimeBase.BEATS
    tuned = not vocabulary.percussive
    network = tiny_network(vocabulary, tied=8, past=beats, recent=3 if beats else 8, chords=tuned)
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
    """The notes of a piece: the context, time and symbol of each, and the pitch features as training cuts them."""

    notes: list[tuple[Context, int, int]]
    inputs: PitchInputs


def both(vocabulary: Vocabulary, config: ModelConfig) -> Both:
    piece = random_piece(vocabulary, 150)
    batch = window_of(prepare([("a", piece)], vocabulary), vocabulary, config, told=True)
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
    live = [(c, e.delta, vocabulary.symbol(e)) for _, c, e in steps if e.kind is not Kind.WAIT]
    assert len(live) == len(inputs.age)
    return Both(live, inputs)


def chord_of(inputs: PitchInputs, index: int) -> FloatArray | None:
    """What is told of the chord at an event."""
    told = inputs.pitch_classes[index, len(SPANS) :]
    return told.contiguous().numpy() if told.any() else None


def words(sets: Sequence[int], vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Sets of two words each as booleans, (sets, pitches)."""
    pairs = zip(sets[0::2], sets[1::2], strict=True)
    return np.array([to_mask(low | high << 64, vocabulary) for low, high in pairs])


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_training_and_live_features_agree(vocabulary: Vocabulary) -> None:
    has_past, tuned = vocabulary.base is TimeBase.BEATS, not vocabulary.percussive
    config = ModelConfig(tied=8, past=has_past, recent=3 if has_past else RECENT_PITCHES, chords=tuned)
    music = both(vocabulary, config)
    inputs, v = music.inputs, vocabulary
    live = PitchFeatures(v, window=tuned, past=has_past, recent=config.recent)
    ended = 0
    for index, (context, time, symbol) in enumerate(music.notes):
        live.describe(context, time, symbol)
        live.tell(chord_of(inputs, index))
        if inputs.planes is not None:
            planes = words(live.planes, v)
            np.testing.assert_array_equal(inputs.planes[index], planes)
            ended += int(planes[2].sum())
            near = zip(live.neighbour_planes, live.neighbour_pitches, strict=True)
            assert [*map(list, near)][: live.neighbours] == np.argwhere(planes).tolist()
        own = words(live.own, v)[0]
        np.testing.assert_array_equal(inputs.age[index], np.array(live.ages)[: v.pitches] + AGES * own)
        classes = inputs.pitch_classes[index].flatten()
        np.testing.assert_allclose(classes, list(live.classes)[: len(classes)], atol=1e-6)
        measured = [*zip(live.reference_tables, live.reference_pitches, strict=True)][: live.references]
        assert inputs.references[index].tolist() == [list(pair) for pair in measured]
        if has_past:
            assert inputs.past is not None
            np.testing.assert_array_equal(inputs.past[index], words(live.pasts, v))
    assert bool(ended) != vocabulary.percussive
    assert (inputs.past is not None and bool(inputs.past.any())) == has_past


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_torch_and_the_core_agree(tmp_path: Path, vocabulary: Vocabulary) -> None:
    network, model = tied_model(tmp_path, vocabulary)
    assert isinstance(network.tied, TiedHead)
    assert model.tied_head is not None
    music = both(vocabulary, network.config)
    hidden = torch.rand((len(music.notes), 12), generator=torch.Generator().manual_seed(0))
    everywhere = torch.ones(len(music.notes), vocabulary.pitches, dtype=torch.bool)
    with torch.no_grad():
        wanted = network.tied(hidden, music.inputs, everywhere)
    for index, (context, time, symbol) in enumerate(music.notes):
        model.tied_head.features.describe(context, time, symbol)
        model.tied_head.features.tell(chord_of(music.inputs, index))
        scores = np.zeros(vocabulary.pitches, dtype=np.float32)
        some = np.arange(vocabulary.pitches, dtype=np.uint8) % (1 + index % 3) == 0
        model.tied_head.add_scores(hidden[index].numpy(), some.view(np.uint8), scores)
        np.testing.assert_allclose(scores, np.where(some, wanted[index], 0), atol=1e-5)


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


@pytest.mark.parametrize("parts", [SATB, KIT])
def test_only_allowed_pitches_are_scored(parts: Sequence[Part]) -> None:
    vocabulary = tiny_vocabulary(parts=parts)
    head = TiedHead(vocabulary, 12, 8)
    allowed = torch.zeros(2, vocabulary.pitches, dtype=torch.bool)
    allowed[1, 7] = True
    planes_and_age = torch.rand(2, 4, vocabulary.pitches) < 0.2, torch.zeros(2, vocabulary.pitches, dtype=torch.int64)
    measured = torch.tensor([[0, 60], [1, NO_PITCH], [2, 64]]).expand(2, -1, -1)
    scores = head(
        torch.rand(2, 12), PitchInputs(*planes_and_age, None, torch.rand(2, len(SPANS), 12), measured), allowed
    )
    assert ((scores != 0) == allowed).all()


@pytest.mark.parametrize("parts", [SATB, KIT])
def test_dropout_drops_and_does_nothing_else(parts: Sequence[Part]) -> None:
    """With hardly any, training is as playing; with some, it is not, and the same units are dropped for all pitches."""
    vocabulary = tiny_vocabulary(parts=parts)
    music = both(vocabulary, ModelConfig(tied=8, recent=3))
    hidden = torch.rand((len(music.notes), 12), generator=torch.Generator().manual_seed(0))
    everywhere = torch.ones(len(music.notes), vocabulary.pitches, dtype=torch.bool)
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
    moved = fresh.context.moved(session.tick)
    assert session.context == moved.with_meter(session.tick, moved.bar_ticks, moved.meter)
