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
    "iso_dates": ("day", [f"2024-01-{index % 28 + 1:02} 10:00:00" for index in range(N)], "left_out", "dates"),
    "local_dates": ("day", [f"{index % 28 + 1}.01.2024" for index in range(N)], "left_out", "dates"),
    "date_type": ("day", [datetime.date(2024, 1, index % 28 + 1) for index in range(N)], "left_out", "dates"),
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
    assert with_inspected(dataset, HeldTable(spoiled), train, {}) == with_inspected(dataset, HeldTable(TABLE), train, {})


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
