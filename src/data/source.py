"""File or files to typed table, strictly: what cannot be read without guessing is an error with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from src.config.dataset import Dataset
from src.config.source import EXTENSIONS, Csv, Format, format_of
from src.data import typed
from src.data.delimited import Delimited
from src.data.dtypes import infer
from src.data.files import check, located, read_bytes
from src.data.missing import composed, missing_as_null
from src.data.names import listed
from src.data.table import HeldTable, LazyTable, Table
from src.errors import DataError

LARGE = 64 << 20
"""Bytes of Parquet files from which on their columns are read one by one."""

_AS_USUAL = Csv()
_TYPED = {"parquet": typed.read_parquet, "arrow": typed.read_arrow, "jsonl": typed.read_json_lines}


@dataclass(frozen=True)
class Source:
    """Where a table comes from: its files, read one below the other, and how they are written."""

    files: tuple[Path, ...]
    csv: Csv = _AS_USUAL
    format: Format | Literal["auto"] = "auto"

    @classmethod
    def of(cls, dataset: Dataset, root: Path) -> "Source":
        """Raises DataError if there are no such files, and for CSV options that would have no effect on them."""
        source = cls(located(dataset.path, root), dataset.csv, dataset.format)
        if dataset.csv != _AS_USUAL and not source._is_text:
            raise DataError(f"dataset.csv has an effect on CSV and TSV files only, not on {source}; leave it out")
        return source

    def read(self, markers: Sequence[str]) -> pl.DataFrame:
        """The table, with at least one row and named, distinct columns; rows in the order of files and lines.

        Columns of text files are Int64, Float64, Boolean or String; others keep their type, but dates become text.
        Empty cells and `markers` are null. A column that holds `nan` or `inf` among numbers is Float64 with these
        values, so that whoever uses it can refuse them. Raises DataError for whatever is wrong with a file,
        MachineError if one may not be read.
        """
        if not self._is_text and len({self._format(path) for path in self.files}) > 1:
            raise DataError(f"{self}: all files must be of one format")
        table = missing_as_null(_below_each_other({path: self._read(path) for path in self.files}), markers)
        if table.is_empty():
            raise DataError(f"{self}: there is a header and no row below it; at least three rows are needed")
        if not self._is_text:
            return composed(table)
        try:
            return composed(missing_as_null(pl.DataFrame([infer(column, self.csv) for column in table]), markers))
        except DataError as error:
            raise DataError(f"{self}: {error}") from None

    def table(self, markers: Sequence[str]) -> Table:
        """What `read` gives; large Parquet files stay where they are, and their columns are read when asked for."""
        if {self._format(path) for path in self.files} != {"parquet"} or self.size < LARGE:
            return HeldTable(self.read(markers))
        height = sum(typed.parquet_height(path) for path in self.files)
        if not height:
            return HeldTable(self.read(markers))  # which explains it
        schema = self._columns(None, markers, n_rows=0).schema
        return LazyTable(schema, height, lambda names: self._columns(names, markers))

    @property
    def size(self) -> int:
        """Bytes of all files. Raises DataError or MachineError for one that cannot be read."""
        for path in self.files:
            check(path)
        return sum(path.stat().st_size for path in self.files)

    def _columns(self, names: Sequence[str] | None, markers: Sequence[str], n_rows: int | None = None) -> pl.DataFrame:
        """Some columns of Parquet files, as `read` would give them."""
        tables = {path: typed.read_parquet(path, names, n_rows) for path in self.files}
        return composed(missing_as_null(_below_each_other(tables), markers))

    def place(self, row: int) -> str:
        """'row 12 (line 13) of t.csv' for the 1-based row of the table. The files are read once more to find it."""
        heights = [0] if len(self.files) == 1 else [self._read(path).height for path in self.files]
        index = 0
        while row > heights[index] and index < len(heights) - 1:
            row, index = row - heights[index], index + 1
        path = self.files[index]
        line = self._line(path, row)
        return f"row {row}{'' if line is None else f' (line {line})'} of {path}"

    def __str__(self) -> str:
        return listed([str(path) for path in self.files], shown=3)

    @property
    def _is_text(self) -> bool:
        return {self._format(path) for path in self.files} <= {"csv", "tsv"}

    def _format(self, path: Path) -> Format:
        kind = format_of(path.name) if self.format == "auto" else self.format
        if kind is None:
            raise DataError(f"{path}: the name must end in {', '.join(EXTENSIONS)}, or dataset.format say what it is")
        return kind

    def _read(self, path: Path) -> pl.DataFrame:
        """Text files: every column String."""
        kind = self._format(path)
        try:
            return _TYPED[kind](path) if kind in _TYPED else self._delimited(path).cells()
        except DataError as error:
            raise DataError(str(error) if str(path) in str(error) else f"{path}: {error}") from None

    def _delimited(self, path: Path) -> Delimited:
        tabs = self._format(path) == "tsv" and self.csv.separator == "auto"
        return Delimited.of(read_bytes(path), self.csv.model_copy(update={"separator": "\t"}) if tabs else self.csv)

    def _line(self, path: Path, row: int) -> int | None:
        match self._format(path):
            case "csv" | "tsv":
                return self._delimited(path).line(row)
            case "jsonl":
                return typed.line_of(path, row)
        return None


def read_table(path: Path, markers: Sequence[str], csv: Csv = _AS_USUAL) -> pl.DataFrame:
    """`Source.read` of one file, its format told by the extension."""
    return Source((path,), csv).read(markers)


def _below_each_other(tables: Mapping[Path, pl.DataFrame]) -> pl.DataFrame:
    """By the names of the columns, in the order of the first table; whole numbers and fractions become fractions."""
    (first, table), *rest = tables.items()
    for path, other in rest:
        if lacking := [name for name in table.columns if name not in other.columns]:
            raise DataError(f"{path} has no column {listed(lacking)}; {first} has. All files need the same columns")
        if more := [name for name in other.columns if name not in table.columns]:
            raise DataError(f"{path} has the column {listed(more)}; {first} has not. All files need the same columns")
        for name, dtype in table.schema.items():
            if dtype != other.schema[name] and not (dtype.is_numeric() and other.schema[name].is_numeric()):
                raise DataError(f"column {name!r} is {dtype} in {first} and {other.schema[name]} in {path}")
    if not rest:
        return table
    return pl.concat([table, *(other.select(table.columns) for _, other in rest)], how="vertical_relaxed")
