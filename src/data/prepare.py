"""From the file to tensors, in order: read, derive, keep, target, split, columns, fit, encode."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.data.auto import doubts, with_inspected
from src.data.columns import Columns
from src.data.expressions import Expression, derived, needed, parse, parse_all
from src.data.features import Features
from src.data.kinds import kind_of
from src.data.names import absent
from src.data.origin import dvc_hash, sha256
from src.data.prepared import Part, Prepared
from src.data.rows import Rows
from src.data.source import Source
from src.data.split import split
from src.data.target import Target, read_target
from src.errors import DataError


def prepare(dataset: Dataset, root: Path) -> Prepared:
    """Everything that training needs of the data. A relative path is looked for in the current folder, then in `root`.

    Raises DataError, with file, column and row, for whatever in the data contradicts the configuration.
    """
    return from_table(dataset, *read(dataset, root), root)


def read(dataset: Dataset, root: Path) -> tuple[pl.DataFrame, Source]:
    """The whole table, all columns, as it is in the files; and the files."""
    source = Source.of(dataset, root)
    return source.read(dataset.missing.markers), source


def from_table(dataset: Dataset, table: pl.DataFrame, source: Source, root: Path) -> Prepared:
    """The same from a table that was read before; `source` is what it was read from."""
    derive = parse_all(dataset.derive)
    _check_names(dataset, table.columns, derive)
    where = parse("where", dataset.where) if dataset.where else None

    used, rows = _kept(table, where, derive, Rows.count(table.height, source))
    column = _column(used, dataset.target, derive, rows)
    target = read_target(column, dataset.task, rows, dataset.classes, dataset.target_transform)
    by = pl.DataFrame([_column(used, name, derive, rows) for name in dataset.split.columns])
    indices = split(dataset.split, by, target, rows)
    train = indices["train"]
    notes = doubts(dataset, used, train)
    dataset, decided = with_inspected(dataset, used, train, derive)
    columns = Columns.of(
        used, dataset.columns.numeric, dataset.columns.categorical, derive, dataset.missing.markers, rows
    )
    extracted = columns.extract(used, rows, nan=False)
    features = Features.fit(columns, extracted[train], target.spec(train), dataset)
    parts = {name: _part(features, extracted, target, rows, index) for name, index in indices.items()}

    counts = {name: len(part) for name, part in parts.items()}
    facts = {
        "path": dataset.path if isinstance(dataset.path, str) else ", ".join(dataset.path),
        "sha256": sha256(source.files),
        "dvc": dvc_hash(source.files, root),
        "rows": {"table": table.height, "used": sum(counts.values())} | counts,
        "dropped": _dropped(table.columns, columns, [dataset.target, *dataset.split.columns], where, derive),
        "split": dataset.split.columns,
        "classes": _counts(target, train),
        "missing": {column.name: column.null_count() for column in extracted},
        "example": _example(used.select(list(columns.raw))[train[:3]]),
        "columns": columns.to_dict() | {"target": dataset.target, "decided": decided},
        "notes": notes,
    }
    return Prepared(features, parts, facts)


def _check_names(dataset: Dataset, present: list[str], derive: Mapping[str, Expression]) -> None:
    """Every mistake in a column name, before anything is calculated."""
    if twice := sorted(set(derive) & set(present)):
        raise DataError(f"derive: {twice[0]!r} is a column of {dataset.path} already; take another name")
    known = [*present, *derive]
    wanted = [*dataset.columns.numeric, *dataset.columns.categorical, *dataset.columns.drop, dataset.target]
    wanted += dataset.split.columns
    sentences = [f"{dataset.path}: {sentence}" if (sentence := absent(wanted, known)) else ""]
    sentences += [f"{expr}: {sentence}" if (sentence := absent(expr.inputs, known)) else "" for expr in derive.values()]
    if any(sentences):
        raise DataError("\n".join(filter(None, sentences)))
    for name in (*dataset.columns.numeric, *dataset.columns.categorical):
        calculated, raw = needed([name], derive)
        if dataset.target in (*calculated, *raw):
            raise DataError(
                f"column {name!r} is calculated from the target {dataset.target!r}; it gives the answer away"
            )


def _kept(
    table: pl.DataFrame, where: Expression | None, derive: Mapping[str, Expression], rows: Rows
) -> tuple[pl.DataFrame, Rows]:
    if where is None:
        return table, rows
    condition = where.of(_with_derived(table, where.inputs, derive, rows=None))
    if condition.dtype != pl.Boolean:
        raise DataError(
            f"{where} must be true or false for each row, it gives {kind_of(condition.dtype)}s (yes/no is 1 and 0)"
        )
    keep = condition.fill_null(False)
    if not keep.any():
        raise DataError(f"{where} leaves none of the {table.height} rows")
    return table.filter(keep), rows.filter(keep)


def _column(table: pl.DataFrame, name: str, derive: Mapping[str, Expression], rows: Rows) -> pl.Series:
    return _with_derived(table, [name], derive, rows)[name] if name in derive else table[name]


def _with_derived(
    table: pl.DataFrame, names: list[str] | tuple[str, ...], derive: Mapping[str, Expression], rows: Rows | None
) -> pl.DataFrame:
    calculated, _ = needed(names, derive)
    floats = [name for name, dtype in table.schema.items() if kind_of(dtype) == "number"]
    return derived(table.with_columns(pl.col(floats).cast(pl.Float64)), calculated, derive, rows)


def _part(features: Features, extracted: pl.DataFrame, target: Target, rows: Rows, index: NDArray[np.int64]) -> Part:
    x_num, x_cat = features.tensors(extracted[index])
    return Part(x_num, x_cat, torch.from_numpy(target.y[index]), torch.from_numpy(rows.numbers.to_numpy()[index]))


def _counts(target: Target, train: NDArray[np.int64]) -> dict[str, int]:
    if target.codes is None:
        return {}
    counts = np.bincount(target.codes[train], minlength=len(target.classes))
    return dict(zip(target.classes, counts.tolist(), strict=True))


def _example(rows: pl.DataFrame) -> list[dict[str, str | float | None]]:
    """Raw rows as somebody would send them in JSON: numbers as numbers, anything else as text."""
    return [
        {name: cell if isinstance(cell, int | float | None) else str(cell) for name, cell in row.items()}
        for row in rows.to_dicts()
    ]


def _dropped(
    present: list[str], columns: Columns, beside: list[str], where: Expression | None, derive: Mapping[str, Expression]
) -> list[str]:
    _, raw = needed([*beside, *(where.inputs if where else ())], derive)
    return [name for name in present if name not in {*columns.raw, *raw}]
