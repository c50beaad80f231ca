import typing
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from src.config.mlp import Mlp as Section
from src.config.network import Activation, Norm
from src.models.activation import ACTIVATIONS
from src.models.build import build, parameter_count
from src.models.categorical import MISSING
from src.models.mlp import Mlp
from src.models.norm import NORMS
from src.spec import InputSpec

NUMBERS = InputSpec(("a", "b"), (1.0, 2.0), (0.5, -1.0), (2.0, 3.0), (False, True), (), ())
MIXED = InputSpec(("a", "b"), (1.0, 2.0), (0.5, -1.0), (2.0, 3.0), (False, True), ("c", "d"), (4, 3))
WORDS = InputSpec((), (), (), (), (), ("c",), (4,))

KINDS = typing.get_args(Activation)
TORCH_OF = {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "elu": "ELU", "selu": "SELU", "leaky_relu": "LeakyReLU"}


@pytest.fixture(autouse=True)
def _same_weights_each_time() -> None:
    torch.manual_seed(0)


def rows(n: int = 12) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x_num = torch.randn(n, 2, generator=generator)
    x_num[1, 0] = x_num[2, 1] = float("nan")
    x_cat = torch.stack([torch.randint(size, (n,), generator=generator) for size in (4, 3)], 1)
    return x_num, x_cat


def by_hand(network: Mlp, layers: Sequence[nn.Module]) -> Tensor:
    """The numbers of `rows()` through `layers` with the weights of `network`, by plain PyTorch."""
    x_num, _ = rows()
    missing = x_num.isnan()
    x = (torch.where(missing, torch.tensor([1.0, 2.0]), x_num) - torch.tensor([0.5, -1.0])) / torch.tensor([2.0, 3.0])
    reference = nn.Sequential(*layers)
    pairs = zip(reference.state_dict(), network.layers.state_dict().values(), strict=True)
    reference.load_state_dict(dict(pairs))
    result: Tensor = reference(torch.cat([x, missing[:, 1:].float()], 1))
    return result


@pytest.mark.parametrize("name", KINDS)
def test_it_equals_a_plain_sequence_of_torch_layers(name: str) -> None:
    activation = getattr(nn, TORCH_OF.get(name, name.capitalize()))
    network = Mlp(NUMBERS, 3, hidden=[7, 5], activation=name)
    layers = [nn.Linear(3, 7), activation(), nn.Linear(7, 5), activation(), nn.Linear(5, 3)]
    assert_close(network(*rows()), by_hand(network, layers), rtol=0, atol=0)


@pytest.mark.parametrize(("norm", "kind"), [("batch", nn.BatchNorm1d), ("layer", nn.LayerNorm), ("rms", nn.RMSNorm)])
def test_the_norm_stands_between_the_weighted_sum_and_its_activation(norm: str, kind: type[nn.Module]) -> None:
    network = Mlp(NUMBERS, 2, hidden=[7, 5], norm=norm)
    made: Any = kind
    bias = norm != "batch"  # which would take it out again
    first, second = nn.Linear(3, 7, bias=bias), nn.Linear(7, 5, bias=bias)
    layers = [first, made(7), nn.ReLU(), second, made(5), nn.ReLU(), nn.Linear(5, 2)]
    assert_close(network(*rows()), by_hand(network, layers), rtol=0, atol=0)


def test_dropout_stands_behind_the_activation() -> None:
    network = Mlp(NUMBERS, 2, hidden=[50, 50], activation="tanh", dropout=0.5)
    layers = [nn.Linear(3, 50), nn.Tanh(), nn.Dropout(), nn.Linear(50, 50), nn.Tanh(), nn.Dropout(), nn.Linear(50, 2)]
    torch.manual_seed(5)
    expected = by_hand(network, layers)
    torch.manual_seed(5)
    assert_close(network(*rows()), expected, rtol=0, atol=0)


def test_a_list_gives_each_layer_its_own_activation_and_dropout() -> None:
    network = Mlp(NUMBERS, 1, hidden=[4, 5, 6], activation=["relu", "tanh", "identity"], dropout=[0.1, 0, 0.3])
    kinds = [type(layer).__name__ for layer in network.layers]
    expected = ["Linear", "ReLU", "Dropout", "Linear", "Tanh", "Linear", "Identity", "Dropout", "Linear"]
    assert kinds == expected
    assert [layer.p for layer in network.layers if isinstance(layer, nn.Dropout)] == [0.1, 0.3]


def test_residual_layers_add_to_what_the_one_before_gives_where_widths_are_equal() -> None:
    network = Mlp(NUMBERS, 2, hidden=[3, 5, 5, 5, 4], activation="tanh", norm="layer", residual=True)  # 3 inputs
    first, second, third, fourth, fifth = ([nn.Linear(i, o), nn.LayerNorm(o), nn.Tanh()] for i, o in WIDTHS)
    reference = nn.ModuleList([*first, *second, *third, *fourth, *fifth, nn.Linear(4, 2)])
    pairs = zip(reference.state_dict(), network.layers.state_dict().values(), strict=True)
    reference.load_state_dict(dict(pairs))
    x = torch.randn(6, 3)
    expected = x
    for number, layer in enumerate((first, second, third, fourth, fifth)):
        skipped = expected if number in (2, 3) else 0
        expected = nn.Sequential(*layer)(expected) + skipped
    assert_close(network.layers(x), reference[-1](expected), rtol=0, atol=0)


WIDTHS = [(3, 3), (3, 5), (5, 5), (5, 5), (5, 4)]


def test_residual_draws_the_same_initial_weights() -> None:
    drawn = []
    for residual in (False, True):
        torch.manual_seed(0)
        network = Mlp(MIXED, 2, hidden=[6, 6, 6], dropout=0.1, init="kaiming", residual=residual)
        drawn.append([*network.parameters()])
    assert_close(drawn[0], drawn[1], rtol=0, atol=0)


@pytest.mark.parametrize("hidden", [[1], [10, 10], [3, 2, 1, 2], []])
@pytest.mark.parametrize("d_out", [1, 4])
@pytest.mark.parametrize("categorical", ["auto", "one_hot", "embedding"])
@pytest.mark.parametrize("norm", ["none", "batch", "layer", "rms"])
def test_it_gives_one_row_of_logits_for_each_row(hidden: list[int], d_out: int, categorical: str, norm: str) -> None:
    logits = Mlp(MIXED, d_out, hidden=hidden, categorical=categorical, norm=norm)(*rows())
    assert (logits.shape, logits.dtype) == ((12, d_out), torch.float32)
    assert logits.isfinite().all()


def test_a_table_of_categories_only_is_enough() -> None:
    network = Mlp(WORDS, 2, categorical="embedding", embedding_dim=3)
    assert network(torch.empty(5, 0), torch.tensor([[0], [1], [2], [3], [3]])).shape == (5, 2)


@pytest.mark.parametrize("categorical", ["auto", "one_hot", "embedding"])
def test_encoding_the_numbers_beforehand_changes_nothing(categorical: str) -> None:
    network, (x_num, x_cat) = Mlp(MIXED, 3, categorical=categorical), rows()
    assert network.from_encoded(network.numeric(x_num), x_cat).equal(network(x_num, x_cat))


@pytest.mark.parametrize("categorical", ["auto", "one_hot", "embedding"])
def test_a_missing_category_has_no_effect_at_the_start_and_one_once_it_is_learned(categorical: str) -> None:
    network = Mlp(MIXED, 2, categorical=categorical, activation="tanh")
    x_num = torch.zeros(2, 2)
    unseen_and_missing = torch.tensor([[0, 0], [MISSING, MISSING]])
    before = network(x_num, unseen_and_missing)
    assert_close(before[0], before[1])
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    network(x_num[1:], unseen_and_missing[1:]).sum().backward()
    optimizer.step()
    after = network(x_num, unseen_and_missing)
    assert (after[0] - after[1]).abs().max() > 1e-3


@pytest.mark.parametrize("categorical", ["auto", "one_hot", "embedding"])
def test_what_training_never_met_stays_without_effect(categorical: str) -> None:
    network = Mlp(MIXED, 2, categorical=categorical, activation="tanh")
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        network(torch.randn(4, 2), torch.full((4, 2), 2)).square().sum().backward()
        optimizer.step()
    never_met = network(torch.zeros(2, 2), torch.tensor([[0, 0], [MISSING, MISSING]]))
    assert_close(never_met[0], never_met[1])


def test_each_name_of_the_configuration_is_known_here() -> None:
    assert list(ACTIVATIONS) == list(KINDS)
    assert list(NORMS) == list(typing.get_args(Norm))
    assert ["none", *NORMS] == list(typing.get_args(Section.model_fields["norm"].annotation))


def test_build_hands_the_section_to_the_class() -> None:
    section = Section(hidden=[6], activation=["gelu"], norm="layer", categorical="embedding", embedding_dim=2)
    network = build(section.model_dump(), MIXED, 3)
    assert isinstance(network, Mlp)
    assert [type(layer) for layer in network.layers] == [nn.Linear, nn.LayerNorm, nn.GELU, nn.Linear]
    assert network(*rows()).shape == (12, 3)


def test_parameters_are_counted_without_what_was_fitted() -> None:
    network = build(Section(hidden=[10, 10]).model_dump(), NUMBERS, 3)
    assert parameter_count(network) == (3 * 10 + 10) + (10 * 10 + 10) + (10 * 3 + 3)
