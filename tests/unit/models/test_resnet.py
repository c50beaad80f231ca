import pytest
import rtdl_revisiting_models
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from src.models.resnet import Block, ResNet
from src.spec import InputSpec

NUMBERS = InputSpec(("a", "b", "c"), (0.0,) * 3, (0.0,) * 3, (1.0,) * 3, (False,) * 3, (), ())
SETTINGS = {"n_blocks": 3, "d_block": 8, "d_hidden_multiplier": 1.5}


def authors(d_out: int, dropout1: float, dropout2: float) -> nn.Module:
    torch.manual_seed(1)
    made: nn.Module = rtdl_revisiting_models.ResNet(
        d_in=3, d_out=d_out, d_hidden=None, **SETTINGS, dropout1=dropout1, dropout2=dropout2
    )
    for name, weight in made.named_parameters():
        if name.endswith(("input_projection.bias", "linear2.bias")):  # ours has none
            nn.init.zeros_(weight)
    return made


def with_weights_of(network: ResNet, reference: nn.Module) -> ResNet:
    """Both list the same tensors in the same order, but for those biases."""
    skipped = ("input_projection.bias", "linear2.bias")
    theirs = [value for name, value in reference.state_dict().items() if not name.endswith(skipped)]
    ours = [name for name in network.state_dict() if name.startswith("layers.")]
    network.load_state_dict(dict(zip(ours, theirs, strict=True)), strict=False)
    return network


def rows() -> tuple[Tensor, Tensor]:
    return torch.randn(20, 3, generator=torch.Generator().manual_seed(2)), torch.empty(20, 0, dtype=torch.int64)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("hidden", "residual"), [(0.0, 0.0), (0.4, 0.0), (0.4, 0.2)])
def test_it_equals_the_authors_network_on_the_same_weights(training: bool, hidden: float, residual: float) -> None:
    reference = authors(4, hidden, residual)
    network = ResNet(NUMBERS, 4, **SETTINGS, hidden_dropout=hidden, residual_dropout=residual)  # type: ignore[arg-type]
    with_weights_of(network, reference)
    x, nothing = rows()
    for each in (reference, network):
        each(x, nothing) if each is network else each(x)  # moves the running statistics
        each.train(training)
    with_weights_of(network, reference)
    torch.manual_seed(3)
    expected = reference(x)
    torch.manual_seed(3)
    assert_close(network(x, nothing), expected)


def test_a_block_whose_last_weights_are_zero_changes_nothing() -> None:
    block, x = Block(6, 12, "gelu", "layer", 0.0, 0.0), torch.randn(5, 6)
    last = block.layers[-1]
    assert isinstance(last, nn.Linear)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    assert block(x).equal(x)


@pytest.mark.parametrize(("norm", "per_norm"), [("batch", 16), ("layer", 16), ("rms", 8)])
def test_its_parameters_are_those_of_its_blocks(norm: str, per_norm: int) -> None:
    network = ResNet(NUMBERS, 2, **SETTINGS, norm=norm)  # type: ignore[arg-type]
    bias = 0 if norm == "batch" else 8
    block = per_norm + (8 * 12 + 12) + (12 * 8 + bias)
    expected = (3 * 8 + bias) + 3 * block + per_norm + (8 * 2 + 2)
    assert sum(weight.numel() for weight in network.parameters()) == expected
