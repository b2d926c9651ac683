"""What a session expects to start next."""

from __future__ import annotations

import numpy as np
import pytest

from musiclstm.engine.performer.chord_guide import ChordGuide, ChordLine
from musiclstm.model.band import open_session
from musiclstm.model.constraints import Constraints
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.sampling import masked_softmax
from musiclstm.model.session import Session
from musiclstm.music.chord_track import read
from musiclstm.music.event import Event, Kind
from tests.model.masks import now_is_possible, pitch_mask, symbol_mask
from tests.model.playing import play


def test_expectation_is_a_distribution_over_silent_pitches(model: ModelFile) -> None:
    session = Session(model, seed=4)
    play(session, 30, Constraints())
    before = session.snapshot()
    expected = session.expectation()
    assert expected.shape == (128,)
    assert expected.sum() == pytest.approx(1, abs=1e-5)
    assert expected[: model.vocabulary.low].sum() == expected[model.vocabulary.high + 1 :].sum() == 0
    assert session.snapshot() == before


def test_expectation_follows_from_the_likeliest_times(model: ModelFile) -> None:
    """Over the three likeliest times and all parts, P(time) P(note-on in the part | time) P(pitch | time, part)."""
    session = Session(model, seed=4)
    v, parts = model.vocabulary, len(model.vocabulary.parts)
    for step in range(40):
        session.generate()
        if step % 3 == 2:  # a wait that the model has not read
            session.feed(Event(3, Kind.WAIT))
        predictor = session._predictor
        about = session._state.projections, session._context, session._inputs
        times = masked_softmax(
            np.asarray(predictor.time_logits(session._state.projections, session._inputs)),
            session._times[int(now_is_possible(session._context))],
        )[: v.max_delta]
        times[: session._pending] = 0.0
        wanted = np.zeros(128)
        for time in sorted(range(len(times)), key=lambda time: -times[time])[:3]:
            mask = symbol_mask(session._context, time).view(np.uint8)
            symbols = masked_softmax(np.asarray(predictor.symbol_logits(*about, time)), mask)
            for part in range(parts):
                mask = pitch_mask(session._context, parts + part, time).view(np.uint8)
                logits = predictor.pitch_logits(*about, time, parts + part, mask)
                pitches = masked_softmax(np.asarray(logits), mask)
                wanted[v.low : v.high + 1] += times[time] * symbols[parts + part] * pitches
        found = session.expectation()
        assert found.dtype == np.float32
        # What is a thousandth as likely as the likeliest part is left out.
        np.testing.assert_allclose(found, wanted / wanted.sum(), atol=0.02)
        np.testing.assert_allclose(found[wanted > 0.1], (wanted / wanted.sum())[wanted > 0.1], rtol=0.02)


def test_expectation_follows_the_chords_that_lead(model: ModelFile) -> None:
    chord = {pitch for pitch in range(128) if pitch % 12 in {1, 5, 8}}
    line = ChordLine(read("Db"))
    for each in (model, open_model(f"{model.path}+{model.path}")):
        session = open_session(each, seed=4)
        for _ in range(30):
            session.draw()
        led = Constraints(guide=ChordGuide(line, 1.0, lambda tick: tick / 24, [0] * len(each.vocabulary.parts)))
        share, alone = (found[sorted(chord)].sum() for found in (session.expectation(led), session.expectation()))
        assert share > alone + 0.3


def test_expectation_of_nothing(model: ModelFile) -> None:
    """Where every pitch of every part sounds, no note can start."""
    session = Session(model)
    for part in range(len(model.vocabulary.parts)):
        for pitch in range(model.vocabulary.low, model.vocabulary.high + 1):
            session.feed(Event(0, Kind.ON, pitch, 80, part))
    found = session.expectation()
    assert found.shape == (128,)
    assert not found.any()
