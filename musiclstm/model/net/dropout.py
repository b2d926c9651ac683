"""Dropout (Srivastava et al. 2014) whose masks cost a quarter of PyTorch's on a processor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_LEVELS = 256  # of a random byte


class Dropout(nn.Dropout):
    """`nn.Dropout`, but one random number of eight bytes decides on eight values; PyTorch draws a number for each.

    So the share that is dropped is rounded to a multiple of 1/256. Anywhere but on a CPU it is PyTorch's own dropout.
    """

    def forward(self, values: Tensor) -> Tensor:
        dropped = min(round(self.p * _LEVELS), _LEVELS - 1)
        if not (self.training and dropped) or values.device.type != "cpu":
            return super().forward(values)
        numbers = torch.empty(-(-values.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
        kept = numbers.view(torch.uint8)[: values.numel()].view(values.shape) >= dropped
        return values * kept.to(values.dtype).mul_(_LEVELS / (_LEVELS - dropped))
