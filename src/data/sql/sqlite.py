"""SQLite: a query that can read and do nothing else, and its rows as a typed table."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from src.data.sql.names import distinct
from src.errors import DataError, MachineError

SECONDS = 5.0
"""How long another program may hold the database."""

_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}


def rows(path: Path, query: str) -> pl.DataFrame:
    """Integers are Int64, also among reals Float64, texts String; numbers and texts in one column are texts.

    Raises DataError for a query that is wrong or not allowed and for binary cells, MachineError for a database that
    is locked.
    """
    try:
        address = f"file:{quote(str(path.resolve()))}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=SECONDS)
        try:
            connection.set_authorizer(_allowed)
            cursor = connection.execute(query)
            if cursor.description is None:
                raise DataError("dataset.query: gives no rows; required: one SELECT")
            names = distinct([name for name, *_ in cursor.description])
            cells = cursor.fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) in _BUSY:
            raise MachineError(f"{error}; try again when no other program uses the database") from None
        remedy = "; it may only read the tables of this file" if "authoriz" in str(error) else ""
        raise DataError(f"dataset.query: {error}{remedy}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"the database holds a text that is not UTF-8 ({error}); it is damaged, mend it") from None
    columns = zip(*cells, strict=True) if cells else [()] * len(names)
    return pl.DataFrame([_column(name, column) for name, column in zip(names, columns, strict=True)])


def _allowed(action: int, *names: str | None) -> int:
    is_harmless = action in _READING and "load_extension" not in names
    return sqlite3.SQLITE_OK if is_harmless else sqlite3.SQLITE_DENY


def _column(name: str, cells: Sequence[Any]) -> pl.Series:
    """SQLite has a type for each cell, not for a column."""
    kinds = {type(cell) for cell in cells} - {type(None)}
    if bytes in kinds:
        row = next(number for number, cell in enumerate(cells, 1) if isinstance(cell, bytes))
        raise DataError(f"dataset.query: column {name!r} holds binary data (row {row} of the result); leave it out")
    if kinds <= {int}:
        return pl.Series(name, cells, pl.Int64)
    if kinds <= {int, float}:
        return pl.Series(name, [None if cell is None else float(cell) for cell in cells], pl.Float64)
    return pl.Series(name, [None if cell is None else str(cell) for cell in cells], pl.String)
