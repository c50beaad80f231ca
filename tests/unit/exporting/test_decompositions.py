"""What ONNX has not, made of what it has, against torch's own."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from src.exporting import decompositions

X = torch.linspace(-30, 30, 4001, dtype=torch.float64)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("ours", "of_torch"),
    [
        (decompositions.softplus, F.softplus),
        (lambda x: decompositions.log_sigmoid_forward(x)[0], F.logsigmoid),
        (lambda x: decompositions.log1p(x.abs()), lambda x: x.abs().log1p()),
        (lambda x: decompositions.log1p(x.exp() * 1e-9), lambda x: (x.exp() * 1e-9).log1p()),
        (lambda x: decompositions.ndtr(x / 3), lambda x: torch.special.ndtr(x / 3)),
        (
            lambda x: decompositions.cummin(x.reshape(-1, 3)[:, [1, 0, 2]], 1)[0],
            lambda x: x.reshape(-1, 3)[:, [1, 0, 2]].cummin(1).values,
        ),
    ],
)
def test_each_is_what_torch_gives(
    ours: Callable[[Tensor], Tensor], of_torch: Callable[[Tensor], Tensor], dtype: torch.dtype
) -> None:
    x = X[:3999].to(dtype)
    torch.testing.assert_close(ours(x), of_torch(x), rtol=4 * torch.finfo(dtype).eps, atol=torch.finfo(dtype).eps)


def test_the_normal_distribution_is_turned_around_to_nine_digits() -> None:
    p = torch.cat([torch.logspace(-7, -1, 500), torch.linspace(0.1, 0.9999, 500)]).double()
    torch.testing.assert_close(decompositions.ndtri(p), torch.special.ndtri(p), rtol=2e-9, atol=2e-9)


@pytest.mark.parametrize("right", [False, True])
def test_places_among_borders_are_those_of_torch(right: bool) -> None:
    borders = torch.tensor([[0.0, 1.0, 1.0, 2.0], [-1.0, 0.0, 0.0, 5.0]])
    values = torch.tensor([[-1.0, 0.0, 1.0, 1.5, 2.0, 9.0]] * 2)
    expected = torch.searchsorted(borders, values, right=right)
    assert decompositions.searchsorted(borders, values, right=right).equal(expected)
