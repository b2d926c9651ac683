"""What costs less than PyTorch's own does the same."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (what everyone calls it)

from musiclstm.model.net.dropout import Dropout
from musiclstm.model.net.rows import sum_of_rows


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.9])
def test_dropout_leaves_the_mean(kind: torch.dtype, share: float) -> None:
    torch.manual_seed(1)
    values = torch.ones(301, 333, dtype=kind, requires_grad=True)
    result = Dropout(share)(values)
    (gradient,) = torch.autograd.grad(result.sum(), values)
    assert torch.equal(result, gradient)
    dropped = result.detach()
    assert (dropped == 0).float().mean() == pytest.approx(share, abs=0.01)
    assert dropped.float().mean() == pytest.approx(1, abs=0.02)
    assert (dropped == 0).float().mean(0).std() < 0.05  # no column is favoured
    assert len(dropped.unique()) == 2


def test_dropout_goes_on_as_it_was() -> None:
    values = torch.ones(100)
    layer = Dropout(0.5)
    state = torch.get_rng_state()
    first, second = layer(values), layer(values)
    assert not torch.equal(first, second)
    torch.set_rng_state(state)
    assert torch.equal(first, layer(values))
    assert torch.equal(layer.eval()(values), values)
    assert torch.equal(Dropout(0.0)(values), values)


def test_sums_of_rows_have_the_gradient_of_torchs() -> None:
    torch.manual_seed(1)
    rows, table = torch.randint(0, 50, (200, 7)), torch.randn(50, 16, requires_grad=True)
    weights = torch.randn(200, 16)
    found, expected = sum_of_rows(rows, table), F.embedding_bag(rows, table, mode="sum")
    assert torch.equal(found, expected)
    gradients = [torch.autograd.grad((each * weights).sum(), table)[0] for each in (found, expected)]
    torch.testing.assert_close(*gradients)
