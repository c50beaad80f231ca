"""Excel workbooks (.xlsx): the cells of one sheet, every one a text as in a CSV file, nothing guessed.

Not those of other kinds, which do not tell in the same way which cells are merged or lack a result.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from src.data.files import check
from src.data.header import checked
from src.data.impostor import impostor, markup
from src.data.workbook import Workbook
from src.errors import DataError

_NO_DATE, _MIDNIGHT = r"^1899-12-3[01] ", r" 00:00:00$"
_ERRORS = {"Div0": "#DIV/0!", "NA": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!"}
_OLE = b"\xd0\xcf\x11\xe0"
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"  # the first file of the archive
_TITLE = "if a title stands above the header, delete it"


@dataclass(frozen=True)
class Sheet:
    """`cells`: all String, null where empty; `header`: 1-based row of the sheet with the names, above the cells."""

    name: str
    header: int
    cells: pl.DataFrame

    @classmethod
    def of(cls, path: Path, name: str | None) -> "Sheet":
        """Raises DataError for a file that is no workbook, and a sheet that is not there or no plain table."""
        _check_kind(path)
        book = Workbook.of(path)
        name = book.chosen(name)
        book.check(name)
        try:
            sheet = fastexcel.read_excel(path).load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            batch, errors = sheet.to_arrow_with_errors()
        except fastexcel.FastExcelError as error:
            raise DataError(f"not a readable Excel workbook: {str(error).splitlines()[0]}") from None
        try:
            return cls._of(name, pl.DataFrame(batch), list(errors.errors) if errors else [])
        except DataError as error:
            raise DataError(f"sheet {name!r}: {error}") from None

    @classmethod
    def _of(cls, name: str, table: pl.DataFrame, errors: list[Any]) -> "Sheet":
        labels = table.columns
        for error in errors[:1]:
            table[error.position] = "error"  # the reader leaves it empty
        table = table.select(pl.all().str.strip_chars().replace("", None))
        if not labels or table.select(pl.all().is_null().all()).row(0) == (True,) * len(labels):
            raise DataError("there is no cell in it; a header and rows are needed")
        used = table.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
        begin = used[0]
        table = table[begin : used[-1] + 1]
        table = table[[column.name for column in table if column.null_count() < table.height]]
        names = checked([cell or "" for cell in table.row(0)], f"row {begin + 1}", _TITLE)
        if len(used) < table.height:
            empty = next(row for row, at in enumerate(used, begin) if row != at)
            raise DataError(f"row {empty + 1} is empty, and others follow; delete it, and what follows if it is no row")
        renamed = dict(zip(table.columns, names, strict=True))
        if errors:
            row, column = errors[0].position
            raise DataError(f"row {row + 1}, column {renamed[labels[column]]!r}: {_error(errors)}")
        return cls(name, begin + 1, _dates(table[1:].rename(renamed)))

    def row(self, row: int) -> int:
        """Row of the sheet, 1-based, for the 1-based row of `cells`."""
        return self.header + row


def _error(errors: list[Any]) -> str:
    kind = re.sub(r".*Error\((\w+)\).*", r"\1", errors[0].detail)
    more = f" ({len(errors)} such cells)" if len(errors) > 1 else ""
    return f"the formula gives the error {_ERRORS.get(kind, kind)}{more}; mend it, or clear the cell if it is missing"


def _dates(cells: pl.DataFrame) -> pl.DataFrame:
    """A time of the day has no date; where each cell of a column is a midnight, they are dates."""
    times = cells.with_columns(pl.all().str.replace(_NO_DATE, ""))
    dates = [column.name for column in times if column.drop_nulls().str.contains(_MIDNIGHT).all()]
    return times.with_columns(pl.col(dates).str.replace(_MIDNIGHT, ""))


def _check_kind(path: Path) -> None:
    check(path)
    with path.open("rb") as file:
        begin = file.read(100)
    if begin.startswith(_OLE):
        raise DataError("the file is an older Excel workbook (.xls) or has a password; save it as .xlsx without one")
    if _OPEN_DOCUMENT in begin:
        raise DataError("the file is an OpenDocument sheet (.ods); save it as .xlsx")
    if not begin.startswith(b"PK\x03\x04"):
        raise DataError(impostor(begin) or markup(begin) or "the file is no Excel workbook; name it by its kind")
