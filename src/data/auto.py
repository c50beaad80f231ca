"""`columns.auto`: the columns that the YAML does not name, each as what inspection of the train rows makes of it."""

from collections.abc import Mapping

import polars as pl

from src.config.dataset import Dataset
from src.data.expressions import Expression, needed
from src.data.inspection import Verdict, verdict
from src.data.kept import column_of
from src.data.splits.kind import Index
from src.data.table import HeldTable, Table
from src.errors import DataError

Decided = dict[str, dict[str, str]]
"""Column to {"kind": ..., "why": ...} of its verdict; JSON-able."""


def with_inspected(
    dataset: Dataset, table: Table, train: Index, derive: Mapping[str, Expression]
) -> tuple[Dataset, Decided]:
    """The dataset with every other column of the table, and every derived one, under its kind; and all verdicts.

    The verdicts depend on names, on the types of whole columns and on the cells of the rows `train`, so nothing of
    the cells of other rows, nor of the target, gets into them. Without `columns.auto`: as it was, and no verdicts.
    Raises DataError if no column is left.
    """
    if not dataset.columns.auto:
        return dataset, {}
    verdicts = {name: _verdict(name, dataset, table, train, derive) for name in _candidates(dataset, table, derive)}
    of_kind = {
        kind: {name: found.form for name, found in verdicts.items() if found.kind == kind}
        for kind in ("numeric", "datetime", "categorical")
    }
    settled = dataset.columns.model_copy(
        update={
            "numeric": [*dataset.columns.numeric, *of_kind["numeric"]],
            "datetime": dataset.columns.forms | of_kind["datetime"],
            "categorical": [*dataset.columns.categorical, *of_kind["categorical"]],
            "auto": False,
        }
    )
    if not settled.names:
        reasons = "; ".join(f"{name}: {found.why}" for name, found in list(verdicts.items())[:10])
        raise DataError(f"columns.auto leaves out every column ({reasons}); name those that you want")
    decided = {name: {"kind": found.kind, "why": found.why} for name, found in verdicts.items()}
    try:
        dataset.missing.check(settled)
    except ValueError as error:
        raise DataError(f"dataset.{error} (columns.auto has looked at it)") from None
    return dataset.model_copy(update={"columns": settled}), decided


def doubts(dataset: Dataset, table: pl.DataFrame, train: Index) -> list[str]:
    """A sentence on each column of `table` that the YAML names as an input and that inspection would leave out, or
    take as dates instead of names."""
    columns = dataset.columns
    named = [name for name in (*columns.numeric, *columns.categorical) if name in table.columns]
    found = {name: verdict(table[name].gather(train)) for name in named if not _fractions(table[name], train)}
    out = [f"column {name!r}: {each.why}; leave it out" for name, each in found.items() if each.kind == "left_out"]
    dates = [name for name, each in found.items() if each.kind == "datetime" and name in columns.categorical]
    return [*out, *(f"column {name!r} holds dates; columns.datetime would tell their order" for name in dates)]


def _fractions(column: pl.Series, train: Index) -> bool:
    """Whether the first train rows are enough to tell that these are numbers like any other, which saves the rest."""
    head = column.gather(train[:1000]).drop_nulls()
    return column.dtype.is_float() and head.n_unique() > 1 and not (head == head.round(0)).all()


def _candidates(dataset: Dataset, table: Table, derive: Mapping[str, Expression]) -> list[str]:
    columns = dataset.columns
    taken = {*columns.names, *columns.drop, *dataset.beside}
    return [name for name in (*table.columns, *derive) if name not in taken]


def _verdict(
    name: str, dataset: Dataset, table: Table, train: Index, derive: Mapping[str, Expression]
) -> Verdict:
    of_column = _roots(name, derive)
    for target in dataset.targets:
        if name in _roots(target, derive):
            return Verdict("left_out", f"{target} is calculated from it")
        if target in of_column:
            return Verdict("left_out", f"calculated from {target}")
    return verdict(_values(name, table, train, derive))


def _values(name: str, table: Table, train: Index, derive: Mapping[str, Expression]) -> pl.Series:
    if name not in derive:
        return table[name].gather(train)
    _, raw = needed([name], derive)
    return column_of(HeldTable(table.select(raw)[train]), name, derive, rows=None)


def _roots(name: str, derive: Mapping[str, Expression]) -> set[str]:
    """All columns, derived or not, that `name` is calculated from."""
    calculated, raw = needed([name], derive)
    return {*calculated, *raw} - {name}
