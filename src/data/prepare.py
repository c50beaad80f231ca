"""From the file to tensors, in order: read, derive, keep, target, split, columns, fit, encode."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.data.auto import doubts, with_inspected
from src.data.columns import Columns
from src.data.expressions import Expression, derived, needed, parse, parse_all
from src.data.features import Features
from src.data.fitting import Fitting
from src.data.kinds import kind_of
from src.data.names import absent
from src.data.origin import dvc_hash, sha256
from src.data.part import PartWriter, read_part
from src.data.prepared import Prepared, part_file, write_state
from src.data.rows import Rows
from src.data.source import Source
from src.data.split import split
from src.data.splits.kind import Index
from src.data.spread import spread
from src.data.table import Table
from src.data.target import Target, read_target
from src.errors import DataError

_GROUP_BYTES = 64 << 20
"""Of the columns that are worked on at a time, as float64."""


def prepare(dataset: Dataset, root: Path) -> Prepared:
    """Everything that training needs of the data. A relative path is looked for in the current folder, then in `root`.

    Raises DataError, with file, column and row, for whatever in the data contradicts the configuration.
    """
    return from_table(dataset, *read(dataset, root), root)


def read(dataset: Dataset, root: Path) -> tuple[Table, Source]:
    """The whole table, all columns, as it is in the files; and the files."""
    source = Source.of(dataset, root)
    return source.table(dataset.missing.markers), source


def from_table(dataset: Dataset, table: Table, source: Source, root: Path, folder: Path | None = None) -> Prepared:
    """The same from a table that was read before; `source` is what it was read from. With `folder`, it is written
    there while it is made, and what comes back is read from there."""
    derive = parse_all(dataset.derive)
    where = parse("where", dataset.where) if dataset.where else None
    _check_names(dataset, table.columns, derive, where)

    used, rows = _kept(table, where, derive, Rows.count(table.height, source))
    column = _column(used, dataset.target, derive, rows)
    target = read_target(column, dataset.task, rows, dataset.classes, dataset.target_transform)
    by = pl.DataFrame([_column(used, name, derive, rows) for name in dataset.split.columns])
    indices = split(dataset.split, by, target, rows)
    train = indices["train"]
    output = target.spec(train)
    described, (dataset, decided) = dataset, with_inspected(dataset, used, train, derive)
    columns = Columns.of(used.schema, dataset, derive)
    parts = _Parts(indices | {"train": spread(train)}, folder)
    parts.add("y", target.y)
    parts.add("row", rows.numbers.to_numpy())
    parts.add("weight", np.empty(0, np.float32))
    fitting = Fitting(columns, dataset)
    example, notes = _Example(train[:3]), list[str]()
    for names, raw in _groups(columns, used):
        example.add(raw)
        notes += doubts(described, raw, train)
        for extracted in columns.extract(raw, rows, nan=False, names=names):
            parts.add_columns(fitting.add(extracted, train))
    features = fitting.features(output)

    counts = {name: len(index) for name, index in indices.items()}
    facts = {
        "path": dataset.path if isinstance(dataset.path, str) else ", ".join(dataset.path),
        "sha256": sha256(source.files),
        "dvc": dvc_hash(source.files, root),
        "rows": {"table": table.height, "used": sum(counts.values())} | counts,
        "dropped": _dropped(table.columns, columns, [dataset.target, *dataset.split.columns], where, derive),
        "split": dataset.split.columns,
        "classes": _counts(target, train),
        "missing": fitting.missing,
        "example": example.rows(columns.raw),
        "columns": columns.to_dict() | {"target": dataset.target, "decided": decided},
        "notes": notes,
    }
    return parts.prepared(features, facts)


def _check_names(
    dataset: Dataset, present: list[str], derive: Mapping[str, Expression], where: Expression | None
) -> None:
    """Every mistake in a column name, before anything is calculated."""
    if twice := sorted(set(derive) & set(present)):
        raise DataError(f"derive: {twice[0]!r} is a column of {dataset.path} already; take another name")
    known = [*present, *derive]
    wanted = [*dataset.columns.numeric, *dataset.columns.categorical, *dataset.columns.drop, dataset.target]
    wanted += dataset.split.columns
    sentences = [f"{dataset.path}: {sentence}" if (sentence := absent(wanted, known)) else ""]
    expressions = [*derive.values(), *([where] if where else [])]
    sentences += [f"{expr}: {sentence}" if (sentence := absent(expr.inputs, known)) else "" for expr in expressions]
    if any(sentences):
        raise DataError("\n".join(filter(None, sentences)))
    for name in (*dataset.columns.numeric, *dataset.columns.categorical):
        calculated, raw = needed([name], derive)
        if dataset.target in (*calculated, *raw):
            raise DataError(
                f"column {name!r} is calculated from the target {dataset.target!r}; it gives the answer away"
            )


def _kept(
    table: Table, where: Expression | None, derive: Mapping[str, Expression], rows: Rows
) -> tuple[Table, Rows]:
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


def _column(table: Table, name: str, derive: Mapping[str, Expression], rows: Rows) -> pl.Series:
    return _with_derived(table, [name], derive, rows)[name] if name in derive else table[name]


def _with_derived(
    table: Table, names: Sequence[str], derive: Mapping[str, Expression], rows: Rows | None
) -> pl.DataFrame:
    calculated, raw = needed(names, derive)
    frame = table.select(raw)
    floats = [name for name, dtype in frame.schema.items() if kind_of(dtype) == "number"]
    return derived(frame.with_columns(pl.col(floats).cast(pl.Float64)), calculated, derive, rows)


class _Example:
    """Raw cells of the rows `index`, as somebody would send them in JSON: numbers as numbers, anything else as text."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.cells: dict[str, list[str | float | None]] = {}

    def add(self, raw: pl.DataFrame) -> None:
        for column in raw[self.index].iter_columns():
            self.cells[column.name] = [
                cell if isinstance(cell, int | float | None) else str(cell) for cell in column.to_list()
            ]

    def rows(self, names: Iterable[str]) -> list[dict[str, str | float | None]]:
        return [{name: self.cells[name][number] for name in names} for number in range(len(self.index))]


def _groups(columns: Columns, table: Table) -> Iterator[tuple[list[str], pl.DataFrame]]:
    """Names of some features and the columns of the table that they need, so that not all are held at a time."""
    size = max(1, _GROUP_BYTES // (8 * table.height))
    for start in range(0, len(columns.names), size):
        names = columns.names[start : start + size]
        yield names, table.select(columns.reads(names, table.columns))


class _Parts:
    """Where the rows of each part go: into memory, or into files in `folder`."""

    def __init__(self, indices: Mapping[str, Index], folder: Path | None) -> None:
        self.indices, self.folder = indices, folder
        if folder is not None:
            folder.mkdir(parents=True)
        self.held = {name: io.BytesIO() for name in indices}
        self.writers = {
            name: PartWriter(held if folder is None else part_file(folder, name).open("wb"))
            for name, held in self.held.items()
        }

    def add(self, key: str, values: NDArray[Any]) -> None:
        for name, index in self.indices.items():
            self.writers[name].add(key, values[index] if len(values) else values)

    def add_columns(self, columns: Iterable[NDArray[Any]]) -> None:
        """Numbers are float32, codes int64."""
        for values in columns:
            key = "x_num" if values.dtype == np.float32 else "x_cat"
            for name, index in self.indices.items():
                self.writers[name].add_column(key, values[index])

    def prepared(self, features: Features, facts: dict[str, Any]) -> Prepared:
        digests = {name: writer.close() for name, writer in self.writers.items()}
        if self.folder is not None:
            write_state(self.folder, features, facts, digests)
            return Prepared.load(self.folder)
        return Prepared(features, {name: read_part(held.getbuffer()) for name, held in self.held.items()}, facts)


def _counts(target: Target, train: NDArray[np.int64]) -> dict[str, int]:
    if target.codes is None:
        return {}
    counts = np.bincount(target.codes[train], minlength=len(target.classes))
    return dict(zip(target.classes, counts.tolist(), strict=True))


def _dropped(
    present: list[str], columns: Columns, beside: list[str], where: Expression | None, derive: Mapping[str, Expression]
) -> list[str]:
    _, raw = needed([*beside, *(where.inputs if where else ())], derive)
    return [name for name in present if name not in {*columns.raw, *raw}]
