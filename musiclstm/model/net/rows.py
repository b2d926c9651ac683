"""Sums of a table's rows, with a gradient that costs a third of PyTorch's on a processor."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)
from torch import Tensor


def sum_of_rows(rows: Tensor, table: Tensor) -> Tensor:
    """(N, width), given row numbers (N, n) of a table (rows, width); n is small."""
    if table.device.type == "cpu":
        summed: Tensor = _SumOfRows.apply(rows, table)  # type: ignore[no-untyped-call]
        return summed
    return F.embedding_bag(rows, table, mode="sum")


class _SumOfRows(torch.autograd.Function):
    """PyTorch sorts the row numbers to add up the table's gradient; adding column after column does not have to."""

    @staticmethod
    def forward(context: Any, rows: Tensor, table: Tensor) -> Tensor:
        context.save_for_backward(rows)
        context.size = len(table)
        return F.embedding_bag(rows, table, mode="sum")

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[None, Tensor]:
        (rows,) = context.saved_tensors
        summed = gradient.new_zeros(context.size, gradient.shape[-1])
        for column in rows.unbind(-1):
            summed.index_add_(0, column, gradient)
        return None, summed
