import datetime
import decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.config.source import Csv
from src.data.dtypes import infer
from src.data.kinds import in_order, numbers, texts
from src.data.rows import Rows
from src.errors import DataError


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([1, 20, None]),
        pl.Series([1.0, 20.0, None]),
        pl.Series([1.0, 20.0, float("nan")], dtype=pl.Float32),
        pl.Series([decimal.Decimal("1.00"), decimal.Decimal("20.00"), None]),
        pl.Series(["1", "20", None]),
        pl.Series(["1.0", "+20", None]),
        pl.Series(["1.00", "2e1", None]),
    ],
)
def test_one_number_is_one_category_however_it_is_written(column: pl.Series) -> None:
    assert texts(column).to_list() == ["1", "20", None]


def test_yes_and_no_are_one_category_each_however_they_are_written() -> None:
    assert texts(pl.Series([True, False])).to_list() == ["true", "false"]
    assert texts(pl.Series(["True", "FALSE"])).to_list() == ["true", "false"]


def test_fractions_are_the_same_in_both_widths_and_as_text() -> None:
    for column in (pl.Series([0.1, 2.5]), pl.Series([0.1, 2.5], dtype=pl.Float32), pl.Series(["0.10", "2.5"])):
        assert texts(column).to_list() == ["0.1", "2.5"]


def test_codes_stay_as_they_are() -> None:
    codes = ["007", "12345678901234567890", "-0.5.1", "1_000", "x", "nan"]
    assert texts(pl.Series(codes)).to_list() == codes


@given(
    st.lists(st.one_of(st.none(), st.sampled_from(["1", "1.0", "0.5", "007", "x", "true", "-3", "1e2"])), min_size=1)
)
def test_reading_as_text_or_as_a_type_gives_the_same_categories(cells: list[str | None]) -> None:
    column = pl.Series(cells, dtype=pl.String)
    assert texts(infer(column, Csv())).to_list() == texts(column).to_list()


def test_numbers_written_as_text_and_yes_no_are_numbers() -> None:
    assert numbers(pl.Series(["3.5", None, "-1e3"]), Rows.count(3)).to_list() == [3.5, None, -1000.0]
    assert numbers(pl.Series([True, False, None]), Rows.count(3)).to_list() == [1.0, 0.0, None]
    assert numbers(pl.Series([None, None]), Rows.count(2)).to_list() == [None, None]


def test_a_text_among_numbers_is_named_with_row_and_value() -> None:
    rows = Rows(3, chosen=pl.Series([2, 5, 9]))
    with pytest.raises(DataError, match=r"column 'sex' row 5: 'male' is not a number; do this \(2 such cells\)"):
        numbers(pl.Series("sex", ["1", "male", "female"]), rows, "; do this")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan", "-inf", "1e999"])
def test_nan_and_infinity_are_named_with_their_row(value: float | str) -> None:
    column = pl.Series("a", [type(value)(1), value])
    with pytest.raises(DataError, match=r"column 'a' row 2: '.*' is not a finite number"):
        numbers(column, Rows.count(2))


@pytest.mark.parametrize("column", [pl.Series("a", [[1]]), pl.Series("a", [datetime.date(2020, 1, 1)])])
def test_what_is_no_single_number_is_refused(column: pl.Series) -> None:
    with pytest.raises(DataError, match=r"column 'a' holds .*; numbers are required"):
        numbers(column, Rows.count(1))


def test_lists_are_no_categories() -> None:
    with pytest.raises(DataError, match="column 'a' holds List"):
        texts(pl.Series("a", [[1]]))


def test_numbers_are_ordered_as_numbers_and_mixed_values_as_text() -> None:
    assert in_order(pl.Series(["10", "9", None, "-1.5", "9"])) == ["-1.5", "9", "10"]
    assert in_order(pl.Series(["10", "9", "x"])) == ["10", "9", "x"]
