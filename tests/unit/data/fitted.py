"""Features that are fitted on all rows of a small table."""

from typing import Any

import polars as pl

from src.config.dataset import Dataset
from src.data.columns import Columns
from src.data.expressions import parse_all
from src.data.features import Features
from src.data.fitting import Fitting, fit_column
from src.data.rows import Rows
from src.spec import OutputSpec
from src.task import Task

OUTPUT = OutputSpec(("y",), Task.BINARY, ("no", "yes"))


def fitted(table: pl.DataFrame, **options: Any) -> Features:
    """`options`: keys of the section dataset."""
    dataset = Dataset.model_validate({"name": "t", "path": "t.csv", "target": "y", **options})
    columns = Columns.of(table.schema, dataset, parse_all(dataset.derive))
    fitting = Fitting(columns, dataset)
    for column in columns.extract(table, Rows.count(table.height), nan=False):
        fitting.add(fit_column(column, {"train": pl.repeat(True, table.height, eager=True)}, dataset))
    return fitting.features(OUTPUT)
