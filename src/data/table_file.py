"""One file of a table: its cells as they are written, and where a row stands in it."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from src.config.source import Csv, Format
from src.data import typed
from src.data.delimited import Delimited
from src.data.excel import Sheet
from src.data.files import named, read_bytes
from src.data.pieces import can_be_cut, pieces

_TYPED = {"parquet": typed.read_parquet, "arrow": typed.read_arrow, "jsonl": typed.read_json_lines}


@dataclass(frozen=True)
class TableFile:
    """`csv` counts for CSV and TSV files only, `sheet` for Excel workbooks."""

    path: Path
    format: Format
    csv: Csv
    sheet: str | None

    def cells(self) -> pl.DataFrame:
        """CSV, TSV and Excel: every column String. Raises DataError or MachineError, with the path."""
        with named(self.path):
            match self.format:
                case "csv" | "tsv":
                    return self._delimited().cells()
                case "excel":
                    return Sheet.of(self.path, self.sheet).cells
            return _TYPED[self.format](self.path)

    def height(self) -> int:
        """Number of rows."""
        return typed.parquet_height(self.path) if self.format == "parquet" else self.cells().height

    def place(self, row: int) -> str:
        """'row 12 (line 13) of t.csv' for its 1-based row. The file is read once more to find it."""
        match self.format:
            case "csv" | "tsv":
                where = f" (line {self._line(row)})"
            case "jsonl":
                where = f" (line {typed.line_of(self.path, row)})"
            case "excel":
                sheet = Sheet.of(self.path, self.sheet)
                where = f" (sheet {sheet.name!r}, row {sheet.row(row)})"
            case _:
                where = ""
        return f"row {row}{where} of {self.path}"

    @property
    def csv_options(self) -> Csv:
        tabs = self.format == "tsv" and self.csv.separator == "auto"
        return self.csv.model_copy(update={"separator": "\t"}) if tabs else self.csv

    def _delimited(self) -> Delimited:
        return Delimited.of(read_bytes(self.path), self.csv_options)

    def _line(self, row: int) -> int:
        if not can_be_cut(self.path, self.csv_options):
            return self._delimited().line(row)
        piece = next(each for each in pieces(self.path, self.csv_options) if row <= each.rows_above + each.height)
        return piece.line(row - piece.rows_above)
