import numpy as np
import pytest
import torch
from sklearn.preprocessing import QuantileTransformer
from torch.testing import assert_close

from src.data.target_units import fit_units
from src.outputs import averaged, head_of, predicted
from src.spec import OutputSpec
from src.task import Task
from src.units import from_standard, to_standard

Y = torch.tensor([-1e4, -0.5, 0.0, 3.0, 1e5], dtype=torch.float64)
TWO = torch.stack([Y, Y.flip(0) / 7], 1)


def spec(transform: str, y: torch.Tensor) -> OutputSpec:
    columns = y.reshape(len(y), -1).numpy()
    names = tuple(f"y{j}" for j in range(columns.shape[1]))
    return OutputSpec(names, Task.REGRESSION, **fit_units(columns, transform))


@pytest.mark.parametrize("y", [Y, TWO])
@pytest.mark.parametrize("transform", ["none", "standard", "log"])
def test_the_inverse_gives_the_target_back(transform: str, y: torch.Tensor) -> None:
    output = spec(transform, y)
    standard = to_standard(y, output)
    assert standard.dtype == torch.float32
    assert standard.shape == (5, output.d_out)
    assert_close(from_standard(standard, output), y, rtol=1e-5, atol=2e-3)


def test_several_targets_have_units_of_their_own() -> None:
    standard = to_standard(TWO, spec("standard", TWO)).double()
    assert_close(standard.mean(0), torch.zeros(2, dtype=torch.float64), atol=1e-6, rtol=0)
    assert_close(standard.std(0, correction=0), torch.ones(2, dtype=torch.float64), atol=1e-6, rtol=0)


def skewed(rows: int) -> torch.Tensor:
    generator = np.random.default_rng(0)
    return torch.from_numpy(np.stack([generator.lognormal(size=rows), generator.integers(0, 9, rows) ** 2.0], 1))


@pytest.mark.parametrize("rows", [9, 500, 3000])
def test_places_in_a_normal_distribution_equal_scikit_learn(rows: int) -> None:
    y = skewed(rows)
    output = spec("quantile", y)
    reference = QuantileTransformer(n_quantiles=min(1000, rows), output_distribution="normal", subsample=None).fit(y)
    inside = (y > y.amin(0)) & (y < y.amax(0))  # at the ends, equal values get the middle of their places here
    found = to_standard(y, output)
    assert_close(found[inside], torch.from_numpy(reference.transform(y)).float()[inside], atol=1e-5, rtol=0)
    assert_close(found[:, :1], torch.from_numpy(reference.transform(y)).float()[:, :1], atol=1e-4, rtol=0)
    z = torch.linspace(-4, 4, 101)[:, None].expand(-1, 2)
    expected = torch.from_numpy(reference.inverse_transform(z.double().numpy()))
    assert_close(from_standard(z, output), expected, atol=1e-6, rtol=1e-5)


def test_places_lead_back_and_none_lies_beyond_the_ends() -> None:
    y = skewed(3000)
    output = spec("quantile", y)
    assert_close(from_standard(to_standard(y, output), output), y, atol=2e-3, rtol=2e-3)
    far = from_standard(torch.tensor([[-50.0, -50.0], [50.0, 50.0]]), output)
    assert far.equal(torch.stack([y.amin(0), y.amax(0)]))
    assert to_standard(y * 1e3, output).abs().max() < 5.3


def test_a_value_that_many_rows_share_gets_the_middle_of_their_places() -> None:
    y = torch.tensor([0.0] * 50 + list(range(1, 51)), dtype=torch.float64)
    z = to_standard(y, spec("quantile", y))
    assert z[0].item() == pytest.approx(torch.special.ndtri(torch.tensor(24.5 / 99)).item(), abs=1e-5)


def test_probabilities_are_those_of_softmax_and_sigmoid_in_64_bits() -> None:
    logits = torch.tensor([[0.5, -2.0, 30.0], [-90.0, 0.0, 90.0]])
    three = OutputSpec(("y",), Task.MULTICLASS, ("a", "b", "c"))
    assert predicted(logits, three).probability.equal(torch.softmax(logits.double(), 1))
    one = torch.tensor([[0.0], [2.0], [-700.0], [700.0]])
    both = predicted(one, OutputSpec(("y",), Task.BINARY, ("no", "yes"))).probability
    assert_close(both[:, 1], torch.sigmoid(one.double())[:, 0])
    assert_close(both.sum(1), torch.ones(4, dtype=torch.float64))
    labels = predicted(logits, OutputSpec(("a", "b", "c"), Task.MULTILABEL))
    assert labels.probability.equal(torch.sigmoid(logits.double()))


def test_the_width_of_the_output_follows_from_the_task() -> None:
    widths = [
        OutputSpec(("y",), Task.BINARY, ("no", "yes")).d_out,
        OutputSpec(("y",), Task.MULTICLASS, ("a", "b", "c")).d_out,
        OutputSpec(("y",), Task.REGRESSION).d_out,
        OutputSpec(("a", "b"), Task.REGRESSION).d_out,
        OutputSpec(("a", "b", "c", "d"), Task.MULTILABEL).d_out,
    ]
    assert widths == [1, 3, 1, 2, 4]


def test_a_spec_is_what_was_written_and_one_of_an_older_bundle_too() -> None:
    for output in (spec("quantile", TWO), spec("log", Y), OutputSpec(("y",), Task.BINARY, ("no", "yes"))):
        assert OutputSpec.from_dict(output.to_dict()) == output
    old = {"target": "y", "task": "regression", "classes": [], "center": 7.0, "scale": 2.0}
    assert OutputSpec.from_dict(old) == OutputSpec(("y",), Task.REGRESSION, center=(7.0,), scale=(2.0,))
    old = {"target": "y", "task": "binary", "classes": ["no", "yes"], "center": 0.0, "scale": 1.0, "log": False}
    assert OutputSpec.from_dict(old) == OutputSpec(("y",), Task.BINARY, ("no", "yes"), (0.0,), (1.0,))


MEMBERS = [
    OutputSpec(("kind",), Task.BINARY, ("x", "y")),
    OutputSpec(("kind",), Task.MULTICLASS, ("x", "y", "z")),
    OutputSpec(("one", "other"), Task.MULTILABEL),
]


@pytest.mark.parametrize("output", MEMBERS, ids=lambda output: str(output.task))
@pytest.mark.parametrize("size", [1, 60])
def test_members_answer_with_the_mean_of_their_probabilities(output: OutputSpec, size: float) -> None:
    logits = size * torch.randn(7, 4, output.d_out, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mean = torch.stack([predicted(each, output).probability for each in logits.unbind(1)]).mean(0)
    assert_close(predicted(averaged(logits, output), output).probability, mean, rtol=1e-9, atol=0)


def test_members_answer_with_the_mean_of_their_values() -> None:
    output = spec("standard", TWO)
    values = torch.randn(7, 4, 2, generator=torch.Generator().manual_seed(0))
    mean = torch.stack([predicted(each, output).point for each in values.unbind(1)]).mean(0)
    assert_close(predicted(averaged(values, output), output).point, mean, rtol=1e-6, atol=1e-2)


@pytest.mark.parametrize("output", [*MEMBERS, spec("log", TWO)], ids=lambda output: str(output.task))
def test_the_point_alone_is_that_of_the_whole_prediction(output: OutputSpec) -> None:
    logits = 3 * torch.randn(50, output.d_out, generator=torch.Generator().manual_seed(0))
    assert head_of(output).point(logits).equal(predicted(logits, output).point)


def test_a_network_of_one_answers_for_itself() -> None:
    logits = torch.randn(7, 3)
    assert averaged(logits, MEMBERS[1]) is logits
