"""A whole table predicted piece by piece: while the network works on one, the next is read and the last is written."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
import polars as pl
from torch import Tensor
from tqdm import tqdm

from src.ahead import ahead
from src.config.suggest import remedy
from src.data.features import Oddity
from src.data.names import listed
from src.data.rows import Rows
from src.data.source import Source
from src.data.stream import stream
from src.data.table_writer import table_writer
from src.data.typed import parquet_height
from src.errors import ConfigError, DataError
from src.heads.head import Prediction
from src.inference import Predictor, table
from src.signals import StopFlag

_STOPPED = "before the end; nothing was written"


@dataclass(frozen=True)
class Piece:
    """Rows ready for the network, and the columns that are kept beside what it says."""

    rows: Rows
    kept: pl.DataFrame
    x_num: Tensor
    x_cat: Tensor
    oddities: Counter[Oddity]


@dataclass
class PredictedTable:
    """The predictions of all rows of `source`, in their order, behind the columns `keep` of the same rows, as they are
    written there. `explain`: then the columns attribution_<column> (see `src.attribution`); of several targets
    attribution_<target>_<column>."""

    predictor: Predictor
    source: Source
    keep: Sequence[str] = ()
    explain: bool = False
    rows: int = field(default=0, init=False)
    """Predicted so far."""
    oddities: Counter[Oddity] = field(default_factory=Counter, init=False)
    unused: list[str] = field(default_factory=list, init=False)
    """Columns of the table that nothing is done with."""
    incomplete: int = field(default=0, init=False)
    """Rows whose attributions are not exact."""

    def write(self, path: Path) -> None:
        """By its extension, as a whole: nothing is left if this ends before the last row.

        Raises DataError for missing columns and wrong cells, ConfigError for a name in `keep` that is none or that of
        another column, MachineError if the disk refuses, StoppedError on a signal.
        """
        self._check_names()
        with ExitStack() as stack:
            stop, output = stack.enter_context(StopFlag()), stack.enter_context(table_writer(path))
            progress = stack.enter_context(self._progress())
            thread, writing = stack.enter_context(ThreadPoolExecutor(1)), deque[Future[None]]()
            for piece in stack.enter_context(closing(ahead(self._pieces()))):
                stop.raise_if_asked(_STOPPED)
                answer = self.predictor.predict_rows(piece.x_num, piece.x_cat, piece.rows)
                while len(writing) > 1:  # else a slow disk would fill the memory
                    writing.popleft().result()
                writing.append(thread.submit(self._write, piece, answer, output))
                self.rows += len(piece.x_num)
                self.oddities.update(piece.oddities)
                progress.update(len(piece.x_num))
            for each in writing:
                each.result()
            stop.raise_if_asked(_STOPPED)

    @property
    def notes(self) -> list[str]:
        """A sentence on each oddity of the rows predicted so far."""
        unused = [f"note: not used: {listed(self.unused)}"] if self.unused else []
        sums = "the attributions do not add up to what they explain (to 0.1 %)"
        incomplete = [f"note: {sums} in {self.incomplete} row(s)"] if self.incomplete else []
        return unused + self.predictor.features.notes(self.oddities) + incomplete

    def _progress(self) -> "tqdm[NoReturn]":
        """On a terminal; how far it is where the files tell their number of rows."""
        files = self.source.files if self.source.formats == {"parquet"} else ()
        total = sum(map(parquet_height, files)) or None
        return tqdm(total=total, unit=" rows", unit_scale=True, leave=False, disable=None)

    def _pieces(self) -> Iterator[Piece]:
        features, begin, schema = self.predictor.features, 0, None
        for cells in stream(self.source, self._choose):
            end = begin + cells.height
            rows = Rows(cells.height, self.source, pl.Series(np.arange(begin + 1, end + 1)))
            kept = _kept(cells, self.keep, schema, rows)
            schema = schema or kept.schema
            typed = self.source.typed(cells, features.columns.markers)
            yield Piece(rows, kept, *features.encode_with_oddities(typed, rows))
            begin = end

    def _choose(self, present: Sequence[str]) -> list[str]:
        columns = self.predictor.features.columns
        needed = columns.reads(columns.names, present)
        if absent := [name for name in self.keep if name not in present]:
            raise ConfigError(*(f"keep: no column {name!r}; {remedy(name, present)}" for name in absent))
        chosen = [*dict.fromkeys([*needed, *self.keep])]
        self.unused = [name for name in present if name not in chosen]
        return chosen

    def _write(self, piece: Piece, answer: Prediction, output: Callable[[pl.DataFrame], None]) -> None:
        columns = [*table(answer, self.predictor.features.output)]
        if self.explain:
            columns += self._attributions(piece)
        output(pl.DataFrame([*piece.kept, *columns]))

    def _attributions(self, piece: Piece) -> Iterator[pl.Series]:
        from src.attribution import attribute  # loads captum

        found = attribute(self.predictor, piece.x_num, piece.x_cat)
        self.incomplete += int((~found.is_complete).sum())
        for name, values in zip(self._attributed, found.values.flatten(1).T, strict=True):
            yield pl.Series(name, values.numpy())

    @property
    def _attributed(self) -> list[str]:
        """Names of the columns of attributions: of each answer those of all columns."""
        features = self.predictor.features
        answers = features.output.columns("attribution")
        return [f"{answer}_{name}" for answer in answers for name in features.columns.names]

    def _check_names(self) -> None:
        """Raises ConfigError if two columns of what is written would have one name."""
        attributed = self._attributed if self.explain else []
        if twice := {*self.keep} & {*self.predictor.features.output.predicted_columns, *attributed}:
            raise ConfigError(f"keep: {min(twice)!r} is the name of a column of predictions; rename it in the input")
        if twice := {name for name, count in Counter(attributed).items() if count > 1}:
            raise ConfigError(
                f"explain: the attributions of two columns would both be called {min(twice)!r}, of a target and a "
                "column each; train with another name for one of these"
            )


def _kept(cells: pl.DataFrame, names: Sequence[str], schema: pl.Schema | None, rows: Rows) -> pl.DataFrame:
    """With the types of the first piece. Raises DataError for a column that holds something else later on, or no cells
    that a table of any format could hold."""
    kept = cells.select(_plain(cells[name]) for name in names)
    for name, dtype in (schema or kept.schema).items():
        if kept[name].dtype.is_nested() or dtype == pl.Binary:
            raise DataError(f"keep: column {name!r} holds {kept[name].dtype}; numbers, texts, dates can be kept")
        if kept[name].dtype not in (dtype, pl.Null):
            found = f"{kept[name].dtype} from {rows.place(0)} on, {dtype} before"
            raise DataError(f"keep: column {name!r} holds {found}; write all alike, or leave it out")
    return kept.cast(schema) if schema else kept


def _plain(column: pl.Series) -> pl.Series:
    is_text = isinstance(column.dtype, pl.Categorical | pl.Enum) or column.dtype == pl.Null
    return column.cast(pl.String) if is_text else column
