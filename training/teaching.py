"""Teaching: networks that have learnt a corpus teach another (Hinton, Vinyals and Dean 2015: distillation).

Several networks together know music that none has seen better than one does. An instrument plays one; it learns half
from the music, half from what those together expect at each event.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor

from musiclstm.model.features.layout import FIELDS
from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import LSTMState, MusicLSTM

SHARE = 0.5  # of what is learnt from teachers
LEAST = -100.0  # nats: what cannot be has none, and 0 times that is none, too


class Teachers:
    """Networks of one vocabulary, each with its own memory of the lanes that the pupil reads."""

    def __init__(self, networks: Sequence[MusicLSTM], lanes: int) -> None:
        if not networks:
            raise ValueError("there are no teachers")
        self._networks = [network.eval() for network in networks]
        self._states = [network.start(lanes) for network in networks]

    @torch.no_grad()
    def expect(self, batch: Batch) -> list[Tensor]:
        """The next window, in order: of each field the mean of their probabilities, (N, choices)."""
        found: list[list[Tensor]] = []
        for index, (network, state) in enumerate(zip(self._networks, self._states, strict=True)):
            h, after = network.listen(batch, state)
            self._states[index] = after.carried()
            found.append([F.softmax(logits, -1) for _, _, logits in network.logits(h, batch)])
        return [torch.stack(each).mean(0) for each in zip(*found, strict=True)]

    def teach(self, pupil: MusicLSTM, batch: Batch, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """What a window costs the pupil, (B, T, 4), and its state after, as `MusicLSTM.forward`."""
        h, state = pupil.listen(batch, state)
        cost = h.new_zeros(*batch.real.shape, len(FIELDS), dtype=torch.float32)
        for (index, which, logits), theirs in zip(pupil.logits(h, batch), self.expect(batch), strict=True):
            of_music = pupil.cost(index, logits, batch.event[which])
            of_theirs = -(theirs * F.log_softmax(logits, -1).clamp(min=LEAST)).sum(-1)
            cost[..., index][which] = torch.lerp(of_music, of_theirs, SHARE)
        return cost, state
