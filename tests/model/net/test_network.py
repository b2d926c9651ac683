"""The network: its equations, its masks, its likelihood."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import onnxruntime as ort
import pytest
import torch

from musiclstm.model.features.layout import SPREAD, Layout
from musiclstm.model.features.timing import timing_features
from musiclstm.model.net.batch import masks
from musiclstm.model.net.export import graph, heads
from musiclstm.model.net.heads import Head
from musiclstm.model.net.network import LSTMState, ModelConfig, MusicLSTM
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from tests.model.masks import now_is_possible, pitch_mask, symbol_mask
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_network, tiny_vocabulary
from tests.training.batches import contexts, window_of
from training.evaluate import evaluate
from training.prepare import prepare

KIT = (Part("Bass", 32, 0), Part("Kit", 0, 9, percussive=True))
VOCABULARIES = [
    tiny_vocabulary(),
    tiny_vocabulary(velocities=8),
    tiny_vocabulary(TimeBase.SECONDS, SATB[:1], 32),
    tiny_vocabulary(parts=KIT, velocities=4),
    tiny_vocabulary(parts=KIT[1:], velocities=4),
]


@pytest.mark.parametrize("layers", [1, 3])
def test_step_nn_lstm_and_exported_step_agree(layers: int) -> None:
    network = tiny_network(tiny_vocabulary(), layers=layers)
    x = torch.randn(1, 20, network.config.embedding, generator=torch.Generator().manual_seed(1))
    session = ort.InferenceSession(graph(network).SerializeToString(), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        outputs, last = network.run(x, network.start(1))
        state = network.start(1)
        assert state.c is not None
        h, c = state.h[:, 0].numpy(), state.c[:, 0].numpy()
        for time in range(x.shape[1]):
            state, gates = network.step(x[:, time], state)
            assert state.c is not None
            h, c, seen, projections = session.run(None, {"x": x[:, time].numpy(), "h": h, "c": c})
            np.testing.assert_allclose(state.h[-1], outputs[:, time], atol=1e-5)
            np.testing.assert_allclose(h, state.h[:, 0], atol=1e-5)
            np.testing.assert_allclose(c, state.c[:, 0], atol=1e-5)
            np.testing.assert_allclose(seen, gates[:, :, 0], atol=1e-5)
            wanted = torch.cat([head.projection(state.h[-1]) for head in heads(network).values()], -1)
            np.testing.assert_allclose(projections, wanted, atol=1e-5)
    assert last.c is not None
    assert state.c is not None
    np.testing.assert_allclose(state.h, last.h, atol=1e-5)
    np.testing.assert_allclose(state.c, last.c, atol=1e-5)


def test_the_cell_follows_from_its_gates() -> None:
    """C = f ⊙ C + i ⊙ C̃ and h = o ⊙ tanh C, with the gates the step reports."""
    network = tiny_network(tiny_vocabulary(), layers=1)
    x = torch.randn(1, network.config.embedding, generator=torch.Generator().manual_seed(2))
    before = LSTMState(torch.full((1, 1, 24), 0.5), torch.full((1, 1, 24), 2.0))
    with torch.no_grad():
        after, gates = network.step(x, before)
    forget, let_in, show = gates[0]
    assert after.c is not None
    assert before.c is not None
    assert ((gates > 0) & (gates < 1)).all()
    assert (after.c[0] - forget * before.c[0]).abs().le(let_in + 1e-6).all()  # |C̃| <= 1
    torch.testing.assert_close(after.h[0], show * torch.tanh(after.c[0]))


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_masks_are_those_of_the_context(vocabulary: Vocabulary) -> None:
    piece = random_piece(vocabulary, 150)
    arrays = prepare([("a", piece)], vocabulary)
    batch = window_of(arrays, vocabulary)
    found = masks(vocabulary, batch.held, batch.previous, batch.event)
    for index, (_, context, event) in enumerate(contexts(vocabulary.encode(piece), piece, vocabulary)):
        assert bool(found.now[0, index]) == now_is_possible(context)
        if event.kind < 2:
            np.testing.assert_array_equal(found.symbol[0, index], symbol_mask(context, event.delta))
            wanted = pitch_mask(context, vocabulary.symbol(event), event.delta)
            np.testing.assert_array_equal(found.pitch[0, index], wanted)
            # The actual event was possible.
            assert wanted[event.pitch - vocabulary.low]


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_cost_does_not_depend_on_windows(cell: str) -> None:
    """Pieces of every length cost the same however they are cut and whatever is in the other lanes."""
    vocabulary = tiny_vocabulary(velocities=8)
    torch.manual_seed(0)
    network = MusicLSTM(ModelConfig(cell, 2, 16, 8, 8), vocabulary).eval()
    pieces = [(str(n), random_piece(vocabulary, n, n)) for n in (1, 2, 3, 17, 60)]
    together = evaluate(network, prepare(pieces, vocabulary), lanes=3, window=7)
    apart = [evaluate(network, prepare([piece], vocabulary), lanes=1, window=1000) for piece in pieces]
    assert together.notes == sum(each.notes for each in apart)
    np.testing.assert_allclose(together.by_field, np.sum([each.by_field for each in apart], 0), rtol=1e-4)


def test_probabilities_of_the_next_event_sum_to_one() -> None:
    """Over every time, symbol and pitch that may follow."""
    vocabulary = replace(tiny_vocabulary(parts=SATB[:2]), low=60, high=64, max_delta=6)
    network = tiny_network(vocabulary)
    piece = random_piece(vocabulary, 12, 3)
    arrays = prepare([("a", piece)], vocabulary)
    last = len(arrays.events) - 1
    batch = window_of(arrays, vocabulary)
    *_, (_, context, _) = contexts(vocabulary.encode(piece), piece, vocabulary)
    layout, total = Layout(vocabulary), 0.0
    with torch.no_grad():
        for time in range(vocabulary.times):
            for symbol in range(vocabulary.symbols):
                if time == vocabulary.max_delta:
                    choices = [(vocabulary.symbols, vocabulary.pitches)] if symbol == 0 else []
                else:
                    choices = [(symbol, int(p)) for p in np.flatnonzero(pitch_mask(context, symbol, time))]
                for chosen, pitch in choices:
                    event = batch.event.clone()
                    velocity = 0 if chosen >= 2 and chosen < 4 else 1
                    event[0, last] = torch.tensor([time, chosen, pitch, velocity])
                    timing = batch.timing.clone()
                    timing[0, last] = torch.tensor(timing_features(layout, context, time))
                    cost, _ = network(replace(batch, event=event, timing=timing), network.start(1))
                    total += float(torch.exp(-cost[0, last].sum()))
    assert total == pytest.approx(1.0, abs=1e-4)


def test_drums_have_no_note_offs() -> None:
    vocabulary = VOCABULARIES[-1]
    arrays = prepare([("a", random_piece(vocabulary, 40))], vocabulary)
    batch = window_of(arrays, vocabulary)
    assert set(batch.event[0, :, 1].tolist()) <= {1, 2}  # ON, or none for a wait
    assert not batch.held.any()


def test_the_neighbours_of_an_expected_value_are_expected_too() -> None:
    """The last note of the pitch had the fifth of eight velocities; the next bin is expected half as much."""
    vocabulary = tiny_vocabulary(velocities=8)
    head = cast(Head, tiny_network(vocabulary).heads["velocity"])
    reach = SPREAD["velocity"]
    with torch.no_grad():
        head.out.weight.zero_()
        head.out.bias.copy_(torch.tensor([0.0] * 8 + [3.0, 3.0, 3.0, 1.0, 2.0]))
        head.near[3, reach + 1] = 0.5
        nothing = torch.tensor([[*Layout(vocabulary).no_event, 0]]).expand(1, 3, 5)
        logits = head.logits(torch.zeros(1, 12), nothing, torch.zeros(1, 4).long(), 3, torch.tensor([[4, 8]]))
    assert logits.tolist() == [[0, 0, 0, 0, 1, 0.5, 0, 0]]
