from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import polars as pl
import pytest

from src.config.dates import ISO
from src.data.moments import fits, moments
from src.data.rows import Rows
from src.errors import DataError

NOON = datetime(2024, 5, 31, 12, 30)


def read(cells: list[Any], form: str = ISO) -> list[datetime | None]:
    return moments(pl.Series("day", cells), form, "columns.datetime", Rows.count(len(cells))).to_list()


@pytest.mark.parametrize(
    "text",
    [
        *("2024-05-31 12:30", "2024-05-31T12:30", "2024-05-31 12:30:00", "2024-05-31T12:30:00.000000000"),
        *("2024-05-31T12:30Z", "2024-05-31T12:30:00Z", "2024-05-31 14:30:00+02:00", "2024-05-31T07:30:00-0500"),
        " 2024-05-31 12:30 ",
    ],
)
def test_every_way_to_write_a_moment_in_iso_is_the_same_moment(text: str) -> None:
    assert read([text]) == [NOON]


def test_several_ways_may_stand_in_one_column_and_missing_cells_stay_missing() -> None:
    assert read([None, "2024-05-31", "2024-05-31T12:30Z"]) == [None, datetime(2024, 5, 31), NOON]
    assert read([None, None]) == [None, None]


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("%d.%m.%Y %H:%M", "31.5.2024 12:30"),
        ("%m/%d/%Y %I:%M %p", "5/31/2024 12:30 PM"),
        ("%Y%m%d%H%M", 202405311230),
        ("%d.%m.%Y %z %H:%M", "31.5.2024 +0200 14:30"),
    ],
)
def test_a_form_of_ones_own_is_read(form: str, cell: object) -> None:
    assert read([cell], form) == [NOON]


def test_dates_as_types_need_no_form() -> None:
    assert read([date(2024, 5, 31)]) == [datetime(2024, 5, 31)]
    assert read([NOON]) == [NOON]
    assert read([NOON.replace(tzinfo=UTC)]) == [NOON]
    berlin = pl.Series("day", [NOON]).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")
    assert moments(berlin, ISO, "columns.datetime", None).to_list() == [NOON]
    there = NOON.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=5)))
    assert read([there.isoformat()]) == [NOON]


@pytest.mark.parametrize(
    ("cells", "form", "sentence"),
    [
        (["2024-05-31", "soon", "x"], ISO, r"datetime: column 'day' row 2: 'soon' is no date; .*\(2 such"),
        (["24-05-31"], ISO, "'24-05-31' is no date; required: dates like 2024-05-31"),
        (["2024-02-30"], ISO, "'2024-02-30' is no date"),
        (["2024-05-31"], "%d.%m.%Y", r"'2024-05-31' is no date; required: dates in the form %d\.%m\.%Y"),
        (["12:30 PM"], "%H:%M %p", "'%H:%M %p' is no form of dates"),
        ([1.5], ISO, "column 'day' holds Float64; required: dates like"),
        (["2024" * 100], ISO, "'(2024){15}…' is no date"),
    ],
)
def test_what_is_no_date_is_named(cells: list[Any], form: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read(cells, form)


def test_a_form_fits_if_it_reads_every_text() -> None:
    days = pl.Series(["13/01/2024", "01/02/2024"])
    assert fits(days, "%d/%m/%Y")
    assert not fits(days, "%m/%d/%Y")
    assert not fits(days, ISO)
