"""Files whose columns have types of their own: Parquet, Arrow, JSON lines."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl
from polars.selectors import by_name

from src.data.files import check, read_bytes
from src.data.impostor import impostor, markup
from src.data.names import composed_name, with_composed_names
from src.errors import DataError

_UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What Polars raises for damaged files."""

_QUOTED_KEY = rb'("(?:[^"\\]|\\.)*")\s*:'
_KEY = r'"(?:[^"\\]|\\.)*"\s*:'

_KINDS = {bool: "true or false", dict: "an object", list: "a list", str: "a text", float: "a number", int: "a number"}


def read_parquet(path: Path, names: Sequence[str] | None = None, n_rows: int | None = None) -> pl.DataFrame:
    """All columns or those of `names`; all rows or the first `n_rows`."""
    check(path)
    try:
        written = {composed_name(name): name for name in pl.read_parquet_schema(path)}
        whole = pl.scan_parquet(path, n_rows=n_rows, glob=False)  # for some columns quicker than pl.read_parquet
        chosen = whole if names is None else whole.select(by_name(*(written[name] for name in names)))
        return with_composed_names(chosen.collect())
    except _UNREADABLE as error:
        raise DataError(f"{path}: not a readable Parquet file: {_reason(path, b'PAR1', error)}") from None
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def parquet_pieces(path: Path, choose: Callable[[Sequence[str]], Sequence[str]], cells: int) -> Iterator[pl.DataFrame]:
    """In order, about so many cells each; of all columns those that `choose` names. Polars reads some ahead."""
    check(path)
    try:
        written = {composed_name(name): name for name in pl.read_parquet_schema(path)}
        names = choose([*written])
        chosen = pl.scan_parquet(path, glob=False).select(by_name(*(written[name] for name in names)))
        for piece in chosen.collect_batches(chunk_size=max(1, cells // max(1, len(names)))):
            yield with_composed_names(piece)
    except _UNREADABLE as error:
        raise DataError(f"not a readable Parquet file: {_reason(path, b'PAR1', error)}") from None


def parquet_height(path: Path) -> int:
    """Number of rows, from the end of the file."""
    check(path)
    try:
        return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
    except _UNREADABLE as error:
        raise DataError(f"{path}: not a readable Parquet file: {_reason(path, b'PAR1', error)}") from None


def read_arrow(path: Path) -> pl.DataFrame:
    """Arrow IPC, as a file (Feather 2) or as a stream."""
    check(path)
    with path.open("rb") as file:
        is_file = file.read(6) == b"ARROW1"
    try:
        return with_composed_names(pl.read_ipc(path) if is_file else pl.read_ipc_stream(path))
    except _UNREADABLE as error:
        raise DataError(f"not a readable Arrow file: {_reason(path, b'ARROW1', error)}") from None


def read_json_lines(path: Path) -> pl.DataFrame:
    """One object per line; a key that a line lacks is a missing cell."""
    return json_lines(read_bytes(path))


def json_lines(content: bytes) -> pl.DataFrame:
    """The same of the bytes of a file."""
    if sentence := impostor(content) or markup(content):
        raise DataError(sentence)
    if not content.strip():
        raise DataError("the file is empty; one JSON object per line is needed")
    if sentence := _twice(content):
        raise DataError(sentence)
    try:
        return with_composed_names(pl.read_ndjson(content, infer_schema_length=None))
    except _UNREADABLE as error:
        raise DataError(_first_mistake(content) or f"not readable as JSON lines: {_first_line(error)}") from None


def keys(content: bytes) -> set[str]:
    """All keys of the objects, and of those inside them."""
    return {json.loads(found) for found in re.findall(_QUOTED_KEY, content)}


def line_of(path: Path, row: int) -> int:
    """1-based line of a file of JSON lines in which row `row` (1-based) stands."""
    lines = enumerate(read_bytes(path).split(b"\n"), 1)
    return [number for number, line in lines if line.strip()][row - 1]


def _twice(content: bytes) -> str:
    """A key that stands twice in one line, where readers keep one value in silence."""
    lines = pl.Series(content.split(b"\n")).cast(pl.String, strict=False)
    keys = lines.str.extract_all(_KEY).list.eval(pl.element().str.strip_chars_end(": \t"))
    for number in (keys.list.len() > keys.list.n_unique()).arg_true():
        with suppress(ValueError, TypeError, RecursionError):  # no JSON object: reading it will tell
            pairs = json.loads(lines[number], object_pairs_hook=lambda pairs: [key for key, _ in pairs])
            if twice := [key for key, count in Counter(pairs).items() if count > 1]:
                return f"line {number + 1} has the key {twice[0]!r} more than once; write each once"
    return ""


def _first_mistake(content: bytes) -> str:
    """Line by line, which is slow: only when it is known that there is one."""
    seen: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            return f"line {number} is not JSON ({error}); one object per line is needed"
        if not isinstance(row, dict):
            return f'line {number} is no JSON object; each line must be like {{"column": value}}'
        for key, value in row.items():
            kind = _KINDS.get(type(value))
            first, where = seen.setdefault(key, (kind, number)) if kind else (None, 0)
            if kind != first:
                return f"line {number}: {key!r} is {kind}, in line {where} it is {first}; write all alike"
    return ""


def _reason(path: Path, magic: bytes, error: BaseException) -> str:
    if "Cannot allocate memory" in str(error):  # Polars has no error of its own for it
        raise MemoryError from None
    with path.open("rb") as file:
        begin = file.read(100)
    if begin.startswith(magic):
        return f"it is cut off or damaged; fetch it again ({_first_line(error)})"
    return impostor(begin) or markup(begin) or _first_line(error)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0]
