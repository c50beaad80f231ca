"""Each embedding beside that of its authors, and what holds for all of them inside a network."""

import inspect
import math
import typing
from typing import Any

import pytest
import rtdl_num_embeddings
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from src.config import numeric_embedding as config
from src.models.mlp import Mlp
from src.models.numeric_embedding import NONE, Embedding, embedding_of
from src.models.pbld import Pbld
from src.models.periodic import Periodic
from src.models.piecewise_linear import PiecewiseLinear
from src.spec import InputSpec

INPUT = InputSpec(("a", "b"), (1.0, 2.0), (0.5, -1.0), (2.0, 3.0), (False, True), ("c",), (4,))
SECTIONS: dict[str, Any] = {
    section.model_fields["name"].default: section for section in typing.get_args(typing.get_args(config.Kind)[0])
}
KINDS = {"periodic": Periodic, "pbld": Pbld, "piecewise_linear": PiecewiseLinear}
EVERY = pytest.mark.parametrize("name", KINDS)


def numbers(rows: int = 300) -> Tensor:
    """Of five columns one has two values and one three."""
    torch.manual_seed(0)
    x = torch.randn(rows, 5)
    x[:, 3], x[:, 4] = (x[:, 3] > 0).float(), x[:, 4].sign() * (x[:, 4].abs() > 1)
    return x


def same(ours: nn.Module, theirs: nn.Module, x: Tensor) -> None:
    """Outputs and the gradient that reaches the weights; those are listed in the same order."""
    out, expected = ours(x), theirs(x)
    assert_close(out, expected, rtol=1e-5, atol=1e-5)
    for each in (out, expected):
        (each * torch.linspace(-1, 1, each.numel()).view_as(each)).sum().backward()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.grad is not None
        assert other.grad is not None
        assert_close(mine.grad.norm(), other.grad.norm(), rtol=1e-4, atol=1e-6)


def take(ours: nn.Module, theirs: nn.Module) -> None:
    with torch.no_grad():
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            mine.copy_(other.view_as(mine))


def test_keys_are_the_arguments_of_the_classes_with_the_same_defaults() -> None:
    assert set(SECTIONS) == {"none", *KINDS}
    assert dict(NONE) == config.NoEmbedding().model_dump()
    for name, kind in KINDS.items():
        arguments = list(inspect.signature(kind).parameters.values())[1:]
        assert SECTIONS[name]().model_dump() == {"name": name, **{each.name: each.default for each in arguments}}


@pytest.mark.parametrize("lite", [False, True])
@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_periodic_equals_that_of_its_authors(lite: bool, activation: str) -> None:
    if lite and activation == "identity":
        with pytest.raises(ValueError, match="one weighted sum of all; take relu"):
            config.Periodic(lite=True, activation="identity")
        return
    theirs = rtdl_num_embeddings.PeriodicEmbeddings(
        5, 6, n_frequencies=7, frequency_init_scale=0.3, lite=lite, activation=activation == "relu"
    )
    ours = Periodic(5, n_frequencies=7, frequency_scale=0.3, d_embedding=6, lite=lite, activation=activation)
    take(ours, theirs)
    same(ours, theirs, numbers())


@pytest.mark.filterwarnings("ignore:The .-th feature has just two bin edges")
@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("n_bins", [2, 9, 48])
def test_piecewise_linear_equals_that_of_its_authors(activation: str, n_bins: int) -> None:
    x = numbers()
    bins = [rtdl_num_embeddings.compute_bins(column[:, None], n_bins)[0] for column in x.T]
    theirs = rtdl_num_embeddings.PiecewiseLinearEmbeddings(bins, 6, activation=activation == "relu", version="B")
    ours = PiecewiseLinear(5, n_bins=n_bins, d_embedding=6, activation=activation)
    ours.fit(x, torch.empty(len(x), 1))
    nn.init.normal_(theirs.linear.weight)
    with torch.no_grad():
        ours.slope.copy_(theirs.linear0.weight)
        ours.bias.copy_(theirs.linear0.bias.flatten())
        for j, borders in enumerate(bins):  # theirs has the last bin of each column at the end
            last = len(borders) - 2
            ours.weight[j, :last] = theirs.linear.weight[j, :last]
            ours.weight[j, last] = theirs.linear.weight[j, -1]
    beyond = torch.cat([x, 5 * x])
    same(ours, theirs, beyond)


def test_pbld_is_the_formula_of_the_paper() -> None:
    ours, x = Pbld(5, n_frequencies=7, d_embedding=4), numbers()
    phase, weight, bias = ours.phase.view(5, 7), ours.layer.weight, ours.layer.bias.view(5, 3)
    waves = torch.cos(2 * math.pi * ours.frequency * x[:, :, None] + phase)
    linear = torch.einsum("ncf,cfd->ncd", waves, weight) + bias
    assert_close(ours(x), torch.cat([linear, x[:, :, None]], dim=2), rtol=1e-4, atol=1e-5)
    assert ours.phase.abs().max() <= math.pi
    assert Pbld(2000, frequency_scale=0.3).frequency.std().item() == pytest.approx(0.3, rel=0.05)


def test_a_number_lights_the_bins_before_it_and_its_share_of_its_own() -> None:
    made = PiecewiseLinear(2, n_bins=4)
    made.set_borders([torch.tensor([0.0, 1.0, 3.0, 4.0]), torch.tensor([5.0])])
    x = torch.tensor([[2.0, 5.0], [-1.0, 6.0], [6.0, -9.0]])
    of_first, of_constant = made.encoded(x)
    assert of_first.tolist() == [[1.0, 0.5, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 3.0, 0.0]]
    assert not of_constant.any()


def test_bins_come_back_with_the_weights() -> None:
    fitted, fresh = PiecewiseLinear(5, n_bins=9), PiecewiseLinear(5, n_bins=9)
    fitted.fit(numbers(), torch.empty(300, 1))
    fresh.load_state_dict(fitted.state_dict())
    assert fresh.encoded(numbers()).equal(fitted.encoded(numbers()))
    assert not fresh.encoded(numbers()).equal(PiecewiseLinear(5, n_bins=9).encoded(numbers()))


def test_of_what_has_many_columns_a_tree_sees_the_first_rows() -> None:
    x, y = numbers(300)[:, :1], torch.eye(300)
    some, all_rows = (PiecewiseLinear(1, bins_by="target", min_samples_leaf=20) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("src.models.piecewise_linear._MOST_CELLS", 300 * 100)
        some.fit(x, y)
    all_rows.fit(x[:100], y[:100])
    assert some.left.equal(all_rows.left)


def network(section: dict[str, Any]) -> Mlp:
    torch.manual_seed(0)
    return Mlp(INPUT, 2, numeric_embedding=section)


def rows(n: int = 40) -> tuple[Tensor, Tensor]:
    x_num = torch.randn(n, 2, generator=torch.Generator().manual_seed(1))
    x_num[1, 0] = x_num[2, 1] = float("nan")
    return x_num, torch.arange(n)[:, None] % 4


@EVERY
def test_numbers_are_embedded_and_what_stands_beside_them_is_not(name: str) -> None:
    made = network({"name": name, "d_embedding": 5})
    seen: list[Tensor] = []
    made.layers[0].register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    x_num, x_cat = rows()
    logits = made(x_num, x_cat)
    encoded = made.numeric(x_num)
    embedding: Embedding | None = made.embedding
    assert embedding is not None
    assert made.d_in == 5 + 5 + 1 + 3
    assert seen[0][:, :10].equal(embedding(encoded[:, :2]).flatten(1))
    assert seen[0][:, 10].equal(encoded[:, 2])
    assert seen[0][:, 11:].sum(1).tolist() == (x_cat[:, 0] > 0).float().tolist()
    assert logits.isfinite().all()


@EVERY
def test_every_weight_of_an_embedding_learns(name: str) -> None:
    made = network({"name": name})
    if made.learns_from_rows:
        made.fit(*rows(), torch.empty(40, 1))
    made(*rows()).square().sum().backward()
    for key, weight in made.named_parameters():
        assert weight.grad is not None, key
        assert weight.grad.abs().max() > 1e-7, key


@EVERY
def test_a_row_is_embedded_alike_alone_and_among_others(name: str) -> None:
    made, x = embedding_of(5, {"name": name}), numbers()
    assert made is not None
    assert_close(made(x)[:1], made(x[:1]))


@EVERY
def test_of_the_largest_numbers_and_the_narrowest_bins_nothing_overflows(name: str) -> None:
    made = network({"name": name})
    if made.learns_from_rows:
        x_num = torch.tensor([[0.0, 0.0], [1e-44, 1e-44], [1e-20, 2e-20], [1.0, 1.0]]).repeat(10, 1)
        made.fit(x_num, rows()[1], torch.empty(40, 1))
    largest = torch.tensor([[3e38, 3e38], [-3e38, -3e38], [0.0, 0.0], [1e-44, 1e-20]])
    assert made(largest, rows(4)[1]).isfinite().all()


@EVERY
def test_a_table_without_numbers_has_nothing_to_embed(name: str) -> None:
    words = InputSpec((), (), (), (), (), ("c",), (4,))
    made = Mlp(words, 2, numeric_embedding={"name": name})
    assert (made.embedding, made.learns_from_rows, made.d_in) == (None, False, 3)


def test_only_bins_are_fitted_on_rows() -> None:
    assert [network({"name": name}).learns_from_rows for name in ("none", *KINDS)] == [False, False, False, True]


@EVERY
def test_a_gradient_reaches_the_number_itself(name: str) -> None:
    made, x = embedding_of(5, {"name": name}), numbers().requires_grad_()
    assert made is not None
    made(x).square().sum().backward()
    assert x.grad is not None
    assert x.grad.abs().min() > 0


def test_no_embedding_leaves_the_weights_of_a_network_as_they_were() -> None:
    torch.manual_seed(0)
    plain = Mlp(INPUT, 2)
    for mine, other in zip(network({"name": "none"}).parameters(), plain.parameters(), strict=True):
        assert mine.equal(other)
