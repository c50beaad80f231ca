"""The lines of a CSV text above its rows: what is left out, what names the columns."""

import re
from collections import Counter
from collections.abc import Iterable

import polars as pl

from src.config.source import Csv
from src.data.names import composed_name
from src.data.records import Records
from src.errors import DataError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

_MOST = 100_000  # columns
_LONGEST = 1000  # characters of a name

_NO_HEADER = "if the first line is a row already, set dataset.csv.header: false"


def without(text: bytes, csv: Csv) -> tuple[bytes, list[int]]:
    """The text without its skipped and comment lines, and their 1-based numbers."""
    if csv.skip_rows:
        *skipped, text = text.split(b"\n", csv.skip_rows)
        if len(skipped) < csv.skip_rows:
            raise DataError(f"dataset.csv.skip_rows is {csv.skip_rows}, and the file has {len(skipped) + 1} line(s)")
    removed = list(range(1, csv.skip_rows + 1))
    if csv.comment is None:
        return text, removed
    prefix, quote, inside, kept = csv.comment.encode(), (csv.quote or "\n").encode(), False, []
    for number, line in enumerate(text.split(b"\n"), csv.skip_rows + 1):
        if not inside and line.startswith(prefix):
            removed.append(number)
            continue
        inside ^= line.count(quote) % 2 == 1
        kept.append(line)
    return b"\n".join(kept), removed


def check_first_line(text: bytes, removed: list[int], csv: Csv) -> None:
    """Raises DataError for a first line that holds no cells."""
    line = first_line(text).rstrip(b"\r")
    number = next(number for number in range(1, len(removed) + 2) if number not in removed)
    if not line.strip():
        raise DataError(f"line {number} is empty; it must {'name the columns' if csv.header else 'be a row'}")
    if b"\r" in line:
        raise DataError(f"line {number} ends with a bare carriage return; save the file with Unix or Windows line ends")
    if line.lower().startswith(b"sep="):
        raise DataError(f"line {number} tells Excel the separator; set dataset.csv.skip_rows: {number}")


def first_line(text: bytes) -> bytes:
    end = text.find(b"\n")
    return text if end < 0 else text[:end]


def names(records: Records, separator: str, csv: Csv) -> list[str]:
    """Names of the columns of a CSV text. Raises DataError for a first line that cannot be one of names."""
    if not csv.header:
        return [f"column_{number}" for number in range(1, int(records.cells[0]) + 1)]
    if (width := int(records.cells[0])) > _MOST:
        raise DataError(f"line {records.line(0)} has {width:,} cells; at most {_MOST:,} columns can be read")
    row = pl.read_csv(
        records.content(0), separator=separator, quote_char=csv.quote, has_header=False, infer_schema=False, glob=False
    ).row(0)
    assert len(row) == records.cells[0], "Polars and the scan disagree on the header"
    return checked([cell or "" for cell in row], f"line {records.line(0)}", _NO_HEADER)


def checked(cells: Iterable[str], place: str, remedy: str) -> list[str]:
    """The names, in Unicode's composed form (NFC), without spaces around them.

    Raises DataError for names that are missing, not distinct or too long, and for what looks like a row.
    """
    found = [composed_name(cell).strip() for cell in cells]
    if _looks_like_a_row(found):
        raise DataError(f"{place} holds numbers where names are required; {remedy}, else name the columns")
    if unnamed := [str(number) for number, name in enumerate(found, 1) if not name]:
        raise DataError(f"{place}: column {_some(unnamed)} has no name; each column needs one; {remedy}")
    if long := [number for number, name in enumerate(found, 1) if len(name) > _LONGEST]:
        raise DataError(f"{place}: the name of column {long[0]} has more than {_LONGEST} characters; is it a header?")
    if twice := sorted(name for name, count in Counter(found).items() if count > 1):
        raise DataError(
            f"{place}: {_some([repr(name) for name in twice])} names more than one column; names must differ; {remedy}"
        )
    return found


def _looks_like_a_row(cells: list[str]) -> bool:
    """Half of the cells are numbers with a fraction, or all are whole numbers that do not ascend."""
    numbers = [float(cell) for cell in cells if _NUMBER.fullmatch(cell)]
    fractions = [cell for cell in cells if _NUMBER.fullmatch(cell) and not cell.isdigit()]
    if fractions and 2 * len(numbers) >= len(cells):
        return True
    return len(numbers) == len(cells) and numbers != sorted(set(numbers))


def _some(words: list[str], shown: int = 10) -> str:
    return ", ".join(words[:shown]) + (f" and {len(words) - shown} more" if len(words) > shown else "")
