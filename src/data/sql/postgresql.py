"""PostgreSQL: a query in a transaction that can only read, and its rows as a typed table.

Needs psycopg: pip install -e '.[postgresql]'. libpq takes what the address leaves out, the password above all, from
PGPASSWORD, PGPASSFILE, ~/.pgpass and the other PG variables.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from src.data.sql.names import distinct
from src.errors import DataError, MachineError

if TYPE_CHECKING:
    from psycopg import Connection, ServerCursor
    from psycopg.rows import TupleRow

_TYPES: dict[str, Any] = {
    "int2": pl.Int64,
    "int4": pl.Int64,
    "int8": pl.Int64,
    "float4": pl.Float64,
    "float8": pl.Float64,
    "numeric": pl.Float64,
    "bool": pl.Boolean,
    "date": pl.Date,
    "time": pl.Time,
    "timestamp": pl.Datetime("us"),
    "timestamptz": pl.Datetime("us", "UTC"),
}
_SECONDS = 10  # to connect in
_BATCH = 100_000  # rows held as Python objects


def rows(url: str, query: str) -> pl.DataFrame:
    """numeric and all floats are Float64; what is no number, truth value, date or time is text.

    Raises DataError for a query that is wrong or would write, MachineError for a server that does not let us in and a
    driver that is not installed.
    """
    try:
        import psycopg
    except ImportError:
        raise MachineError("psycopg, which reads PostgreSQL, is missing: pip install -e '.[postgresql]'") from None
    try:
        connection = psycopg.connect(url, connect_timeout=_SECONDS, options="-c timezone=UTC")
    except psycopg.Error as error:
        raise MachineError(f"{_first_line(error)}; the password comes from PGPASSWORD or ~/.pgpass") from None
    try:
        connection.read_only = True
        _take_others_as_text(connection)
        with connection, connection.cursor(name="rookery") as cursor:  # the server declares it for one SELECT only
            return _table(cursor.execute(query.encode()))
    except psycopg.OperationalError as error:
        raise MachineError(f"the query was broken off: {_first_line(error)}") from None
    except psycopg.Error as error:
        raise DataError(f"dataset.query: {_first_line(error)}; required: one SELECT") from None


def _take_others_as_text(connection: "Connection[TupleRow]") -> None:
    from psycopg.types.string import TextLoader

    for kind in connection.adapters.types:
        for oid in [kind.array_oid] if kind.name in _TYPES else [kind.oid, kind.array_oid]:
            connection.adapters.register_loader(oid, TextLoader)


def _table(cursor: "ServerCursor[TupleRow]") -> pl.DataFrame:
    assert cursor.description is not None, "a cursor is declared for a query that gives columns"
    names = distinct(column.name for column in cursor.description)
    known = {kind.oid: kind.name for kind in cursor.adapters.types}
    types = [known.get(column.type_code, "") for column in cursor.description]
    if "bytea" in types:
        raise DataError(f"dataset.query: column {names[types.index('bytea')]!r} holds binary data; leave it out")
    schema = {name: _TYPES.get(kind, pl.String) for name, kind in zip(names, types, strict=True)}
    batches = [_batch(schema, [])]
    while cells := cursor.fetchmany(_BATCH):
        batches.append(_batch(schema, cells))
    return pl.concat(batches)


def _batch(schema: dict[str, Any], cells: Sequence["TupleRow"]) -> pl.DataFrame:
    columns = zip(*cells, strict=True) if cells else [()] * len(schema)
    return pl.DataFrame([_column(*each, cells) for each, cells in zip(schema.items(), columns, strict=True)])


def _column(name: str, dtype: Any, cells: Sequence[Any]) -> pl.Series:
    if dtype == pl.Float64:  # numeric comes as Decimal
        cells = [None if cell is None else float(cell) for cell in cells]
    return pl.Series(name, cells, dtype, strict=True)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
