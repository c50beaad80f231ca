import polars as pl
import pytest

from src.data.expressions import parse
from src.data.rows import Rows
from src.errors import DataError

RIDES = pl.DataFrame(
    {
        "pickup": ["2019-03-23 20:21:09", None],
        "drop off": ["2019-03-23T20:27:24Z", "2019-03-23"],
        "day": ["31.05.2024", "01.06.2024"],
        "fare": [7.0, 8.0],
    }
)


def value(sql: str) -> list[object]:
    return parse("derive.x", sql).of(RIDES, Rows.count(2)).to_list()


def test_the_time_between_two_dates_can_be_derived() -> None:
    assert value('(epoch("drop off") - epoch(pickup)) / 60') == [6.25, None]


def test_a_form_of_dates_stands_behind_the_column() -> None:
    assert value("epoch(day, '%d.%m.%Y') / 86400") == [19874.0, 19875.0]


def test_the_column_is_an_input_of_the_expression_in_every_spelling() -> None:
    assert parse("derive.x", "EPOCH ( `drop off` ) + fare").inputs == ("drop off", "fare")


def test_a_text_that_only_looks_like_a_call_stays_one() -> None:
    assert value("concat('epoch(', day)") == ["epoch(31.05.2024", "epoch(01.06.2024"]


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("epoch(fare + 1)", "takes a column of dates, and their form if they are not ISO"),
        ("epoch('2024-01-01')", "takes a column of dates"),
        ("epoch(fare)", "derive.x: 'epoch.fare.': column 'fare' holds Float64; required: dates"),
        ("epoch(day)", "column 'day' row 1: '31.05.2024' is no date"),
        ("epoch(days)", r"no column 'days' \(did you mean 'day'\?\)"),
    ],
)
def test_anything_else_is_refused(sql: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        value(sql)
