"""Dropout (Srivastava et al. 2014) whose masks cost a quarter of PyTorch's on a processor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_LEVELS = 256  # of a random byte


class Dropout(nn.Dropout):
    """As `nn.Dropout`, but of eight bytes of a random number each decides on a value; PyTorch draws one for each.

    So the share that is dropped is the nearest multiple of 1/256. On other devices it is PyTorch's own.
    """

    def forward(self, values: Tensor) -> Tensor:
        dropped = min(round(self.p * _LEVELS), _LEVELS - 1)
        if not (self.training and dropped) or values.device.type != "cpu":
            return super().forward(values)
        numbers = torch.empty(-(-values.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
        kept = numbers.view(torch.uint8)[: values.numel()].view(values.shape) >= dropped
        return values * kept.to(values.dtype).mul_(_LEVELS / (_LEVELS - dropped))
