"""A table that stays on the disk gives what one in memory gives, to the last byte of the prepared data."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from src.config.dataset import Dataset
from src.data import source, typed
from src.data.prepare import prepare
from src.data.source import Source
from src.data.table import HeldTable, LazyTable, Table
from src.errors import DataError, RookeryError

FRAME = pl.DataFrame({"^a$": [1, 2, None, 4, 5], "b": [None, "x", "y", "x", "z"], "*": [0.5, 1.5, 2.5, 3.5, 4.5]})


def lazy(frame: pl.DataFrame) -> LazyTable:
    return LazyTable(frame.schema, frame.height, lambda names: HeldTable(frame).select(names))


def assert_same(table: Table, other: Table) -> None:
    assert (table.columns, table.height, dict(table.schema)) == (other.columns, other.height, dict(other.schema))
    for name in table.columns:
        assert_series_equal(table[name], other[name])
    names = table.columns[::-1]
    assert_frame_equal(table.select(names), other.select(names))


def test_columns_with_names_like_patterns_are_taken_by_name() -> None:
    for table in (HeldTable(FRAME), lazy(FRAME)):
        assert table.select(["*", "^a$"]).columns == ["*", "^a$"]
        assert table["^a$"].to_list() == [1, 2, None, 4, 5]


@settings(deadline=None)
@given(st.data())
def test_rows_that_are_kept_again_and_again_are_the_same_from_disk_and_from_memory(data: st.DataObject) -> None:
    held: Table = HeldTable(FRAME)
    read: Table = lazy(FRAME)
    assert_same(read, held)
    for _ in range(3):
        drawn = data.draw(st.lists(st.booleans(), min_size=held.height, max_size=held.height))
        keep = pl.Series(drawn, dtype=pl.Boolean)
        held, read = held.filter(keep), read.filter(keep)
        assert_same(read, held)


ROWS = 400
RAW = pl.DataFrame(
    {
        "*": [None if n % 11 == 0 else n * 37 % 101 / 7 for n in range(ROWS)],
        "whole number": [n * 53 % 97 for n in range(ROWS)],
        "kind": ["uvw?"[n * n % 4] for n in range(ROWS)],
        "yes": [n % 3 == 0 for n in range(ROWS)],
        "when": [datetime(2024, 1, 1) + timedelta(hours=n) for n in range(ROWS)],
        "day": [date(2020, 1, 1) + timedelta(days=n) for n in range(ROWS)],
        "place": pl.Series(["north", "south", None, "west"] * (ROWS // 4), dtype=pl.Categorical),
        "counts": [1 + n % 5 for n in range(ROWS)],
        "y": ["yes" if n * 29 % 71 > 30 else "no" for n in range(ROWS)],
    }
)

NUMERIC: dict[str, Any] = {"columns": {"numeric": ["*", "whole number"]}}
DESCRIBED: dict[str, dict[str, Any]] = {
    "numeric": NUMERIC,
    "categorical": {"columns": {"numeric": ["*"], "categorical": ["kind", "yes", "place"]}},
    "dates": {"columns": {"datetime": ["when", "day"]}},
    "auto": {"columns": {"auto": True, "drop": ["counts"]}},
    "ordered": {"columns": {"ordered": {"place": ["north", "west", "south"]}}, "missing": {"categorical": "own"}},
    "markers": {"columns": {"numeric": ["*"], "categorical": ["kind"]}, "missing": {"markers": ["?"]}},
    "rows left out": NUMERIC | {"missing": {"columns": {"*": "drop"}}},
    "where": NUMERIC | {"where": '"whole number" > 10 and kind != \'u\''},
    "derive": {"columns": {"numeric": ["twice"]}, "derive": {"twice": '2 * "whole number"'}},
    "all of it": {
        "columns": {"numeric": ["twice"], "categorical": ["kind"]},
        "derive": {"twice": '2 * "whole number"', "half": "twice / 4"},
        "where": "half > 1",
        "missing": {"columns": {"kind": "drop"}, "indicator": True, "markers": ["?"]},
        "split": {"by": "time", "column": "when", "train": 0.6, "validation": 0.2, "test": 0.2},
    },
    "weight": NUMERIC | {"weight": "counts"},
    "group": NUMERIC | {"split": {"by": "group", "column": "counts"}},
    "quantile": NUMERIC | {"scale": "quantile"},
    "several targets": {"columns": {"numeric": ["*"]}, "target": ["whole number", "counts"], "task": "regression"},
}


def outcome(folder: Path, to: str, described: dict[str, Any]) -> dict[str, bytes] | str:
    """The bytes of all prepared files, or the sentence of the error."""
    dataset = Dataset.model_validate({"name": "t", "path": str(folder / "*.parquet"), "target": "y", **described})
    try:
        prepare(dataset, folder, folder / to)
    except RookeryError as error:
        return str(error)
    return {path.name: path.read_bytes() for path in (folder / to).iterdir()}


def both_ways(folder: Path, described: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    held = outcome(folder, "held", described)
    with monkeypatch.context() as patch:
        patch.setattr(source, "LARGE", 0)
        patch.setattr(Source, "read", None)  # the whole table is never asked for
        return [held, outcome(folder, "lazy", described)]


@pytest.mark.parametrize("files", [1, 3])
@pytest.mark.parametrize("described", DESCRIBED.values(), ids=DESCRIBED.keys())
def test_a_file_read_column_by_column_is_prepared_to_the_same_bytes(
    described: dict[str, Any], files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, rows in enumerate(np.array_split(np.arange(ROWS), files)):
        RAW[rows.tolist()].write_parquet(tmp_path / f"{number}.parquet", row_group_size=50)
    held, lazy = both_ways(tmp_path, described, monkeypatch)
    assert isinstance(held, dict), held
    assert held == lazy


@pytest.mark.parametrize(
    ("described", "sentence"),
    [
        ({"columns": {"numeric": ["kind"]}}, "kind"),
        ({"columns": {"numeric": ["nothing"]}}, "nothing"),
        ({"columns": {"numeric": ["*"]}, "where": "counts > 9"}, "leaves none of the 400 rows"),
        ({"columns": {"numeric": ["infinite"]}}, "row 7"),
    ],
)
def test_what_is_wrong_is_said_in_the_same_words(
    described: dict[str, Any], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    infinite = [float("inf") if n == 6 else float(n) for n in range(ROWS)]
    RAW.with_columns(infinite=pl.Series(infinite)).write_parquet(tmp_path / "t.parquet")
    held, lazy = both_ways(tmp_path, described, monkeypatch)
    assert sentence in held
    assert held == lazy


def test_only_the_columns_that_are_asked_for_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RAW.write_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(source, "LARGE", 0)
    asked, read = list[Sequence[str]](), typed.read_parquet

    def noted(path: Path, names: Sequence[str] | None = None, n_rows: int | None = None) -> pl.DataFrame:
        asked.append([] if names is None else names)
        return read(path, names, n_rows)

    monkeypatch.setattr(typed, "read_parquet", noted)
    assert isinstance(outcome(tmp_path, "lazy", NUMERIC | {"where": "yes = 1"}), dict)
    assert {name for names in asked for name in names} == {"*", "whole number", "yes", "y"}


def test_a_large_file_without_rows_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RAW[:0].write_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(source, "LARGE", 0)
    with pytest.raises(DataError, match="there is a header and no row below it"):
        Source((tmp_path / "t.parquet",)).table([])


def test_a_name_that_polars_takes_for_a_pattern_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RAW.rename({"*": "^a$"}).write_parquet(tmp_path / "t.parquet")
    held, lazy = both_ways(tmp_path, {"columns": {"auto": True}}, monkeypatch)
    assert "column name '^a$' begins with ^ and ends with $; rename the column" in held
    assert held == lazy
