"""Text files that are too large to be read at once: piece by piece to Parquet, then column by column from there."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from src.config.markers import Markers
from src.config.source import Csv
from src.data.dtypes import infer
from src.data.files import named
from src.data.kinds import texts
from src.data.missing import composed, missing_as_null
from src.data.pieces import pieces
from src.data.stack import check_columns
from src.data.table import LazyTable
from src.data.typed import read_parquet
from src.errors import DataError


def staged(files: Iterable[tuple[Path, Csv]], markers: Markers, folder: Path) -> tuple[LazyTable, dict[Path, int]]:
    """The table, with the types that `Source.read` finds, its pieces lying in `folder`; and the rows of each file.

    Raises DataError, with file and line, as that does.
    """
    folder.mkdir(parents=True)
    written, heights = list[Path](), dict[Path, int]()
    schema: dict[str, pl.DataType | None] = {}
    for path, csv in files:
        with named(path):
            for piece in pieces(path, csv):
                typed = _typed(missing_as_null(piece.cells(), markers), csv)
                types = _types(typed)
                if schema:
                    check_columns(next(iter(heights)), schema, path, types)
                schema = {name: _wider(schema.get(name), types[name]) for name in schema or types}
                written.append(folder / f"{len(written)}.parquet")
                typed.write_parquet(written[-1], compression="lz4")
                heights[path] = heights.get(path, 0) + typed.height
    dtypes = {name: dtype or pl.String() for name, dtype in schema.items()}

    def read(names: Sequence[str]) -> pl.DataFrame:
        found = [_as(read_parquet(path, names), dtypes) for path in written]
        return composed(missing_as_null(pl.concat(found, rechunk=True), markers))

    height = sum(heights.values())
    if not height:
        raise DataError(f"{next(iter(heights))}: there is a header and no row below it; at least three rows are needed")
    return LazyTable(dtypes, height, read), heights


def _typed(cells: pl.DataFrame, csv: Csv) -> pl.DataFrame:
    return pl.DataFrame([infer(column, csv) for column in cells])


def _types(table: pl.DataFrame) -> dict[str, pl.DataType | None]:
    """None for a column without a value, which fits any type."""
    return {column.name: None if column.null_count() == len(column) else column.dtype for column in table}


def _wider(one: pl.DataType | None, other: pl.DataType | None) -> pl.DataType | None:
    """As `infer` says of both together: whole numbers and fractions are fractions, all else is text. (But whole numbers
    too large for 64 bits, alone in their piece, are text even if there are fractions elsewhere.)"""
    if one is None or other is None or one == other:
        return other if one is None else one
    return pl.Float64() if {one, other} == {pl.Int64(), pl.Float64()} else pl.String()


def _as(table: pl.DataFrame, dtypes: dict[str, pl.DataType]) -> pl.DataFrame:
    return table.with_columns(
        texts(column) if dtypes[column.name] == pl.String else column.cast(dtypes[column.name])
        for column in table
        if column.dtype != dtypes[column.name]
    )
