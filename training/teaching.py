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

from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import ModelConfig, MusicLSTM


class Teachers:
    """Networks of one vocabulary, or none. states: that of each, after the windows that it has read."""

    def __init__(self, networks: Sequence[MusicLSTM], lanes: int) -> None:
        self._networks = [network.eval() for network in networks]
        self.states = [network.start(lanes) for network in networks]

    def features(self, student: ModelConfig) -> ModelConfig:
        """The student's config, with the features of the teachers added. They are told a chord when the student is."""
        configs = [student, *(network.config for network in self._networks)]
        return replace(student, tied=max(each.tied for each in configs), past=any(each.past for each in configs))

    @torch.no_grad()
    def targets(self, batch: Batch) -> list[Tensor]:
        """The mean of their probabilities in the next window, for `MusicLSTM.nats`; [] without teachers."""
        found: list[list[Tensor]] = []
        for index, (network, state) in enumerate(zip(self._networks, self.states, strict=True)):
            h, after = network.hidden_states(batch, state)
            self.states[index] = after.carried()
            found.append([F.softmax(logits, -1) for _, _, logits in network.logits(h, batch)])
        return [torch.stack(each).mean(0) for each in zip(*found, strict=True)]
