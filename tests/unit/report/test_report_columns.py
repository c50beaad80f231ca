"""What a column does: cells as people write them, permutation importance, partial dependence, slices, worst rows."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence
from sklearn.metrics import root_mean_squared_error
from torch import Tensor

from src.data.columns import Columns
from src.data.encoders.categorical import Categorical
from src.data.encoders.datetimes import Datetime
from src.data.encoders.numeric import Numeric
from src.data.encoders.ordered import Ordered
from src.data.features import Features
from src.data.part import Part
from src.heads.head import Prediction
from src.inference import Predictor
from src.monitor import Monitor
from src.report.answered import Answered
from src.report.dependence import dependence, grid
from src.report.importance import importances, sample_for
from src.report.inputs import Column, columns_of
from src.report.slices import slices
from src.report.worst import Worst, written
from src.spec import InputSpec, OutputSpec
from src.task import Task

N = 80
MOMENTS = pl.Series("day", np.arange(N) * 36_000_000_000 * 24).cast(pl.Datetime("us"))  # every 10 days
ENCODERS = (
    Numeric("mass", 0.0, 1.0),
    Ordered("size", ("small", "medium", "large")),
    Datetime.fit(MOMENTS),
    Categorical("colour", ("blue", "red")),
)
PRICE = OutputSpec(("price",), Task.REGRESSION)


class Formula(Predictor):
    """In the place of a network: price = 10 mass + 3 (size is large) + 2 sin(day of the year) + (colour is red)."""

    def __init__(self) -> None:
        network: Any = SimpleNamespace(vectors=1, parameters=list)
        self.bundle: Any = SimpleNamespace(network=network)

    def predict_encoded(self, x_num: Tensor, x_cat: Tensor) -> Prediction:
        values = 10 * x_num[:, 0].nan_to_num() + 3 * (x_num[:, 1] == 2) + 2 * x_num[:, -2] + (x_cat[:, 0] == 3)
        return Prediction(values.double())


def features() -> Features:
    frame = pl.DataFrame({"mass": [0.5], "size": ["small"], "day": MOMENTS[:1], "colour": ["red"]})
    columns = Columns(("mass",), ("colour",), {}, {}, [], ("size",), {"day": "iso"})
    names = ["mass", "size", *ENCODERS[2].numbers(MOMENTS)]
    assert frame.columns == columns.names
    zero = tuple(0.0 for _ in names)
    return Features(columns, InputSpec(tuple(names), zero, zero, zero, (), ("colour",), (4,)), PRICE, ENCODERS)


@pytest.fixture(scope="module")
def columns() -> dict[str, Column]:
    return {column.name: column for column in columns_of(features())}


@pytest.fixture(scope="module")
def tested() -> Answered:
    rng = np.random.default_rng(0)
    numbers = [rng.uniform(size=N), rng.integers(0, 3, N), *ENCODERS[2].numbers(MOMENTS).values()]
    x_num = torch.from_numpy(np.stack(numbers, axis=1).astype(np.float32))
    x_num[0, 0] = math.nan
    x_cat = torch.from_numpy(rng.integers(0, 4, (N, 1)).astype(np.int32))
    said = Formula().predict_encoded(x_num, x_cat)
    y = said.point + torch.from_numpy(rng.normal(size=N)) + 9.0 * (x_cat[:, 0] == 2)
    return Answered(Part(x_num, x_cat, y, torch.arange(1, N + 1)), said, PRICE)


def test_all_inputs_of_a_column_are_known(columns: dict[str, Column]) -> None:
    assert [*columns] == ["mass", "size", "day", "colour"]
    assert [column.numbers for column in columns.values()] == [(0,), (1,), (2, 3, 4, 5, 6), ()]
    assert columns["colour"].code == 0


def test_cells_are_shown_as_they_are_in_the_table(columns: dict[str, Column], tested: Answered) -> None:
    part = Part(
        torch.tensor([[0.25, 2.0, *tested.part.x_num[3, 2:].tolist()], [math.nan] * 7]),
        torch.tensor([[3], [1]], dtype=torch.int32),
        torch.zeros(2),
        torch.arange(2),
    )
    cells = {name: [column.shown(each) for each in column.values(part).tolist()] for name, column in columns.items()}
    assert cells == {
        "mass": ["0.25", "missing"],
        "size": ["large", "missing"],
        "day": ["1970-01-31", "missing"],
        "colour": ["red", "missing"],
    }
    assert columns["colour"].shown(0.0) == "never seen in training"
    assert columns["colour"].shown(2.0) == "blue"


def test_importance_is_the_rise_of_the_error_when_all_inputs_of_a_column_are_permuted(
    columns: dict[str, Column], tested: Answered
) -> None:
    found = importances(tested, Formula(), [*columns.values()], 3, Monitor("rmse"))
    assert [each.column.name for each in found[:2]] == ["mass", "size"]
    assert found == importances(tested, Formula(), [*columns.values()], 3, Monitor("rmse"))
    generator = torch.Generator().manual_seed(0)
    orders = [torch.randperm(N, generator=generator) for _ in range(3)]
    before = root_mean_squared_error(tested.y, tested.prediction.point)
    for each in found:
        by_hand = []
        for order in orders:
            x_num, x_cat = tested.part.x_num.clone(), tested.part.x_cat.clone()
            for place in each.column.numbers:
                x_num[:, place] = x_num[order, place]
            if each.column.code is not None:
                x_cat[:, 0] = x_cat[order, 0]
            by_hand.append(root_mean_squared_error(tested.y, Formula().predict_encoded(x_num, x_cat).point) - before)
        assert each.drops == pytest.approx(by_hand)


def test_of_a_score_the_drop_is_the_importance(columns: dict[str, Column], tested: Answered) -> None:
    [of_r2] = importances(tested, Formula(), [columns["mass"]], 2, Monitor("r2", higher_is_better=True))
    assert of_r2.mean > 0


def test_a_network_with_more_weights_is_asked_about_fewer_rows(tested: Answered) -> None:
    large = Formula()
    large.bundle.network.parameters = lambda: [torch.empty(10_000, 10_000)]
    most = tested.at(torch.arange(N).repeat(10))
    assert len(sample_for(most, 5, Formula())) == 800
    assert len(sample_for(most, 5, large)) == 100


class Estimator(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The formula for scikit-learn, of rows of numbers and code."""

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, *_: Any) -> "Estimator":
        return self

    def predict(self, x: Any) -> Any:
        numbers = torch.from_numpy(x)
        return Formula().predict_encoded(numbers[:, :-1].float(), numbers[:, -1:].int()).point.numpy()


@pytest.mark.parametrize(("name", "place"), [("mass", 0), ("size", 1), ("colour", 7)])
def test_partial_dependence_is_scikit_learns(
    columns: dict[str, Column], tested: Answered, name: str, place: int
) -> None:
    values = grid(tested, columns[name])
    found = dependence(tested, Formula(), columns[name], values)
    x = np.concatenate([tested.part.x_num.numpy(), tested.part.x_cat.numpy()], axis=1).astype(np.float64)
    reference = partial_dependence(
        Estimator(), x, [place], custom_values={place: np.array(values)}, kind="both", method="brute"
    )
    assert found.mean[:, 0] == pytest.approx(reference["average"][0])
    low, high = np.quantile(reference["individual"][0], [0.1, 0.9], axis=0)
    assert found.low[:, 0] == pytest.approx(low)
    assert found.high[:, 0] == pytest.approx(high)
    assert found.rows.sum() == N - int(tested.part.x_num[:, 0].isnan().sum()) * (name == "mass") - int(
        (tested.part.x_cat == 1).sum()
    ) * (name == "colour")


def test_a_moment_moves_all_inputs_of_its_column(columns: dict[str, Column], tested: Answered) -> None:
    moment = float(MOMENTS.cast(pl.Int64)[9])
    x_num, _ = columns["day"].replaced(tested.part, [moment])
    assert x_num[:, 2:] == pytest.approx(tested.part.x_num[9, 2:].expand(N, 5), abs=1e-6)
    assert x_num[1:, :2].equal(tested.part.x_num[1:, :2])


def test_the_grid_has_quantiles_of_numbers_and_nothing_of_a_constant(
    columns: dict[str, Column], tested: Answered
) -> None:
    values = grid(tested, columns["mass"])
    assert len(values) == 20
    assert values == tuple(sorted(values))
    constant = tested.at(torch.zeros(5, dtype=torch.int64) + 1)
    assert grid(constant, columns["mass"]) == ()


def test_the_slice_with_other_errors_comes_first(columns: dict[str, Column], tested: Answered) -> None:
    found = slices(tested, [*columns.values()], 0.95)
    assert (found[0].column, found[0].values) == ("colour", "blue")
    assert found[0].apart > 3
    error = (tested.prediction.point - tested.y).abs()[tested.part.x_cat[:, 0] == 2]
    assert found[0].score.value == pytest.approx(error.mean().item())
    assert found[0].rows == len(error)
    assert {each.values for each in found if each.column == "size"} == {"small", "medium", "large"}
    quarters = [each.rows for each in found if each.column == "mass"]
    assert len(quarters) == 4
    assert sum(quarters) == N - 1  # one is missing, and too few to be told of
    assert all(each.rows >= 10 for each in found)


def test_the_worst_row_is_the_one_with_the_largest_error(columns: dict[str, Column], tested: Answered) -> None:
    heads, first, *_ = written(Worst.of(tested), [columns["mass"], columns["colour"]])
    assert heads == ["row", "truth", "prediction", "truth - prediction", "mass", "colour"]
    error = (tested.prediction.point - tested.y).abs()
    assert first[0] == str(int(error.argmax()) + 1)
    assert first[-1] == "blue"


def test_right_and_sure_answers_are_no_errors() -> None:
    kind = OutputSpec(("kind",), Task.BINARY, ("no", "yes"))
    probability = torch.tensor([[0.001, 0.999], [0.9, 0.1]]).double()
    part = Part(torch.empty(2, 0), torch.empty(2, 0), torch.tensor([1, 1]), torch.tensor([5, 6]))
    _, *rows = written(Worst.of(Answered(part, Prediction(probability.argmax(1), probability), kind)), [])
    assert rows == [["6", "yes", "no", "0.1"]]
