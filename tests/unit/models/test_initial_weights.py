import typing

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from src.config.mlp import Mlp as Section
from src.models.mlp import Mlp
from src.spec import InputSpec

INPUT = InputSpec(("a",), (0.0,), (0.0,), (1.0,), (False,), ("c",), (9,))
NAMES = typing.get_args(Section.model_fields["init"].annotation)


def weights(init: str) -> list[Tensor]:
    """Of an MLP with 400 and 300 neurons: hidden [300, 400], then output [50, 300]."""
    torch.manual_seed(0)
    network = Mlp(INPUT, 50, hidden=[400, 300], init=init)
    return [layer.weight.detach() for layer in network.layers if isinstance(layer, nn.Linear)][1:]


def test_kaiming_keeps_the_variance_behind_relu() -> None:
    hidden, output = weights("kaiming")
    assert_close(hidden.var(), torch.tensor(2 / 400), rtol=0.02, atol=0)
    assert_close(output.var(), torch.tensor(2 / 300), rtol=0.05, atol=0)


def test_xavier_is_uniform_between_the_limits_of_its_paper() -> None:
    for weight, (fan_out, fan_in) in zip(weights("xavier"), [(300, 400), (50, 300)], strict=True):
        limit = (6 / (fan_in + fan_out)) ** 0.5
        assert 0.99 * limit < weight.abs().max() <= limit
        assert_close(weight.var(), torch.tensor(limit**2 / 3), rtol=0.05, atol=0)


def test_orthogonal_rows_have_length_one_and_right_angles() -> None:
    for weight in weights("orthogonal"):
        assert_close(weight @ weight.T, torch.eye(len(weight)), rtol=0, atol=1e-5)


def test_the_default_is_that_of_torch() -> None:
    torch.manual_seed(0)
    network = Mlp(INPUT, 2, hidden=[5])
    torch.manual_seed(0)
    expected = nn.Linear(1 + 8, 5)
    first = network.layers[0]
    assert isinstance(first, nn.Linear)
    assert first.weight[:, 2:].equal(expected.weight[:, 2:])  # the second input is "missing", which begins with 0
    assert first.bias.equal(expected.bias)


@pytest.mark.parametrize("init", [name for name in NAMES if name != "default"])
def test_biases_begin_with_0_and_a_missing_category_without_effect(init: str) -> None:
    network = Mlp(INPUT, 2, hidden=[5], init=init)
    for layer in network.layers:
        if isinstance(layer, nn.Linear):
            assert not layer.bias.any()
    logits = network(torch.zeros(2, 1), torch.tensor([[0], [1]]))
    assert logits[0].equal(logits[1])
