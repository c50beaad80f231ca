"""However rows are split: garbage in the inputs of validation and test rows changes nothing that is fitted."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from src.config.dataset import Dataset
from src.config.split import Split
from src.data.prepare import prepare
from src.data.prepared import Prepared


def prepared_from(folder: Path, table: pl.DataFrame, settings: dict[str, Any]) -> Prepared:
    folder.mkdir()
    table.write_parquet(folder / "t.parquet")
    dataset = {
        "name": "t",
        "path": str(folder / "t.parquet"),
        "target": "y",
        "columns": {"numeric": ["x"], "categorical": ["c"]},
        "split": settings,
    }
    return prepare(Dataset.model_validate(dataset), folder)


@pytest.mark.parametrize(
    "settings",
    [
        {"by": "stratified"},
        {"by": "random", "key": ["id"]},
        {"by": "group", "column": "site"},
        {"by": "time", "column": "when"},
        {"by": "column", "column": "part"},
        {"by": "stratified", "folds": 3, "fold": 1},
        {"by": "group", "column": "site", "folds": 3, "fold": 2},
        {"by": "time", "column": "when", "folds": 3, "fold": 1},
    ],
)
def test_nothing_of_the_other_rows_is_fitted(tmp_path: Path, settings: dict[str, Any]) -> None:
    n, random = 120, np.random.default_rng(0)
    table = pl.DataFrame(
        {
            "y": random.normal(size=n),
            "x": random.normal(size=n),
            "c": random.choice(["a", "b"], n),
            "id": range(n),
            "site": random.integers(0, 20, n),
            "when": random.permutation(n),
            "part": ["train", "train", "val", "test"] * 30,
        }
    )
    before = prepared_from(tmp_path / "before", table, settings)
    learned = (pl.int_range(pl.len()) + 1).is_in(before.parts["train"].row.tolist())
    garbage = table.with_columns(
        pl.when(learned).then("x").otherwise(1e9).alias("x"), pl.when(learned).then("c").otherwise(None).alias("c")
    )
    after = prepared_from(tmp_path / "after", garbage, settings)
    assert after.features.to_dict() == before.features.to_dict()
    assert {name: part.row.tolist() for name, part in after.parts.items()} == {
        name: part.row.tolist() for name, part in before.parts.items()
    }
    assert before.facts["split"] == Split.model_validate(settings).columns
    assert not {*before.facts["split"]} & {*before.facts["dropped"]}
