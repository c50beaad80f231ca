"""From the file to tensors, in order: read, derive, keep, target, split, columns, fit, encode."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.config.missing import EVERY_OTHER
from src.config.path import as_text
from src.data.auto import doubts, with_inspected
from src.data.columns import Columns
from src.data.encoders.ordered import refuse_others
from src.data.expressions import Expression, needed, parse, parse_all
from src.data.fitting import Fitted, Fitting, fit_column
from src.data.kept import column_of, complete_in, kept
from src.data.moments import ISO, moments
from src.data.names import absent
from src.data.origin import dvc_hash, sha256
from src.data.parts import Parts
from src.data.prepared import Prepared
from src.data.rows import Rows
from src.data.source import Source
from src.data.split import split
from src.data.splits.kind import Index
from src.data.spread import spread
from src.data.table import Table
from src.data.target import Target, read_target
from src.data.weight import check_weight, read_weight
from src.errors import DataError
from src.memory import give_back_free_memory

_Item = TypeVar("_Item")

_CORES = len(os.sched_getaffinity(0))
_MANY = 1_000_000  # rows

_GROUP_BYTES = 64 << 20
"""Of the columns that are worked on at a time, as float64."""


def prepare(dataset: Dataset, root: Path, folder: Path | None = None) -> Prepared:
    """Everything that training needs of the data; with `folder` it is written there and mapped from there. A relative
    path of `dataset` is looked for in the current folder, then in `root`.

    Raises DataError, with file, column and row, for whatever in the data contradicts the configuration.
    """
    return from_table(dataset, *read(dataset, root), root, folder)


def read(dataset: Dataset, root: Path) -> tuple[Table, Source]:
    """The whole table, all columns, as it is in the files; and the files."""
    source = Source.of(dataset, root)
    return source.table(dataset.missing.markers), source


def from_table(
    dataset: Dataset,
    table: Table,
    source: Source,
    root: Path,
    folder: Path | None = None,
    digest: Callable[[], str] | None = None,
) -> Prepared:
    """The same from a table that was read before; `source` is what it was read from, `digest` gives its SHA-256. With
    `folder`, it is written there while it is made, and what comes back is mapped from there."""
    derive = parse_all(dataset.derive)
    where = parse("where", dataset.where) if dataset.where else None
    _check_names(dataset, table.columns, derive, where)

    used, rows = kept(table, where, derive, Rows.count(table.height, source))
    used, rows, without = complete_in(used, dataset.missing.dropped, derive, rows)
    target, weight, indices = _split(dataset, used, derive, rows)
    output, classes = target.spec(indices["train"], dataset.split.by), target.counts(indices["train"])
    counts = {name: len(index) for name, index in indices.items()}
    train = indices["train"].astype(np.uint32)  # as Polars picks rows, and half of what 64 bits take
    described, (dataset, decided) = dataset, with_inspected(dataset, used, train, derive)
    columns = Columns.of(used.schema, dataset, derive)
    fitting = Fitting(columns, dataset)
    example, notes = _Example(train[:3]), list[str]()
    threads = ThreadPoolExecutor(_CORES)
    with threads, Parts(indices | {"train": spread(indices["train"])}, folder) as parts:
        parts.add("y", target.y)
        parts.add("weight", weight)
        del target, weight, indices  # of many rows, they are large
        parts.add_rows(rows)
        for names, raw in _ahead(_groups(columns, used), threads):
            example.add(raw)
            notes += doubts(described, raw, train)
            fit = partial(_fitted, raw=raw, columns=columns, rows=rows, parts=parts, dataset=dataset)
            for fitted in chain.from_iterable(threads.map(fit, _shares(names))):
                fitting.add(fitted)
                parts.add_columns(fitted.inputs)
            if table.height > _MANY:
                give_back_free_memory()

    facts = {
        "path": as_text(dataset.path),
        "sha256": digest() if digest else sha256(source.files),
        "dvc": dvc_hash(source.files, root),
        "rows": {"table": table.height, "used": sum(counts.values())} | counts,
        "dropped": _dropped(table.columns, columns, dataset.beside, where, derive),
        "split": dataset.split.columns,
        "classes": classes,
        "missing": fitting.missing,
        "without": without,
        "example": example.rows(columns.raw),
        "columns": columns.to_dict() | {"target": dataset.target, "decided": decided},
        "notes": notes,
    }
    return parts.prepared(fitting.features(output), facts)


def _split(
    dataset: Dataset, table: Table, derive: Mapping[str, Expression], rows: Rows
) -> tuple[Target, NDArray[np.float32], dict[str, Index]]:
    """Target and weight of all rows, and which rows each part has."""
    target = _target(dataset, table, derive, rows)
    weight = _weight(dataset, table, derive, rows)
    by = pl.DataFrame([_typed(column_of(table, name, derive, rows), dataset, rows) for name in dataset.split.columns])
    indices = split(dataset.split, by, target, rows)
    check_weight(dataset.weight, weight, indices)
    return target, weight, indices


def _target(dataset: Dataset, table: Table, derive: Mapping[str, Expression], rows: Rows) -> Target:
    answers, markers = [column_of(table, name, derive, rows) for name in dataset.targets], dataset.missing.markers
    return read_target(answers, dataset.task, rows, dataset.classes, dataset.target_transform, markers)


def _typed(column: pl.Series, dataset: Dataset, rows: Rows) -> pl.Series:
    """A column that the split reads; dates in the form that `columns.datetime` says."""
    form = dataset.columns.forms.get(column.name, ISO)
    return column if form == ISO else moments(column, form, "dataset.split", rows)


def _check_names(
    dataset: Dataset, present: list[str], derive: Mapping[str, Expression], where: Expression | None
) -> None:
    """Every mistake in a column name, before anything is calculated."""
    if twice := sorted(set(derive) & set(present)):
        raise DataError(f"derive: {twice[0]!r} is a column of {as_text(dataset.path)} already; take another name")
    known = [*present, *derive]
    of_markers = dataset.missing.markers if isinstance(dataset.missing.markers, Mapping) else {}
    wanted = [*dataset.columns.names, *dataset.columns.drop, *dataset.missing.columns, *of_markers, *dataset.beside]
    wanted = [name for name in wanted if name != EVERY_OTHER]
    sentences = [f"{as_text(dataset.path)}: {sentence}" if (sentence := absent(wanted, known)) else ""]
    expressions = [*derive.values(), *([where] if where else [])]
    sentences += [f"{expr}: {sentence}" if (sentence := absent(expr.inputs, known)) else "" for expr in expressions]
    if any(sentences):
        raise DataError("\n".join(filter(None, sentences)))
    for name in dataset.columns.names:
        calculated, raw = needed([name], derive)
        for target in dataset.targets:
            if target in (*calculated, *raw):
                raise DataError(f"column {name!r} is calculated from the target {target!r}; it gives the answer away")


def _weight(dataset: Dataset, table: Table, derive: Mapping[str, Expression], rows: Rows) -> NDArray[np.float32]:
    """[n], or [0] if rows have none."""
    if dataset.weight is None:
        return np.empty(0, np.float32)
    return read_weight(column_of(table, dataset.weight, derive, rows), rows)


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


def _fitted(
    names: list[str], raw: pl.DataFrame, columns: Columns, rows: Rows, parts: Parts, dataset: Dataset
) -> list[Fitted]:
    waiting = columns.extract(raw, rows, nan=False, names=names).get_columns()
    fitted = list[Fitted]()
    while waiting:  # each is let go of before the next one is fitted: of many rows, it is large
        name = waiting[0].name
        if name in dataset.columns.ordered:
            refuse_others(waiting[0], dataset.columns.ordered[name], rows)
        fitted.append(fit_column(parts.of(waiting.pop(0)), dataset))
    return fitted


def _shares(names: list[str]) -> list[list[str]]:
    """As many as there are cores."""
    size = -(-len(names) // _CORES)
    return [names[start : start + size] for start in range(0, len(names), size)]


def _ahead(items: Iterator[_Item], threads: ThreadPoolExecutor) -> Iterator[_Item]:
    """The same items, the next one read while the caller works."""
    waiting = threads.submit(next, items, None)
    while (item := waiting.result()) is not None:
        waiting = threads.submit(next, items, None)
        yield item


def _groups(columns: Columns, table: Table) -> Iterator[tuple[list[str], pl.DataFrame]]:
    """Names of some features and the columns of the table that they need, so that not all are held at a time."""
    size = max(1, _GROUP_BYTES // (8 * table.height))
    for start in range(0, len(columns.names), size):
        names = columns.names[start : start + size]
        yield names, table.select(columns.reads(names, table.columns))




def _dropped(
    present: list[str], columns: Columns, beside: list[str], where: Expression | None, derive: Mapping[str, Expression]
) -> list[str]:
    _, raw = needed([*beside, *(where.inputs if where else ())], derive)
    used = {*columns.raw, *raw}
    return [name for name in present if name not in used]
