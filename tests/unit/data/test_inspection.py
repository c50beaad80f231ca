import datetime
from typing import Any

import polars as pl
import pytest

from src.config.dataset import Dataset
from src.data.auto import doubts, with_inspected
from src.data.expressions import parse_all
from src.data.inspection import inspect, says_id, verdict
from src.data.table import HeldTable
from src.errors import DataError

N = 60
CASES: dict[str, tuple[str, list[Any], str, str]] = {
    "floats": ("size", [index * 0.37 for index in range(N)], "numeric", "numbers"),
    "ascending_floats_are_no_id": ("time", [index + 0.5 for index in range(N)], "numeric", "numbers"),
    "whole": ("age", [index % 7 for index in range(N)], "numeric", "whole numbers"),
    "distinct_whole_numbers_far_apart": ("mass", [(index * 7919) % 10007 for index in range(N)], "numeric", "whole"),
    "counter": ("n", [*range(N)], "left_out", "an id"),
    "shuffled_counter": ("n", [(index * 7) % N for index in range(N)], "left_out", "an id"),
    "id_by_name": ("customer_id", [(index * 7919) % 10007 for index in range(N)], "left_out", "an id"),
    "repeated_id": ("personId", [index // 2 for index in range(N)], "left_out", "an id by its name, 30 values in 60"),
    "codes": ("Pclass", [index % 3 + 1 for index in range(N)], "categorical", "3 codes, by its name"),
    "constant": ("unit", ["cm"] * N, "left_out", "always 'cm'"),
    "constant_where_there": ("unit", [1.0, None] * (N // 2), "left_out", "always '1.0'"),
    "all_missing": ("notes", [None] * N, "left_out", "no value in any row"),
    "yes_no": ("paid", [True, False] * (N // 2), "categorical", "yes/no"),
    "few_texts": ("colour", ["red", "blue", None] * (N // 3), "categorical", "2 values"),
    "names": ("name", [f"n{index}" for index in range(N)], "left_out", "another text in nearly each row, 60 in 60"),
    "many_values": ("ticket", [f"t{index // 2}" for index in range(N)], "left_out", "too many values: 30 in 60 rows"),
    "sentences": ("review", [f"it was good on day {index}" for index in range(N)], "left_out", "free text of 6 words"),
    "numbers_and_words": ("size", ["n.b.", *map(str, range(1, N))], "left_out", "text among numbers in 1 rows, for"),
    "iso_dates": ("day", [f"2024-01-{index % 28 + 1:02} 10:00:00" for index in range(N)], "datetime", "dates"),
    "local_dates": ("day", [f"{index % 28 + 1}.01.2024" for index in range(N)], "datetime", "dates like '1.01.2024'"),
    "doubtful_dates": ("day", [f"{index % 9 + 1}/1/2024" for index in range(N)], "left_out", "dates like '1/1/2024'"),
    "date_type": ("day", [datetime.date(2024, 1, index % 28 + 1) for index in range(N)], "datetime", "dates"),
    "no_dates": ("day", ["2024-01-01", "soon"] * (N // 2), "categorical", "2 values"),
    "lists": ("parts", [[index] for index in range(N)], "left_out", "holds List"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_column_is_what_its_values_and_its_name_say(case: str) -> None:
    name, values, kind, why = CASES[case]
    found = verdict(pl.Series(name, values))
    assert found.kind == kind
    assert found.why.startswith(why)


def test_every_column_but_the_target_is_inspected_in_order() -> None:
    table = pl.DataFrame({"b": [1.5, 2.5], "y": [0, 1], "a": [True, False]})
    assert list(inspect(table, "y")) == ["b", "a"]
    assert list(inspect(table, None)) == ["b", "y", "a"]


@pytest.mark.parametrize("name", ["id", "ID", "customer_id", "PassengerId", "user key", "Unnamed: 0", "row"])
def test_names_of_ids(name: str) -> None:
    assert says_id(name)


@pytest.mark.parametrize("name", ["humid", "Idaho", "paid", "valid", "monkey", "arrow", "grid"])
def test_names_that_only_end_like_ids(name: str) -> None:
    assert not says_id(name)


TABLE = pl.DataFrame(
    {
        "id": range(N),
        "size": [index * 0.37 for index in range(N)],
        "colour": ["red", "blue"] * (N // 2),
        "unit": ["cm"] * N,
        "y": [index % 2 for index in range(N)],
    }
)


def described(**options: Any) -> Dataset:
    return Dataset.model_validate({"name": "t", "path": "t.csv", "target": "y", **options})


def test_auto_takes_what_is_neither_named_nor_dropped_and_tells_why() -> None:
    dataset = described(columns={"auto": True, "drop": ["unit"], "categorical": ["size"]})
    chosen, decided = with_inspected(dataset, HeldTable(TABLE), TABLE["id"].to_numpy(), {})
    assert (chosen.columns.numeric, chosen.columns.categorical) == ([], ["size", "colour"])
    assert list(decided) == ["id", "colour"]
    assert decided["id"] == {"kind": "left_out", "why": "an id: whole numbers, another one in each row"}


def test_auto_sees_the_cells_of_train_rows_only() -> None:
    train = TABLE["id"].to_numpy()[:40]
    spoiled = TABLE.with_columns(
        pl.when(pl.int_range(pl.len()) < 40).then("colour").otherwise(pl.lit("x") + pl.col("id").cast(pl.String)),
        pl.when(pl.int_range(pl.len()) < 40).then("unit").otherwise(pl.lit("mm")).alias("unit"),
    )
    dataset = described(columns={"auto": True})
    clean = with_inspected(dataset, HeldTable(TABLE), train, {})
    assert with_inspected(dataset, HeldTable(spoiled), train, {}) == clean


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("2024-01-{:02}", "iso"),
        ("2024-01-{:02}T10:00:00Z", "iso"),
        ("{}.1.2024 10:00", "%d.%m.%Y %H:%M"),
        ("{}/1/2024", "%d/%m/%Y"),
        ("1/{}/2024 1:05 PM", "%m/%d/%Y %I:%M %p"),
        ("2024/1/{}", "%Y/%m/%d"),
    ],
)
def test_the_form_of_dates_is_told_by_all_of_them(cell: str, form: str) -> None:
    days = pl.Series("day", [cell.format(index % 28 + 1) for index in range(N)])
    assert (verdict(days).kind, verdict(days).form) == ("datetime", form)


def test_auto_takes_dates_with_their_form() -> None:
    table = TABLE.with_columns(pl.format("{}.1.2024", pl.col("id") % 28 + 1).alias("day"))
    chosen, decided = with_inspected(described(columns={"auto": True}), HeldTable(table), table["id"].to_numpy(), {})
    assert chosen.columns.forms == {"day": "%d.%m.%Y"}
    assert decided["day"] == {"kind": "datetime", "why": "dates like '1.1.2024'"}


def test_dates_that_are_named_as_categories_are_doubted() -> None:
    table = TABLE.with_columns(pl.format("2024-01-1{}", pl.col("id") % 2).alias("day"))
    dataset = described(columns={"categorical": ["day"]})
    assert doubts(dataset, table, table["id"].to_numpy()) == [
        "column 'day' holds dates; columns.datetime would tell their order"
    ]


def test_what_is_to_be_done_about_missing_cells_must_fit_what_auto_finds() -> None:
    dataset = described(columns={"auto": True}, missing={"columns": {"size": "own"}})
    with pytest.raises(DataError, match=r"missing\.columns\.size: must be drop, a number or one of .*; got own \(col"):
        with_inspected(dataset, HeldTable(TABLE), TABLE["id"].to_numpy(), {})


def test_auto_takes_derived_columns_but_none_of_the_target() -> None:
    derive = {"double": "size * 2", "answer": "y + size", "label": "id * 2"}
    dataset = described(columns={"auto": True}, derive=derive, target="label")
    _, decided = with_inspected(dataset, HeldTable(TABLE), TABLE["id"].to_numpy(), parse_all(derive))
    assert decided["double"]["kind"] == "numeric"
    assert decided["id"]["why"] == "label is calculated from it"


def test_auto_that_leaves_nothing_says_why() -> None:
    table = HeldTable(TABLE.select("id", "unit", "y"))
    with pytest.raises(DataError, match=r"leaves out every column \(id: an id.*; unit: always 'cm'\)"):
        with_inspected(described(columns={"auto": True}), table, TABLE["id"].to_numpy(), {})


def test_a_named_id_and_a_named_constant_are_doubted() -> None:
    dataset = described(columns={"numeric": ["id", "size"], "categorical": ["unit"]})
    assert doubts(dataset, TABLE, TABLE["id"].to_numpy()) == [
        "column 'id': an id: whole numbers, another one in each row; leave it out",
        "column 'unit': always 'cm'; leave it out",
    ]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"numeric": ["size"], "drop": ["id"]}, "has an effect with columns.auto: true only"),
        ({"auto": True, "numeric": ["size"], "drop": ["size"]}, "size is used as well"),
        ({"auto": True, "drop": ["y"]}, "y is used as well"),
        ({}, "name at least one column under numeric, categorical, ordered or datetime, or write auto: true"),
    ],
)
def test_a_drop_without_effect_and_no_column_at_all_are_refused(columns: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        described(columns=columns)
