import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.testing import assert_close

from src.models import realmlp
from src.models.categorical import MISSING
from src.models.realmlp import ParametricActivation, RealMlp, Scale, Sums
from src.spec import InputSpec

MIXED = InputSpec(("a", "b"), (1.0, 2.0), (0.5, -1.0), (2.0, 3.0), (False, True), ("c", "d"), (4, 40))
NUMBERS = InputSpec(("a", "b"), (0.0,) * 2, (0.0,) * 2, (1.0,) * 2, (False,) * 2, (), ())


@pytest.fixture(autouse=True)
def _same_weights_each_time() -> None:
    torch.manual_seed(0)


def rows(n: int = 200) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    x_num = 3 * torch.randn(n, 2, generator=generator) + 1
    x_num[::7, 1] = float("nan")
    drawn = [torch.randint(2, size, (n, 1), generator=generator) for size in (4, 40)]
    return x_num, torch.cat(drawn, dim=1)


def fitted(**settings: object) -> RealMlp:
    network = RealMlp(MIXED, 3, **settings)  # type: ignore[arg-type]
    network.fit(*rows(), torch.zeros(200, 1))
    return network.eval()


def test_it_is_the_formula_of_the_paper() -> None:
    network = fitted(hidden=[6], activation="mish", numeric_embedding={"name": "none"})
    with torch.no_grad():
        for weight in network.layers.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    scale, first, act, _, last = network.layers
    assert isinstance(scale, Scale)
    assert isinstance(first, Sums)
    assert isinstance(act, ParametricActivation)
    assert isinstance(last, Sums)
    x = network.inputs(network.numeric(rows()[0]), rows()[1])
    assert x.shape == (200, 3 + 3 + 8)  # two numbers and an indicator; one-hot without "unseen"; a vector of 8
    h = (x * scale.weight) @ first.weight.T / 14**0.5 + first.bias
    h = h + act.alpha * (F.mish(h) - h)
    assert_close(network(*rows()), h @ last.weight.T / 6**0.5 + last.bias)


def test_an_activation_starts_as_itself_and_may_become_the_sum() -> None:
    x, activation = torch.randn(5, 4), ParametricActivation("selu", 4)
    assert activation(x).equal(F.selu(x))
    torch.nn.init.zeros_(activation.alpha)
    assert activation(x).equal(x)


@pytest.mark.parametrize("d_in", [4, 64, 1024])
def test_sums_start_equally_large_whatever_the_width(d_in: int) -> None:
    assert_close(Sums(d_in, 500)(torch.randn(300, d_in)).std(), torch.tensor(2.0).sqrt(), rtol=0.1, atol=0)


def test_fitted_sums_have_deviation_one_and_are_zero_among_the_rows() -> None:
    network = fitted(hidden=[50, 40])
    x = network.inputs(network.numeric(rows()[0]), rows()[1])
    seen = 0
    for layer in network.layers:
        out = layer(x)
        if isinstance(layer, Sums):
            seen += 1
            assert_close(out.std(0, correction=0), torch.ones(out.shape[1]))
            assert (out.amin(0) < 0).all()
            assert (out.amax(0) > 0).all()
            assert (out.mean(0).abs() > 0.3).any()  # not simply their mean
        x = out
    assert seen == 3


def test_columns_that_say_nothing_are_not_made_large() -> None:
    layer = Sums(3, 10)
    layer.fit(torch.full((20, 3), 0.1))
    assert layer.weight.isfinite().all()
    assert layer.weight.abs().max() < 10
    assert layer.bias.isfinite().all()


def test_the_start_comes_from_rows_of_the_whole_table_where_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Tensor] = []
    network = RealMlp(NUMBERS, 1, hidden=[64], numeric_embedding={"name": "none"})
    network.layers[0].register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0]))
    monkeypatch.setattr(realmlp, "_MOST_CELLS", 50 * 64)
    x_num = rows()[0].nan_to_num()
    network.fit(x_num, torch.empty(200, 0, dtype=torch.int64), torch.zeros(200, 1))
    assert_close(seen, [x_num[::4]])


def test_a_missing_category_has_no_effect_after_the_fit_either() -> None:
    network = fitted(hidden=[8])
    logits = network(torch.zeros(2, 2), torch.tensor([[0, 0], [MISSING, MISSING]]))
    assert_close(logits[0], logits[1], rtol=0, atol=0)


def test_bins_of_an_embedding_are_fitted_before_the_layers() -> None:
    network = RealMlp(NUMBERS, 1, hidden=[8], numeric_embedding={"name": "piecewise_linear", "n_bins": 4})
    x_num = rows()[0].nan_to_num()
    network.fit(x_num, torch.empty(200, 0, dtype=torch.int64), torch.zeros(200, 1))
    assert network.embedding is not None
    x = network.inputs(network.numeric(x_num), torch.empty(200, 0, dtype=torch.int64))
    assert_close(network.layers[1](network.layers[0](x)).std(0, correction=0), torch.ones(8))
