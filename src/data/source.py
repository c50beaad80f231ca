"""File or files to typed table, strictly: what cannot be read without guessing is an error with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Literal

import polars as pl

from src.config.dataset import Dataset
from src.config.markers import Markers
from src.config.path import Files, is_database
from src.config.source import EXTENSIONS, OTHER_WORKBOOKS, Csv, Format, format_of
from src.data import typed
from src.data.dtypes import infer
from src.data.files import check, distinct, located
from src.data.missing import composed, missing_as_null
from src.data.pieces import can_be_cut
from src.data.sql.answer import answer
from src.data.stack import below_each_other
from src.data.staged import staged
from src.data.table import HeldTable, LazyTable, Table
from src.data.table_file import TableFile
from src.errors import DataError

LARGE = 64 << 20
"""Bytes of files from which on they are not read at once."""

_SHOWN = 3  # files in a sentence
_AS_USUAL = Csv()


@dataclass(frozen=True)
class Source:
    """Where a table comes from: its files, read one below the other, and how they are written."""

    files: tuple[Path, ...]
    csv: Csv = _AS_USUAL
    format: Format | Literal["auto"] = "auto"
    sheet: str | None = None
    parts: Mapping[str, int] = field(default_factory=dict)
    """Number of files of train, validation and test, in this order, where each part has its own."""
    heights: dict[Path, int] = field(default_factory=dict, compare=False, repr=False)
    """Rows of each file that was read."""

    @classmethod
    def of(cls, dataset: Dataset, root: Path) -> "Source":
        """Raises DataError if there are no such files, and for options that would have no effect on them."""
        if isinstance(dataset.path, str) and is_database(dataset.path):
            assert dataset.query is not None, "a database has a query"
            return cls((answer(dataset.path, dataset.query, root),))
        if isinstance(dataset.path, Files):
            found = {part: located(paths, root) for part, paths in dataset.path.parts.items()}
            files, parts = distinct(chain(*found.values())), {part: len(each) for part, each in found.items()}
        else:
            files, parts = located(dataset.path, root), {}
        source = cls(files, dataset.csv, dataset.format, dataset.sheet, parts)
        kinds = source.formats
        if dataset.csv != _AS_USUAL and not kinds <= {"csv", "tsv"}:
            raise DataError(f"dataset.csv has an effect on CSV and TSV files only, not on {source}; leave it out")
        if dataset.sheet is not None and kinds != {"excel"}:
            raise DataError(f"dataset.sheet has an effect on Excel workbooks only, not on {source}; leave it out")
        return source

    def read(self, markers: Markers) -> pl.DataFrame:
        """The table, with at least one row and named, distinct columns; rows in the order of files and lines.

        Columns of text files are Int64, Float64, Boolean or String; others keep their type, but dates become text.
        Empty cells and `markers` are null. A column that holds `nan` or `inf` among numbers is Float64 with these
        values, so that whoever uses it can refuse them. Raises DataError for whatever is wrong with a file,
        MachineError if one may not be read.
        """
        self.check_formats()
        cells = below_each_other({path: self._read(path) for path in self.files})
        if cells.is_empty():
            raise DataError(f"{self}: there is a header and no row below it; at least three rows are needed")
        return self.typed(cells, markers)

    def check_formats(self) -> None:
        """Raises DataError for files that are written in different ways."""
        if not self.is_text and len(self.formats) > 1:
            raise DataError(f"{self}: all files must be of one format")

    def typed(self, cells: pl.DataFrame, markers: Markers) -> pl.DataFrame:
        """`cells` as they are written (see `TableFile.cells`) to those of `read`."""
        table = missing_as_null(cells, markers)
        if not self.is_text:
            return composed(table)
        try:
            return composed(missing_as_null(pl.DataFrame([infer(column, self.csv) for column in table]), markers))
        except DataError as error:
            raise DataError(f"{self}: {error}") from None

    def table(self, markers: Markers, folder: Path | None = None) -> Table:
        """What `read` gives; but the columns of large Parquet files are read when asked for, and so are those of large
        text files, which are converted piece by piece into `folder`, if there is one."""
        if self.size < LARGE:
            return HeldTable(self.read(markers))
        if folder is not None and self.formats <= {"csv", "tsv"}:
            files = [self.file(path) for path in self.files]
            if all(can_be_cut(file.path, file.csv_options) for file in files):
                table, heights = staged([(file.path, file.csv_options) for file in files], markers, folder)
                self.heights.update(heights)
                return table
        if self.formats != {"parquet"}:
            return HeldTable(self.read(markers))
        height = sum(typed.parquet_height(path) for path in self.files)
        if not height:
            return HeldTable(self.read(markers))  # which explains it
        schema = self._columns(None, markers, n_rows=0).schema
        return LazyTable(schema, height, lambda names: self._columns(names, markers))

    @property
    def formats(self) -> set[Format]:
        """Raises DataError for a file whose name does not tell it."""
        return {self._format(path) for path in self.files}

    @property
    def size(self) -> int:
        """Bytes of all files. Raises DataError or MachineError for one that cannot be read."""
        for path in self.files:
            check(path)
        return sum(path.stat().st_size for path in self.files)

    def _columns(self, names: Sequence[str] | None, markers: Markers, n_rows: int | None = None) -> pl.DataFrame:
        """Some columns of Parquet files, as `read` would give them."""
        tables = {path: typed.read_parquet(path, names, n_rows) for path in self.files}
        return composed(missing_as_null(below_each_other(tables), markers))

    def place(self, row: int) -> str:
        """'row 12 (line 13) of t.csv' for the 1-based row of the table. The files are read once more to find it."""
        heights = [0] if len(self.files) == 1 else [self._height(path) for path in self.files]
        index = 0
        while row > heights[index] and index < len(heights) - 1:
            row, index = row - heights[index], index + 1
        return self.file(self.files[index]).place(row)

    def rows_of_parts(self) -> dict[str, int]:
        """Number of rows for train, validation and test, in this order, where each part has its own files."""
        files, rows = iter(self.files), dict[str, int]()
        for part, count in self.parts.items():
            rows[part] = sum(self._height(path) for path in islice(files, count))
        return rows

    def __str__(self) -> str:
        more = f" and {len(self.files) - _SHOWN} more" if len(self.files) > _SHOWN else ""
        return ", ".join(map(str, self.files[:_SHOWN])) + more

    @property
    def is_text(self) -> bool:
        """Whether cells are texts before `typed` tells what they hold."""
        return self.formats <= {"csv", "tsv", "excel"}

    def _format(self, path: Path) -> Format:
        kind = format_of(path.name) if self.format == "auto" else self.format
        if kind is None and path.suffix.lower() in OTHER_WORKBOOKS:
            raise DataError(f"{path}: of workbooks .xlsx and .xlsm can be read; open this one and save it as .xlsx")
        if kind is None:
            raise DataError(f"{path}: the name must end in {', '.join(EXTENSIONS)}, or dataset.format say what it is")
        return kind

    def _read(self, path: Path) -> pl.DataFrame:
        table = self.file(path).cells()
        self.heights[path] = table.height
        return table

    def _height(self, path: Path) -> int:
        if path not in self.heights:
            self.heights[path] = self.file(path).height()
        return self.heights[path]

    def file(self, path: Path) -> TableFile:
        """One of `files`. Raises DataError if its name does not tell what it is."""
        return TableFile(path, self._format(path), self.csv, self.sheet)


def read_table(path: Path, markers: Markers, csv: Csv = _AS_USUAL) -> pl.DataFrame:
    """`Source.read` of one file, its format told by the extension."""
    return Source((path,), csv).read(markers)
