"""File to typed table, strictly: what cannot be read without guessing is an error with its line."""

import csv
from collections.abc import Sequence
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl

from src.data.dtypes import infer
from src.data.missing import missing_as_null
from src.data.names import listed
from src.data.records import Records, line_at, scan
from src.errors import DataError, MachineError

_BOM = b"\xef\xbb\xbf"

_FETCH = "DVC keeps it: fetch it with `dvc pull`"


def read_table(path: Path, markers: Sequence[str]) -> pl.DataFrame:
    """Table of a CSV (UTF-8, commas, header) or Parquet file, with at least one row and named, distinct columns.

    Columns are Int64, Float64, Boolean or String; empty cells and `markers` are null. A column that holds `nan` or
    `inf` among numbers is Float64 with these values, so that whoever uses it can refuse them. Rows stay in file order.

    Raises DataError for whatever is wrong with the file, MachineError if it may not be read.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a CSV or Parquet file in it")
    readers = {".csv": _read_csv, ".parquet": _read_parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: the name must end in .csv or .parquet")
    content = read_bytes(path)
    try:
        frame = reader(content, markers)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    if frame.is_empty():
        raise DataError(f"{path}: there is a header and no row below it; at least three rows are needed")
    return frame


def read_bytes(path: Path) -> bytes:
    """Content of the file. Raises DataError if there is none, MachineError if it may not be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"no such file: {path}{_remedy(path)}") from None
    except OSError as error:
        raise MachineError(f"{path} cannot be read: {error.strerror}") from None


def line_of(path: Path, row: int) -> int | None:
    """1-based line of the file in which data row `row` (1-based) begins; None for a file without lines."""
    return scan(_trimmed(read_bytes(path))).line(row) if path.suffix.lower() == ".csv" else None


def _remedy(path: Path) -> str:
    if path.parent.is_dir():
        names = sorted(entry.name for entry in path.parent.iterdir())
        if near := get_close_matches(path.name, names, n=1):
            return f"; did you mean {near[0]}?" if near != [f"{path.name}.dvc"] else f"; {_FETCH}"
    if any(place.with_name(f"{place.name}.dvc").is_file() for place in (path, *path.parents) if place.name):
        return f"; {_FETCH}"
    if not path.parent.is_dir():
        return f"; the folder {path.parent} is missing as well. If DVC keeps the data, fetch it with `dvc pull`"
    return f"; {path.parent} holds: {listed(names)}"


def _read_parquet(content: bytes, markers: Sequence[str]) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(content)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"not a readable Parquet file: {str(error).splitlines()[0]}") from None
    return missing_as_null(frame, markers)


def _read_csv(content: bytes, markers: Sequence[str]) -> pl.DataFrame:
    text = _trimmed(content)
    if not text:
        raise DataError("the file is empty; a header line and rows are needed")
    _check_encoding(text)
    records = scan(text)
    names = _header(records)
    _check_rectangle(records, names)
    try:
        cells = pl.read_csv(text, infer_schema=False, new_columns=names, glob=False)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"not readable as CSV: {str(error).splitlines()[0]}") from None
    assert cells.shape == (len(records.ends) - 1, len(names)), "Polars and the scan disagree on the shape"
    texts = missing_as_null(cells, markers)
    return missing_as_null(pl.DataFrame([infer(column) for column in texts]), markers)


def _trimmed(content: bytes) -> bytes:
    return content.removeprefix(_BOM).rstrip(b"\r\n")


def _check_encoding(text: bytes) -> None:
    if text.isascii():
        return
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"line {line_at(text, error.start)} is not UTF-8 (byte 0x{text[error.start]:02x} at position {error.start}"
            "); save the file as UTF-8, for instance with `iconv -f LATIN1 -t UTF-8`"
        ) from None


def _header(records: Records) -> list[str]:
    line = records.text[: records.ends[0]].decode().rstrip("\r")
    if not line.strip():
        raise DataError("line 1 is empty; it must name the columns")
    if "\r" in line.replace("\r\n", ""):
        raise DataError("line 1 ends with a bare carriage return; save the file with Unix or Windows line ends")
    names = [name.strip() for name in next(csv.reader(StringIO(line, newline=""), strict=True))]
    assert len(names) == records.cells[0], "the csv module and the scan disagree on the header"
    if len(names) == 1 and (other := next((sign for sign in ";\t|" if sign in line), None)):
        raise DataError(f"line 1 has no comma and {line.count(other)} {other!r}; save the file with commas")
    if unnamed := [str(number) for number, name in enumerate(names, 1) if not name]:
        raise DataError(f"line 1: column {', '.join(unnamed)} has no name; each column needs one")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"line 1: {', '.join(map(repr, twice))} names more than one column; names must differ")
    return names


def _check_rectangle(records: Records, names: Sequence[str]) -> None:
    wrong = np.flatnonzero(records.cells != len(names))
    if not len(wrong):
        return
    record, more = int(wrong[0]), f" ({len(wrong)} such rows)" if len(wrong) > 1 else ""
    line = records.line(record)
    if not records.text[records.begin(record) : records.ends[record]].strip():
        raise DataError(f"line {line} (row {record}) is empty{more}; remove it")
    raise DataError(
        f"line {line} (row {record}) has {records.cells[record]} cell(s), the header has {len(names)}{more}; "
        "put cells that hold a comma into quotation marks, and leave missing cells empty instead of out"
    )
