"""Teaching: trained networks teach another, by distillation (Hinton, Vinyals and Dean 2015).

An ensemble of networks predicts unseen music better than a single one, but an instrument plays a single one. The
student learns half from the music, half from the mean of the teachers' probabilities at each event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor

from musiclstm.model.features.layout import FIELDS
from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import LSTMState, ModelConfig, MusicLSTM, at

TEACHER_SHARE = 0.5  # of the loss that comes from the teachers
MIN_LOG_PROBABILITY = -100.0  # nats; keeps 0 times the log of a masked choice finite


class Teachers:
    """Networks of one vocabulary, each with a state of its own for the lanes that the student reads."""

    def __init__(self, networks: Sequence[MusicLSTM], lanes: int) -> None:
        if not networks:
            raise ValueError("there are no teachers")
        self._networks = [network.eval() for network in networks]
        self._states = [network.start(lanes) for network in networks]

    def features(self, student: ModelConfig) -> ModelConfig:
        """The student's config, with the features of the teachers added. They are told a chord when the student is."""
        configs = [student, *(network.config for network in self._networks)]
        return replace(student, tied=max(each.tied for each in configs), past=any(each.past for each in configs))

    @torch.no_grad()
    def expect(self, batch: Batch) -> list[Tensor]:
        """For each field the mean of the teachers' probabilities in the next window, (N, choices)."""
        found: list[list[Tensor]] = []
        for index, (network, state) in enumerate(zip(self._networks, self._states, strict=True)):
            h, after = network.hidden_states(batch, state)
            self._states[index] = after.carried()
            found.append([F.softmax(logits, -1) for _, _, logits in network.logits(h, batch)])
        return [torch.stack(each).mean(0) for each in zip(*found, strict=True)]

    def teach(self, student: MusicLSTM, batch: Batch, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """The student's cost of a window in nats, (B, T, 4), and its state after it, like `MusicLSTM.forward`."""
        h, state = student.hidden_states(batch, state)
        cost = h.new_zeros(*batch.real.shape, len(FIELDS), dtype=torch.float32)
        for (index, which, logits), targets in zip(student.logits(h, batch), self.expect(batch), strict=True):
            hard_cost = student.cost(index, logits, at(batch.event, which))
            soft_cost = -(targets * F.log_softmax(logits, -1).clamp(min=MIN_LOG_PROBABILITY)).sum(-1)
            cost.view(-1, len(FIELDS))[which, index] = torch.lerp(hard_cost, soft_cost, TEACHER_SHARE)
        return cost, state
