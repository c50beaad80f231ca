"""From the file to tensors, in order: read, derive, keep, target, split, columns, fit, encode."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.config.dates import ISO
from src.config.markers import EVERY_OTHER
from src.config.path import as_text
from src.data.auto import doubts, with_inspected
from src.data.columns import Columns
from src.data.columnwise import fit_columns
from src.data.example import Example, proving
from src.data.expressions import Expression, needed, parse, parse_all
from src.data.kept import column_of, complete_in, kept, limited
from src.data.moments import moments
from src.data.names import absent
from src.data.origin import Origin, refuse_changed
from src.data.parts import Parts
from src.data.prepared import Prepared
from src.data.reading import Reading
from src.data.rows import Rows
from src.data.source import Source
from src.data.split import split
from src.data.splits.kind import Index
from src.data.table import Table
from src.data.target import Target, read_target
from src.data.weight import check_weight, read_weight
from src.errors import DataError


class _Split(NamedTuple):
    """Target and weight of all rows, and which rows each part has."""

    target: Target
    weight: NDArray[np.float32]
    indices: dict[str, Index]

    @property
    def train(self) -> NDArray[np.uint32]:
        """As Polars picks rows, and half of what 64 bits take."""
        return self.indices["train"].astype(np.uint32)

    @property
    def members(self) -> dict[str, pl.Series]:
        """Whether a row is one of each part, Boolean [n]."""
        found = {name: np.zeros(len(self.target.y), np.bool_) for name in self.indices}
        for name, index in self.indices.items():
            found[name][index] = True
        return {name: pl.Series(each) for name, each in found.items()}


def prepare(dataset: Dataset, root: Path, folder: Path | None = None) -> Prepared:
    """Everything that training needs of the data; with `folder` it is written there and mapped from there. A relative
    path of `dataset` is looked for in the current folder, then in `root`.

    Raises DataError, with file, column and row, for whatever in the data contradicts the configuration.
    """
    if folder is None:
        return from_table(dataset, *read(dataset, root), root)
    source = Source.of(dataset, root)
    refuse_changed(dataset, source.files, root)
    return into_folder(dataset, source, root, folder)


def into_folder(
    dataset: Dataset, source: Source, root: Path, folder: Path, origin: Callable[[], Origin] | None = None
) -> Prepared:
    """`prepare` with a folder; large text files are converted beside it first, for as long as it takes."""
    pieces = folder.with_name(f"{folder.name}-pieces")
    try:
        return from_table(dataset, source.table(dataset.missing.markers, pieces), source, root, folder, origin)
    finally:
        shutil.rmtree(pieces, ignore_errors=True)


def read(dataset: Dataset, root: Path) -> tuple[Table, Source]:
    """The whole table, all columns, as it is in the files; and the files."""
    source = Source.of(dataset, root)
    refuse_changed(dataset, source.files, root)
    return source.table(dataset.missing.markers), source


def from_table(
    dataset: Dataset,
    table: Table,
    source: Source,
    root: Path,
    folder: Path | None = None,
    origin: Callable[[], Origin] | None = None,
) -> Prepared:
    """The same from a table that was read before; `source` is what it was read from, `origin` gives which data it was.
    With `folder`, it is written there while it is made, and what comes back is mapped from there."""
    derive = parse_all(dataset.derive)
    where = parse("where", dataset.where) if dataset.where else None
    _check_names(dataset, table.columns, derive, where)

    used, rows = kept(table, where, derive, Rows.count(table.height, source))
    used, rows, without = complete_in(used, dataset.missing.dropped, derive, rows)
    used, rows = limited(used, dataset.limit_rows, dataset.split.seed, rows)
    parted = _split(dataset, used, derive, rows) if dataset.columns.auto else None
    described, decided = dataset, dict[str, dict[str, str]]()
    if parted:
        dataset, decided = with_inspected(dataset, used, parted.train, derive)
    columns = Columns.of(used.schema, dataset, derive)
    with Reading(columns, used) as reading:  # goes on while the rows are split
        parted = parted or _split(described, used, derive, rows)
        train, members = parted.train, parted.members
        output, classes = parted.target.spec(train, dataset.split.by), parted.target.counts(train)
        counts = {name: len(index) for name, index in parted.indices.items()}
        example, notes = Example(train[:3]), dict[str, None]()  # once each, in order
        proof = Example(parted.indices["test"][: proving(len(columns.raw))])

        def see(raw: pl.DataFrame) -> None:
            example.add(raw)
            proof.add(raw)
            notes.update(dict.fromkeys(doubts(described, raw, train)))

        with Parts(parted.indices, folder) as parts:
            parts.add("y", parted.target.y)
            parts.add("weight", parted.weight)
            parts.add("row", rows.numbers.to_numpy())
            del parted  # of many rows, it is large
            fitting = fit_columns(reading, columns, rows, members, parts, dataset, see)

    facts = {
        "path": as_text(dataset.path),
        **asdict(origin() if origin else Origin.of(dataset, source.files, root)),
        "rows": {"table": table.height, "used": sum(counts.values())} | counts,
        "dropped": _dropped(table.columns, columns, dataset.beside, where, derive),
        "split": dataset.split.columns,
        "classes": classes,
        "missing": fitting.missing,
        "without": without,
        "example": example.rows(columns.raw),
        "test_rows": proof.rows(columns.raw),
        "columns": columns.to_dict() | {"target": dataset.target, "decided": decided},
        "notes": list(notes),
    }
    return parts.prepared(fitting.features(output), facts)


def _split(dataset: Dataset, table: Table, derive: Mapping[str, Expression], rows: Rows) -> _Split:
    target = _target(dataset, table, derive, rows)
    weight = _weight(dataset, table, derive, rows)
    by = pl.DataFrame([_typed(column_of(table, name, derive, rows), dataset, rows) for name in dataset.split.columns])
    indices = split(dataset.split, by, target, rows)
    check_weight(dataset.weight, weight, indices)
    return _Split(target, weight, indices)


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


def _dropped(
    present: list[str], columns: Columns, beside: list[str], where: Expression | None, derive: Mapping[str, Expression]
) -> list[str]:
    _, raw = needed([*beside, *(where.inputs if where else ())], derive)
    used = {*columns.raw, *raw}
    return [name for name in present if name not in used]
