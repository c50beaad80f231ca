"""Kinds of columns, against scikit-learn where it has them."""

import json
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from src.config.categories import Categories
from src.data.encoders.categorical import Categorical
from src.data.encoders.datetimes import Datetime
from src.data.encoders.kinds import encoder_from_dict
from src.data.encoders.numeric import Numeric
from src.data.encoders.ordered import Ordered
from src.errors import DataError
from tests.unit.data.fitted import fitted

SIZES = ["small", "medium", "large"]
HOUR = timedelta(hours=1)
START = datetime(2024, 1, 1)  # a Monday


def column(*cells: Any) -> pl.Series:
    return pl.Series("c", cells)


def moments(*hours: float | None) -> pl.Series:
    cells = [None if each is None else START + each * HOUR for each in hours]
    return pl.Series("t", cells, pl.Datetime("us"))


def test_ordered_values_are_the_places_of_scikit_learn() -> None:
    cells = column("large", "small", "medium", "huge", "large")
    reference = OrdinalEncoder(categories=[SIZES], handle_unknown="use_encoded_value", unknown_value=np.nan)
    expected = reference.fit(cells.to_numpy()[:3].reshape(-1, 1)).transform(cells.to_numpy().reshape(-1, 1))
    assert_allclose(Ordered.fit(cells, SIZES).numbers(cells)["c"], expected[:, 0])


def test_a_value_without_a_place_is_missing_and_noted() -> None:
    encoder = Ordered("c", tuple(SIZES))
    assert np.isnan(encoder.numbers(column("huge"))["c"]).all()
    assert encoder.odd(column("huge", None, "small")) == 1
    assert encoder.note(1) == "c is not one of small, medium, large in 1 row(s)"
    assert encoder.odd(column(None, "small")) == 0


@pytest.mark.parametrize("missing", ["median", "mean", "most_frequent", -7.5])
def test_missing_numbers_are_replaced_as_by_scikit_learn(missing: str | float) -> None:
    cells = np.random.default_rng(0).integers(0, 5, (40, 2)).astype(np.float64)
    cells[[3, 8], 0] = cells[5, 1] = np.nan
    table = pl.DataFrame(cells, ["a", "b"], nan_to_null=True)
    strategy, fill = (missing, None) if isinstance(missing, str) else ("constant", missing)
    reference = SimpleImputer(strategy=strategy, fill_value=fill).fit(cells).statistics_.astype(float)
    features = fitted(table, columns={"numeric": ["a", "b"]}, missing={"numeric": missing})
    assert_allclose(features.input.impute, reference, rtol=1e-12)
    features = fitted(table, columns={"numeric": ["a", "b"]}, missing={"columns": {"b": missing}})
    assert_allclose(features.input.impute[1], reference[1], rtol=1e-12)


def test_a_missing_place_is_replaced_by_that_of_a_value_or_by_a_statistic() -> None:
    table = pl.DataFrame({"c": ["large", "large", "small", None]})
    columns = {"ordered": {"c": SIZES}}
    places = [({}, 2.0), ({"columns": {"c": "medium"}}, 1.0), ({"numeric": "mean"}, 4 / 3), ({"numeric": 9}, 2.0)]
    for missing, place in places:
        assert fitted(table, columns=columns, missing=missing).input.impute == pytest.approx((place,))


def test_the_most_frequent_category_is_that_of_scikit_learn() -> None:
    cells = column("b", "a", None, "b", "a", "c")
    reference = SimpleImputer(strategy="most_frequent", missing_values=None).fit(cells.to_numpy().reshape(-1, 1))
    encoder = Categorical.fit(cells, "most_frequent")
    assert encoder.filling == reference.statistics_[0] == "a"
    assert encoder.codes(cells).tolist() == [3, 2, 2, 3, 2, 4]


def test_a_missing_category_may_become_another_one() -> None:
    encoder = Categorical.fit(column("b", None), "unknown")
    assert encoder.vocabulary == ("b", "unknown")
    assert encoder.codes(column(None, "b")).tolist() == [3, 2]
    assert Categorical.fit(column("b", "b"), "unknown").codes(column(None)).tolist() == [0]


@pytest.mark.parametrize("limits", [{"min_count": 3}, {"max_values": 2}, {"min_count": 2, "max_values": 3}])
def test_rare_categories_are_those_of_scikit_learn(limits: dict[str, int]) -> None:
    words = ["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"] * 2 + ["e"]
    most = None if "max_values" not in limits else limits["max_values"] + 1  # with the one for the rare ones
    cells = np.array(words).reshape(-1, 1)
    reference = OneHotEncoder(min_frequency=limits.get("min_count"), max_categories=most).fit(cells)
    encoder = Categorical.fit(column(*words), "own", Categories(**limits))
    rare = [] if reference.infrequent_categories_[0] is None else list(reference.infrequent_categories_[0])
    assert [*encoder.vocabulary, *rare] == ["a", "b", "c", "d", "e"]
    assert encoder.rare == len(rare)
    assert encoder.codes(column("e")).tolist() == [0]


def test_only_rare_categories_are_refused() -> None:
    with pytest.raises(DataError, match=r"column 'c': no value occurs in 3 train rows; leave the column out or lower"):
        Categorical.fit(column("a", "b"), "own", Categories(min_count=3))


def test_dates_are_days_since_the_first_one_and_places_in_the_cycles_they_went_through() -> None:
    hours = [0.0, 6.0, 24.0 * 3, 24.0 * 400 + 18]
    encoder = Datetime.fit(moments(*hours))
    inputs = encoder.numbers(moments(*hours))
    assert list(inputs) == [
        "t.elapsed_days",
        *(f"t.{cycle}_{f}" for cycle in ("time_of_day", "day_of_week", "day_of_year") for f in ("sin", "cos")),
    ]
    assert_allclose(inputs["t.elapsed_days"], np.array(hours) / 24)
    assert_allclose(inputs["t.time_of_day_sin"], [0, 1, 0, -1], atol=1e-12)
    assert_allclose(inputs["t.time_of_day_cos"], [1, 0, 1, 0], atol=1e-12)
    weekdays = np.array([0, 0, 3, 400 % 7])
    assert_allclose(inputs["t.day_of_week_sin"], np.sin(2 * np.pi * weekdays / 7), atol=1e-12)
    days = np.array([0, 0, 3, 34])  # 2024 has 366
    assert_allclose(inputs["t.day_of_year_cos"], np.cos(2 * np.pi * days / 365.25), atol=1e-12)


@pytest.mark.parametrize(
    ("hours", "cycles"),
    [
        ([0, 5, 23], ()),  # within a day the clock says what the days say
        ([0, 24, 48], ()),  # always midnight
        ([0, 5, 30], ("time_of_day",)),
        ([0, 24, 24 * 8], ("day_of_week",)),
        ([0, 24 * 7, 24 * 14], ()),  # always Monday
        ([0, 24 * 364, 24 * 1092], ("day_of_year",)),
    ],
)
def test_only_cycles_that_tell_something_are_taken(hours: list[float], cycles: tuple[str, ...]) -> None:
    assert Datetime.fit(moments(*hours)).cycles == cycles


def test_a_missing_date_is_missing_in_all_its_inputs_and_has_one_indicator() -> None:
    table = pl.DataFrame({"t": ["2024-01-01 05:00", None, "2024-01-09 07:00"]})
    features = fitted(table, columns={"datetime": ["t"]}, missing={"indicator": True})
    x_num, _ = features.encode(table)
    assert x_num.shape == (3, 5)
    assert x_num[1].isnan().all()
    assert features.input.indicator == (True, False, False, False, False)
    assert features.input.impute[0] == pytest.approx((8 + 2 / 24) / 2)


def test_dates_far_from_the_train_rows_are_noted() -> None:
    encoder = Datetime.fit(moments(0, 48))
    assert encoder.odd(moments(96, None)) == 0
    assert encoder.odd(moments(97)) == 1
    assert encoder.note(1) == "t lies far outside the train rows (2024-01-01 to 2024-01-03) in 1 row(s)"


def test_two_columns_may_not_give_one_input() -> None:
    table = pl.DataFrame({"t": ["2024-01-01", "2024-01-02"], "t.elapsed_days": [1.0, 2.0]})
    for kind in ("numeric", "categorical"):
        with pytest.raises(DataError, match=r"two columns give an input called 't\.elapsed_days'"):
            fitted(table, columns={kind: ["t.elapsed_days"], "datetime": ["t"]})


@pytest.mark.parametrize(
    "encoder",
    [
        Numeric("c", 0.0, 1.5),
        Ordered("c", ("a", "b")),
        Datetime("c", 1, 2, ("time_of_day",)),
        Categorical("c", ("a",), 3, "b"),
    ],
)
def test_json_carries_every_kind(encoder: Any) -> None:
    assert encoder_from_dict(json.loads(json.dumps(encoder.to_dict()))) == encoder
