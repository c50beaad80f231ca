from typing import Any

import pytest
import rtdl_num_embeddings
import tabm
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.testing import assert_close

from src.models.dropout import Dropout
from src.models.tabm import Layer, TabM
from src.spec import InputSpec

NUMBERS = InputSpec(("a", "b", "c"), (0.0,) * 3, (0.0,) * 3, (1.0,) * 3, (False,) * 3, (), ())
MIXED = InputSpec(("a", "b"), (0.0,) * 2, (0.0,) * 2, (1.0,) * 2, (True, False), ("c", "d"), (4, 40))
SETTINGS: dict[str, Any] = {"n_blocks": 3, "d_block": 8}
NAMES = {"mini": "tabm-mini", "full": "tabm"}
PIECES: dict[str, Any] = {"name": "piecewise_linear", "n_bins": 6, "d_embedding": 5}
FORMS = pytest.mark.parametrize("form", NAMES)


def rows(n: int = 40) -> tuple[Tensor, Tensor]:
    return torch.randn(n, 3, generator=torch.Generator().manual_seed(2)), torch.empty(n, 0, dtype=torch.int64)


def ours(form: str = "full", input: InputSpec = NUMBERS, **settings: Any) -> TabM:
    torch.manual_seed(0)
    return TabM(input, 2, **{"members": 4, "form": form, "dropout": 0.0, **SETTINGS, **settings})


def theirs(form: str, embeddings: nn.Module | None) -> nn.Module:
    """The authors' network with weights of its own, adapters included."""
    torch.manual_seed(1)
    scaling = "normal" if embeddings else "random-signs"
    made: nn.Module = tabm.TabM.make(
        n_num_features=3, d_out=2, k=4, arch_type=NAMES[form], num_embeddings=embeddings, dropout=0.0, **SETTINGS,
        start_scaling_init=scaling,
    )  # fmt: skip
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return made


def copy_layers(network: TabM, reference: Any, form: str) -> None:
    state = {key: value for key, value in reference.state_dict().items() if not key.startswith("num_module")}
    first = {"mini": "backbone.affine.weight", "full": "backbone.blocks.0.0.r"}[form]
    ours = dict(network.layers.named_parameters())
    with torch.no_grad():
        ours.pop("0.r").copy_(state.pop(first))
        for index in range(SETTINGS["n_blocks"]):
            for key in ("weight", "bias", "r", "s"):
                if (mine := ours.pop(f"{2 * index}.{key}", None)) is not None:
                    mine.copy_(state.pop(f"backbone.blocks.{index}.0.{key}").view_as(mine))
        heads = f"{2 * SETTINGS['n_blocks']}"
        ours.pop(f"{heads}.weight").copy_(state.pop("output.weight").mT)
        ours.pop(f"{heads}.bias").copy_(state.pop("output.bias").flatten())
    assert (ours, state) == ({}, {})


def gradients(network: nn.Module, logits: Tensor) -> list[float]:
    """Sizes of the gradients of all weights, in ascending order."""
    logits.square().sum().backward()  # type: ignore[no-untyped-call]
    found = [float(weight.grad.norm()) for weight in network.parameters() if weight.grad is not None]
    assert len(found) == len(list(network.parameters()))
    return sorted(found)


@FORMS
@pytest.mark.parametrize("n", [5, 40])
def test_it_equals_the_authors_network_on_the_same_weights(form: str, n: int) -> None:
    reference = theirs(form, None)
    network = ours(form)
    copy_layers(network, reference, form)
    x_num, x_cat = rows(n)
    logits, expected = network(x_num, x_cat), reference(x_num)
    assert logits.shape == (n, 4, 2)
    assert_close(logits, expected, atol=1e-6, rtol=1e-5)
    assert gradients(network, logits) == pytest.approx(gradients(reference, expected), rel=1e-4)


@FORMS
@pytest.mark.parametrize("n", [5, 40])
def test_it_equals_the_authors_network_with_piecewise_linear_embeddings(form: str, n: int) -> None:
    """Less or more rows than neurons: the members' first products are worked out in another way."""
    x_num, x_cat = rows()
    bins = rtdl_num_embeddings.compute_bins(x_num, n_bins=6)
    embeddings = rtdl_num_embeddings.PiecewiseLinearEmbeddings(bins, 5, activation=False, version="B")
    reference: Any = theirs(form, embeddings)
    network: Any = ours(form, numeric_embedding=PIECES)
    network.fit(x_num, x_cat, torch.empty(40, 1))
    copy_layers(network, reference, form)
    with torch.no_grad():
        network.embedding.slope.copy_(embeddings.linear0.weight)
        network.embedding.bias.copy_(embeddings.linear0.bias.flatten())
        network.embedding.weight.copy_(embeddings.linear.weight)
    logits, expected = network(x_num[:n], x_cat[:n]), reference(x_num[:n])
    assert_close(logits, expected, atol=1e-6, rtol=1e-5)
    assert gradients(network, logits) == pytest.approx(gradients(reference, expected), rel=1e-4)


@FORMS
def test_weights_start_as_those_of_the_authors(form: str) -> None:
    """By size, since the draws come in another order."""
    wide: dict[str, Any] = {"n_blocks": 2, "d_block": 64, "dropout": 0.0}
    network = ours(form, **wide, members=32)
    reference: Any = tabm.TabM.make(n_num_features=3, d_out=2, k=32, arch_type=NAMES[form], **wide)

    def spread(weights: Any) -> list[float]:
        return sorted(float(weight.detach().square().mean().sqrt()) for weight in weights)

    assert spread(network.parameters()) == pytest.approx(spread(reference.parameters()), rel=0.35)


@FORMS
@pytest.mark.parametrize("embedding", [{"name": "none"}, PIECES])
def test_members_start_apart_only_by_one_number_for_each_column(form: str, embedding: dict[str, Any]) -> None:
    network = ours(form, MIXED, numeric_embedding=embedding, members=32)
    first = network.layers[0]
    assert isinstance(first, Layer)
    assert network.widths == ([1, 1, 1, 3, 13] if embedding["name"] == "none" else [5, 5, 1, 3, 13])
    for column in torch.split(first.r, network.widths, dim=1):
        assert column.equal(column[:, :1].expand_as(column))
        numbers = torch.tensor(sorted({*column[:, 0].tolist()}))
        assert (numbers.tolist() == [-1.0, 1.0]) == (embedding["name"] == "none")
        assert len(numbers) == (2 if embedding["name"] == "none" else 32)
    for name, weight in network.layers.named_parameters():
        if name.endswith((".r", ".s")) and name != "0.r":
            assert weight.equal(torch.ones_like(weight))
        if form == "full" and name in ("0.bias", "2.bias"):
            assert weight.view(32, 8).equal(weight.view(32, 8)[:1].expand(32, 8))


@FORMS
def test_dropout_differs_between_members(form: str) -> None:
    network = ours(form, dropout=0.5).train()
    assert sum(isinstance(layer, Dropout) for layer in network.layers) == 3
    with torch.no_grad():
        network.layers[0].r.fill_(1.0)  # type: ignore[operator]
        network.layers[-1].weight[:] = network.layers[-1].weight[0]  # type: ignore[index,operator]
        network.layers[-1].bias.fill_(0.0)  # type: ignore[operator]
    assert not network(*rows())[:, 0].allclose(network(*rows())[:, 1])
    assert network.eval()(*rows())[:, 0].allclose(network(*rows())[:, 1], atol=1e-6)


@FORMS
def test_it_learns_a_batch_by_heart(form: str) -> None:
    network = ours(form).train()
    x_num, x_cat = rows(12)
    y = torch.arange(12) % 2
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(200):
        optimizer.zero_grad()
        F.cross_entropy(network(x_num, x_cat).flatten(0, 1), y.repeat_interleave(4)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert network(x_num, x_cat).argmax(2).eq(y[:, None]).all()


@FORMS
@pytest.mark.parametrize("activation", ["relu", "softplus"])
def test_in_half_precision_it_gives_and_learns_about_the_same(form: str, activation: str) -> None:
    network = ours(form, activation=activation)
    exact = network(*rows())
    expected = gradients(network, exact)
    for weight in network.parameters():
        weight.grad = None
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(*rows()).float()
    assert not logits.equal(exact)
    assert_close(logits, exact, atol=0.03, rtol=0.03)
    assert gradients(network, logits) == pytest.approx(expected, rel=0.1)
