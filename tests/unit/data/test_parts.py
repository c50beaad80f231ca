"""Columns of all rows are dealt out to the parts, into memory or into files, with the same bytes."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from src.config.dataset import Dataset
from src.data.part import read_part
from src.data.parts import Parts
from src.data.prepare import prepare
from src.data.rows import Rows
from src.errors import MachineError

INDICES = {"train": np.array([4, 0, 2]), "validation": np.array([1]), "test": np.array([3, 5])}
Y, WEIGHT = np.arange(6) * 10, np.arange(6, dtype=np.float32) / 4


def dealt(folder: Path | None, rows: Rows) -> Parts:
    with Parts(INDICES, folder) as parts:
        parts.add("y", Y)
        parts.add("weight", WEIGHT)
        parts.add("row", rows.numbers.to_numpy())
        parts.add_columns([np.array([0, 1.5, np.nan, 3, 4, 5], np.float32), Y // 10])
    return parts


def test_each_part_gets_its_rows_in_its_order() -> None:
    parts = {name: read_part(held.getbuffer()) for name, held in dealt(None, Rows.count(6)).held.items()}
    assert parts["train"].row.tolist() == [5, 1, 3]
    assert parts["train"].y.tolist() == [40, 0, 20]
    assert parts["train"].weight.tolist() == [1.0, 0.0, 0.5]
    assert parts["train"].x_cat.tolist() == [[4], [0], [2]]
    assert parts["train"].x_num[:2].tolist() == [[4.0], [0.0]]
    assert parts["train"].x_num[2].isnan().all()
    assert parts["validation"].x_num.tolist() == [[1.5]]
    assert parts["test"].y.tolist() == [30, 50]


def test_the_number_of_a_row_is_that_in_the_file() -> None:
    rows = Rows.count(8).filter(pl.Series([True, False, True, True, True, False, True, True]))
    parts = dealt(None, rows)
    assert read_part(parts.held["train"].getbuffer()).row.tolist() == [7, 1, 4]


def test_files_have_the_bytes_that_are_in_memory_otherwise(tmp_path: Path) -> None:
    dealt(tmp_path / "new" / "folder", Rows.count(6))
    held = dealt(None, Rows.count(6)).held
    for name in INDICES:
        written = (tmp_path / "new" / "folder" / f"{name}.safetensors").read_bytes()
        assert written == held[name].getvalue()


def test_one_target_of_several_columns_keeps_its_shape() -> None:
    with Parts(INDICES, None) as parts:
        parts.add("y", np.stack([Y, -Y], 1).astype(np.float64))
        parts.add("weight", np.empty(0, np.float32))
        parts.add("row", Rows.count(6).numbers.to_numpy())
    part = read_part(parts.held["test"].getbuffer())
    assert part.y.tolist() == [[30, -30], [50, -50]]
    assert part.weight.shape == (0,)
    assert (part.x_num.shape, part.x_cat.shape) == ((2, 0), (2, 0))
    assert part.x_num.dtype == torch.float32


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match=r"file/x: prepared rows cannot be written there: Not a directory"):
        Parts(INDICES, tmp_path / "file" / "x")


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("rows", [12, 300_000], ids=["at the end", "on the way"])
def test_a_full_disk_is_said(part: str, rows: int, tmp_path: Path) -> None:
    """Of a file that is /dev/full; short ones fail when they are closed."""
    table = pl.DataFrame({"x": np.arange(rows) / 7, "y": np.arange(rows) % 2})
    table.write_parquet(tmp_path / "t.parquet")
    columns = {"numeric": ["x"]}
    dataset = Dataset.model_validate({"name": "t", "path": "t.parquet", "target": "y", "columns": columns})
    folder = tmp_path / "prepared"
    folder.mkdir()
    (folder / f"{part}.safetensors").symlink_to("/dev/full")
    with pytest.raises(MachineError, match=r"prepared: prepared rows cannot be written there: No space left on device"):
        prepare(dataset, tmp_path, folder)
