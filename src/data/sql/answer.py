"""The rows of an SQL query, as a Parquet file of the project.

A table in a database has no order, so the rows are sorted by all columns: the same rows are the same table, whose file
has the same digest.
"""

import io
import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

import polars as pl

from src.atomic import write_bytes
from src.data.files import check
from src.data.sql import postgresql, sqlite
from src.errors import DataError, MachineError

FOLDER = Path(".cache/queries")
"""In the project; git and DVC leave it out."""

_PRIVATE = 0o700  # what a database guards with a password is for nobody else here either
_DIGITS = 8  # of the digest that keeps the rows of two queries apart


def answer(url: str, query: str, root: Path) -> Path:
    """The file with the rows that the query gives now. A relative sqlite:/// path is looked for as every other one.

    Raises DataError for a query that is wrong or does more than read, and rows that make no table; MachineError if the
    database cannot be reached or refuses.
    """
    name = re.sub(r"[^\w.-]", "_", urlsplit(url).path.rpartition("/")[2]) or "query"
    digest = sha256(f"{url}\n{query}".encode()).hexdigest()
    path = root / FOLDER / f"{name}-{digest[:_DIGITS]}.parquet"
    try:
        table = sqlite.rows(_file(url, root), query) if url.startswith("sqlite:") else postgresql.rows(url, query)
        if table.is_empty():
            raise DataError("dataset.query: gives no row; at least three are needed")
    except DataError as error:
        raise DataError(f"{url}: {error}") from None
    except MachineError as error:
        raise MachineError(f"{url}: {error}") from None
    buffer = io.BytesIO()
    table.sort(pl.all(), nulls_last=True).write_parquet(buffer)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
    except OSError as error:
        raise MachineError(f"{path.parent}: nothing can be kept there: {error.strerror}") from None
    write_bytes(path, buffer.getvalue())
    return path


def _file(url: str, root: Path) -> Path:
    """sqlite:///relative.db and sqlite:////absolute.db."""
    begin, slashes, path = url.partition("sqlite:///")
    if begin or not slashes or not path:
        raise DataError("must be like sqlite:///folder/file.db, or sqlite:////folder/file.db from the root")
    here = Path(unquote(path))
    file = here if here.exists() else root / here
    check(file)
    return file
