"""The cells of a table that pass by once, piece by piece, so that memory does not grow with the files."""

from collections.abc import Callable, Iterator, Sequence

import polars as pl

from src.data import typed
from src.data.files import named
from src.data.pieces import can_be_cut, cut, pieces
from src.data.source import Source
from src.data.table_file import TableFile
from src.errors import DataError

Choose = Callable[[Sequence[str]], Sequence[str]]
"""From the columns of a file to those that are needed. Raises DataError if it lacks one."""

CELLS = 1 << 22
"""Of a piece, about: 32 MB of numbers."""


def stream(source: Source, choose: Choose) -> Iterator[pl.DataFrame]:
    """The chosen columns as they are written in the files (`Source.typed` tells what they mean), rows in order.

    Parquet, CSV and JSON lines are read piece by piece, other formats file by file. Raises what `Source.read` raises,
    some of it only when the row is reached.
    """
    source.check_formats()
    for path in source.files:
        height = 0
        with named(path):
            for piece in _pieces(source.file(path), choose):
                height += piece.height
                yield piece
        source.heights[path] = height
    if not any(source.heights.values()):
        raise DataError(f"{source}: there is no row in it")


def _pieces(file: TableFile, choose: Choose) -> Iterator[pl.DataFrame]:
    match file.format:
        case "parquet":
            yield from typed.parquet_pieces(file.path, choose, CELLS)
        case "jsonl":
            yield from _json_lines(file, choose)
        case "csv" | "tsv" if can_be_cut(file.path, file.csv_options):
            yield from _delimited(file, choose)
        case _:
            yield from _slices(file.cells(), choose)


def _delimited(file: TableFile, choose: Choose) -> Iterator[pl.DataFrame]:
    empty = True
    for piece in pieces(file.path, file.csv_options):
        empty = False
        yield from _slices(piece.cells(), choose)
    if empty:
        yield file.cells()  # which says so


def _json_lines(file: TableFile, choose: Choose) -> Iterator[pl.DataFrame]:
    names: Sequence[str] | None = None
    for content in cut(file.path, quote=None):
        piece = typed.json_lines(content)
        if names is None:
            names = _chosen(file, piece.columns, choose)
        lacking = [pl.Series(name, [None] * piece.height) for name in names if name not in piece.columns]
        yield piece.hstack(lacking)[[*names]]
    if names is None:
        yield file.cells()  # which says that it is empty


def _chosen(file: TableFile, present: Sequence[str], choose: Choose) -> Sequence[str]:
    """A key may come for the first time in a later piece."""
    try:
        return choose(present)
    except DataError:
        found = {name for content in cut(file.path, quote=None) for name in typed.keys(content)}
        return choose([*present, *sorted(found - {*present})])


def _slices(cells: pl.DataFrame, choose: Choose) -> Iterator[pl.DataFrame]:
    names = choose(cells.columns)
    yield from cells[[*names]].iter_slices(max(1, CELLS // max(1, len(names))))
