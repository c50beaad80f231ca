"""`columns.auto`: the columns that the YAML does not name, each as what inspection of the train rows makes of it."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.data.expressions import Expression, derived, needed
from src.data.inspection import Verdict, verdict
from src.data.kinds import kind_of
from src.data.table import Table
from src.errors import DataError

Decided = dict[str, dict[str, str]]
"""Column to {"kind": ..., "why": ...} of its verdict; JSON-able."""


def with_inspected(
    dataset: Dataset, table: Table, train: NDArray[np.int64], derive: Mapping[str, Expression]
) -> tuple[Dataset, Decided]:
    """The dataset with every other column of the table, and every derived one, under its kind; and all verdicts.

    The verdicts depend on names, on the types of whole columns and on the cells of the rows `train`, so nothing of
    the cells of other rows, nor of the target, gets into them. Without `columns.auto`: as it was, and no verdicts.
    Raises DataError if no column is left.
    """
    if not dataset.columns.auto:
        return dataset, {}
    verdicts = {name: _verdict(name, dataset, table, train, derive) for name in _candidates(dataset, table, derive)}
    columns = dataset.columns
    kinds = {
        kind: [*getattr(columns, kind), *(name for name, found in verdicts.items() if found.kind == kind)]
        for kind in ("numeric", "categorical")
    }
    if not any(kinds.values()):
        reasons = "; ".join(f"{name}: {found.why}" for name, found in list(verdicts.items())[:10])
        raise DataError(f"columns.auto leaves out every column ({reasons}); name those that you want")
    decided = {name: {"kind": found.kind, "why": found.why} for name, found in verdicts.items()}
    return dataset.model_copy(update={"columns": columns.model_copy(update=kinds)}), decided


def doubts(dataset: Dataset, table: pl.DataFrame, train: NDArray[np.int64]) -> list[str]:
    """A sentence on each column of `table` that the YAML names as an input and that inspection would leave out."""
    named = [name for name in (*dataset.columns.numeric, *dataset.columns.categorical) if name in table.columns]
    found = {name: verdict(table[name].gather(train)) for name in named}
    return [f"column {name!r}: {each.why}; leave it out" for name, each in found.items() if each.kind == "left_out"]


def _candidates(dataset: Dataset, table: Table, derive: Mapping[str, Expression]) -> list[str]:
    columns = dataset.columns
    taken = {*columns.numeric, *columns.categorical, *columns.drop, dataset.target, *dataset.split.columns}
    return [name for name in (*table.columns, *derive) if name not in taken]


def _verdict(
    name: str, dataset: Dataset, table: Table, train: NDArray[np.int64], derive: Mapping[str, Expression]
) -> Verdict:
    of_target, of_column = _roots(dataset.target, derive), _roots(name, derive)
    if name in of_target:
        return Verdict("left_out", f"{dataset.target} is calculated from it")
    if dataset.target in of_column:
        return Verdict("left_out", f"calculated from {dataset.target}")
    return verdict(_values(name, table, train, derive))


def _values(name: str, table: Table, train: NDArray[np.int64], derive: Mapping[str, Expression]) -> pl.Series:
    if name not in derive:
        return table[name].gather(train)
    calculated, raw = needed([name], derive)
    rows = table.select(raw)[train]
    floats = [each for each, dtype in rows.schema.items() if kind_of(dtype) == "number"]
    return derived(rows.with_columns(pl.col(floats).cast(pl.Float64)), calculated, derive, rows=None)[name]


def _roots(name: str, derive: Mapping[str, Expression]) -> set[str]:
    """All columns, derived or not, that `name` is calculated from."""
    calculated, raw = needed([name], derive)
    return {*calculated, *raw} - {name}
