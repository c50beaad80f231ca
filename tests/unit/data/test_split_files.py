"""Files for each part."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from src.config.dataset import Dataset
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.errors import DataError

KEYS: dict[str, Any] = {"name": "t", "target": "kind", "columns": {"numeric": ["size"]}, "split": {"by": "files"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """a.csv with 60 rows, b.csv with 20, c.csv with 10; `size` numbers them all."""
    begin = 0
    for name, count in (("a", 60), ("b", 20), ("c", 10)):
        rows = {"size": range(begin, begin + count), "kind": ["xyzx"[i % 4] for i in range(count)]}
        pl.DataFrame(rows).write_csv(tmp_path / f"{name}.csv")
        begin += count
    return tmp_path


def prepared(folder: Path, path: dict[str, Any], **keys: Any) -> Prepared:
    return prepare(Dataset.model_validate({**KEYS, "path": path, **keys}), folder)


def sizes(data: Prepared, part: str) -> list[int]:
    return sorted(np.asarray(data.parts[part].x_num)[:, 0].astype(int).tolist())


def test_each_part_has_the_rows_of_its_files(folder: Path) -> None:
    data = prepared(folder, {"train": "a.csv", "validation": "b.csv", "test": "c.csv"})
    assert sizes(data, "train") == [*range(60)]
    assert sizes(data, "validation") == [*range(60, 80)]
    assert sizes(data, "test") == [*range(80, 90)]
    assert data.facts["path"] == "a.csv, b.csv, c.csv"
    assert sorted(data.parts["test"].row.tolist()) == [*range(81, 91)]


def test_the_order_of_the_keys_does_not_matter(folder: Path) -> None:
    parts = {"test": "c.csv", "validation": "b.csv", "train": ["a.csv"]}
    assert sizes(prepared(folder, parts), "validation") == [*range(60, 80)]


def test_validation_is_cut_off_from_train_by_strata_if_it_has_no_files(folder: Path) -> None:
    split = {"by": "files", "train": 0.6, "validation": 0.2, "test": 0.2}
    data = prepared(folder, {"train": "[ab].csv", "test": "c.csv"}, split=split)
    assert sorted(sizes(data, "train") + sizes(data, "validation")) == [*range(80)]
    assert sizes(data, "test") == [*range(80, 90)]
    assert np.unique(np.asarray(data.parts["validation"].y), return_counts=True)[1].tolist() == [10, 5, 5]
    other = prepared(folder, {"train": "[ab].csv", "test": "c.csv"}, split=split | {"seed": 1})
    assert sizes(other, "validation") != sizes(data, "validation")
    assert sizes(other, "test") == sizes(data, "test")


def test_rows_that_are_left_out_move_no_other(folder: Path) -> None:
    path = {"train": "a.csv", "validation": "b.csv", "test": "c.csv"}
    data = prepared(folder, path, where="size % 10 <> 0")
    assert sizes(data, "validation") == [size for size in range(60, 80) if size % 10]
    with pytest.raises(DataError, match=r"dataset\.path: the files for test have no row that is left to use"):
        prepared(folder, path, where="size < 80")


def test_a_row_is_placed_in_the_file_of_its_part(folder: Path) -> None:
    (folder / "c.csv").write_text("size,kind\n1,x\nlong,y\n")
    with pytest.raises(DataError, match=r"column 'size' row 2 \(line 3\) of .*c\.csv: 'long' is not a number"):
        prepared(folder, {"train": "a.csv", "test": "c.csv"})


def test_parts_of_large_parquet_files_are_told_apart_without_reading_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.data.source.LARGE", 0)
    for name in "abc":
        pl.read_csv(folder / f"{name}.csv").write_parquet(folder / f"{name}.parquet")
    data = prepared(folder, {"train": "a.parquet", "validation": "b.parquet", "test": "c.parquet"})
    assert sizes(data, "test") == [*range(80, 90)]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ({"train": "a.csv", "test": "[ac].csv"}, r"dataset\.path names .*a\.csv more than once; its rows would count"),
        ({"train": "a.csv", "test": "d.csv"}, r"no such file: .*d\.csv"),
        ({"train": ["a.csv", "b.csv"], "test": "*.parquet"}, r"no file fits \*\.parquet"),
    ],
)
def test_wrong_files_are_explained(folder: Path, path: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        prepared(folder, path)


def test_parts_with_other_columns_are_refused(folder: Path) -> None:
    (folder / "c.csv").write_text("size,sort\n1,x\n")
    with pytest.raises(DataError, match=r"c\.csv has no column kind; .*a\.csv has"):
        prepared(folder, {"train": "a.csv", "test": "c.csv"})
