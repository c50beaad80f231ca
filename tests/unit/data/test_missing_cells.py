"""`dataset.missing`: what is missing in which column, and what becomes of it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from src.config.dataset import Dataset
from src.data.missing import missing_as_null
from src.data.prepare import prepare
from src.errors import DataError

N = 40


def described(path: Path, **options: Any) -> Dataset:
    return Dataset.model_validate({"name": "t", "path": str(path), "target": "y", **options})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    pl.DataFrame(
        {
            "country": ["NA", "DE", ""] * 13 + ["NA"],
            "size": ["NA" if row % 10 == 3 else str(row % 7) for row in range(N)],
            "grade": [["low", "mid", "high", "NA"][row % 4] for row in range(N)],
            "y": ["yes", "no"] * (N // 2),
        }
    ).write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


COLUMNS = {"numeric": ["size"], "ordered": {"grade": ["low", "mid", "high"]}, "categorical": ["country"]}


def test_a_marker_of_all_columns_but_one_leaves_a_country_called_na(path: Path) -> None:
    prepared = prepare(described(path, columns=COLUMNS, missing={"markers": {"*": ["NA"], "country": []}}), path.parent)
    assert prepared.features.categorical[0].vocabulary == ("DE", "NA")
    assert prepared.facts["missing"] == {"size": 4, "grade": 10, "country": 13}
    again = prepared.features.encode(pl.DataFrame({"country": ["NA"], "size": ["NA"], "grade": ["NA"]}))
    assert again[0].isnan().all()
    assert again[1].tolist() == [[3]]


def test_a_list_of_markers_holds_for_every_column(path: Path) -> None:
    prepared = prepare(described(path, columns=COLUMNS, missing={"markers": ["NA"]}), path.parent)
    assert prepared.features.categorical[0].vocabulary == ("DE",)
    assert prepared.facts["missing"]["country"] == 27


def test_markers_of_a_column_hold_for_numbers_too() -> None:
    frame = pl.DataFrame({"a": [-1.0, 2.0], "b": [-1, 2]})
    found = missing_as_null(frame, {"a": ["-1"]})
    assert found.to_dict(as_series=False) == {"a": [None, 2.0], "b": [-1, 2]}


def test_rows_without_a_required_value_are_left_out_and_counted(path: Path) -> None:
    missing = {"markers": ["NA"], "columns": {"size": "drop", "country": "drop"}}
    prepared = prepare(described(path, columns=COLUMNS, missing=missing), path.parent)
    table = pl.read_csv(path, null_values=["NA", ""])
    complete = table.with_row_index("row", 1).drop_nulls(["size", "country"])["row"].to_list()
    assert sorted(row for part in prepared.parts.values() for row in part.row.tolist()) == complete
    assert prepared.facts["without"] == {"size": 4, "country": 27}
    assert prepared.facts["missing"] == {"size": 0, "grade": table[[row - 1 for row in complete]]["grade"].null_count(),
                                         "country": 0}  # fmt: skip


def test_to_predict_a_row_that_would_have_been_left_out_it_is_filled_with_a_note(path: Path) -> None:
    missing = {"markers": ["NA"], "columns": {"size": "drop"}}
    features = prepare(described(path, columns=COLUMNS, missing=missing), path.parent).features
    x_num, _, notes = features.encode_with_notes(pl.DataFrame({"country": "DE", "size": ["NA"], "grade": "low"}))
    assert x_num.isnan().tolist() == [[True, False]]
    assert features.input.impute[0] == 3
    assert notes == ["note: size is missing in 1 row(s); such rows were left out of the training"]


def test_a_derived_value_may_be_required(path: Path) -> None:
    derive = {"inverse": "6 / nullif(size, 0)"}
    missing = {"markers": ["NA"], "columns": {"inverse": "drop"}}
    dataset = described(path, columns={"numeric": ["inverse"]}, derive=derive, missing=missing)
    prepared = prepare(dataset, path.parent)
    assert prepared.facts["without"] == {"inverse": 4 + sum(row % 7 == 0 and row % 10 != 3 for row in range(N))}


def test_a_value_that_is_not_in_the_order_is_named_with_its_row(path: Path) -> None:
    sentence = r"column 'grade' row 4 \(line 5\) of .*: 'NA' is not in the order .* low, mid, high; .*\(10 such cells\)"
    with pytest.raises(DataError, match=sentence):
        prepare(described(path, columns={"ordered": {"grade": ["low", "mid", "high"]}}), path.parent)


def test_a_row_that_has_everything_must_be_left(path: Path) -> None:
    path.write_text("a,b,y\n" + "1,,x\n,2,z\n" * 5)
    missing = {"columns": {"a": "drop", "b": "drop"}}
    with pytest.raises(DataError, match=r"each row lacks a value in a, b; drop under dataset\.missing\.columns"):
        prepare(described(path, columns={"numeric": ["a", "b"]}, missing=missing), path.parent)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"columns": {"size": "own"}}, "columns.size: must be drop, a number or one of median, .*; got own"),
        ({"columns": {"grade": "huge"}}, "columns.grade: must be drop, one of .*, or one of its values low, mid, high"),
        ({"columns": {"country": "mean"}}, "columns.country: must be drop, own, most_frequent or a category; got mean"),
        ({"columns": {"country": "dropp"}}, "must be drop, own, most_frequent or a category; got dropp"),
        ({"numeric": -1e39}, r"a number that replaces others must be at most 3.4e\+38, as 32 bits hold it"),
        ({"columns": {"country": 3.0}}, "must be drop, own, most_frequent or a category; got 3.0"),
        ({"columns": {"other": "drop"}}, "columns.other: the column is not listed under columns"),
        ({"markers": {"*": ["NA"]}}, "markers: without another column this is a plain list"),
        ({"markers": ["low"]}, r'grade: low means missing by missing.markers; .* \{"\*": \[NA\], grade: \[\]\}'),
    ],
)
def test_a_strategy_that_does_not_fit_is_refused(path: Path, missing: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        described(path, columns=COLUMNS, missing=missing)


def test_a_class_that_is_a_marker_is_asked_about(path: Path) -> None:
    path.write_text("a,y\n" + "1,NA\n2,EU\n3,AS\n" * 5)
    dataset = described(path, columns={"numeric": ["a"]}, missing={"markers": ["NA"]})
    sentence = r'target .y. is missing in 5 of 15 rows .*; if NA is a class here, .*markers: \{"\*": \[NA\], y: \[\]\}'
    with pytest.raises(DataError, match=sentence):
        prepare(dataset, path.parent)
    kept = described(path, columns={"numeric": ["a"]}, missing={"markers": {"*": ["NA"], "y": []}})
    assert prepare(kept, path.parent).features.output.classes == ("AS", "EU", "NA")


def test_a_column_of_markers_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'contry' \(did you mean 'country'\?\)"):
        prepare(described(path, columns=COLUMNS, missing={"markers": {"*": ["NA"], "contry": []}}), path.parent)
