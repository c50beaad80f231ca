"""All columns of a table fitted and encoded, as they are read."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

import polars as pl

from src.config.dataset import Dataset
from src.data.columns import Columns
from src.data.encoders.ordered import refuse_others
from src.data.fitting import Fitted, Fitting, fit_column
from src.data.parts import Parts
from src.data.reading import Reading
from src.data.rows import Rows
from src.machine import cores
from src.memory import give_back_free_memory

_MANY = 1_000_000  # rows


def fit_columns(
    reading: Reading,
    columns: Columns,
    rows: Rows,
    members: Mapping[str, pl.Series],
    parts: Parts,
    dataset: Dataset,
    see: Callable[[pl.DataFrame], None],
) -> Fitting:
    """The inputs of `columns` go into `parts`; `members` of each part: Boolean [n]. `see` is shown what was read, each
    column of the table once at least. Raises DataError for cells that do not fit the kind of their column."""
    fitting, begun = Fitting(columns, dataset), deque[Iterator[list[Fitted]]]()

    def finish(still: int) -> None:
        while len(begun) > still:
            for fitted in chain.from_iterable(begun.popleft()):
                fitting.add(fitted)
                parts.add_columns(fitted.inputs)

    with ThreadPoolExecutor(cores()) as threads:
        for names, raw in reading:
            fit = partial(_fitted, raw=raw, columns=columns, rows=rows, members=members, dataset=dataset)
            begun.append(threads.map(fit, _shares(names)))
            see(raw)
            finish(still=1)  # so that no thread is idle between two groups
        finish(still=0)
    if rows.height > _MANY:
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
