"""All columns of a table fitted and encoded: some at a time, so that many rows need not be in memory at once."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import TypeVar

import polars as pl

from src.config.dataset import Dataset
from src.data.columns import Columns
from src.data.encoders.ordered import refuse_others
from src.data.fitting import Fitted, Fitting, fit_column
from src.data.parts import Parts
from src.data.rows import Rows
from src.data.table import Table
from src.machine import cores
from src.memory import give_back_free_memory

_Item = TypeVar("_Item")

_MANY = 1_000_000  # rows

_GROUP_BYTES = 64 << 20
"""Of the columns that are worked on at a time, as float64."""


def fit_columns(
    columns: Columns,
    table: Table,
    rows: Rows,
    members: Mapping[str, pl.Series],
    parts: Parts,
    dataset: Dataset,
    see: Callable[[pl.DataFrame], None],
) -> Fitting:
    """Their inputs go into `parts`; `members` of each part: Boolean [n]. `see` is shown the columns of the table as
    they were read, each of them once at least. Raises DataError for cells that do not fit the kind of their column."""
    fitting = Fitting(columns, dataset)
    with ThreadPoolExecutor(cores()) as threads:
        for names, raw in _ahead(_groups(columns, table), threads):
            fit = partial(_fitted, raw=raw, columns=columns, rows=rows, members=members, dataset=dataset)
            found = threads.map(fit, _shares(names))
            see(raw)
            for fitted in chain.from_iterable(found):
                fitting.add(fitted)
                parts.add_columns(fitted.inputs)
    if table.height > _MANY:
        give_back_free_memory()
    return fitting


def _fitted(
    names: list[str],
    raw: pl.DataFrame,
    columns: Columns,
    rows: Rows,
    members: Mapping[str, pl.Series],
    dataset: Dataset,
) -> list[Fitted]:
    waiting = columns.extract(raw, rows, nan=False, names=names).get_columns()
    fitted = list[Fitted]()
    while waiting:  # each is let go of before the next one is fitted: of many rows, it is large
        name = waiting[0].name
        if name in dataset.columns.ordered:
            refuse_others(waiting[0], dataset.columns.ordered[name], rows)
        fitted.append(fit_column(waiting.pop(0), members, dataset))
    return fitted


def _shares(names: list[str]) -> list[list[str]]:
    """As many as there are cores."""
    size = -(-len(names) // cores())
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
