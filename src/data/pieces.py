"""A CSV file piece by piece, each read as strictly as a file of its own, below the header of the first one."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path
from typing import cast

from src.config.source import Csv
from src.data.delimited import Above, Delimited
from src.data.files import check
from src.errors import DataError, MachineError

PIECE = 64 << 20
"""Bytes, about: a piece ends with a record."""

_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")


def can_be_cut(path: Path, csv: Csv) -> bool:
    """Whether the file can be read in pieces: it must be UTF-8 and without comments, which would have to be counted.

    Raises DataError or MachineError if it cannot be read at all.
    """
    with _opened(path) as file:
        return csv.encoding == "utf-8" and csv.comment is None and not file.read(2).startswith(_OTHER_ENCODINGS)


def pieces(path: Path, csv: Csv) -> Iterator[Delimited]:
    """In order. Raises DataError, with the line in the file, for what `Delimited.of` refuses, and MachineError."""
    header, first, lines, rows, skipped = b"", None, 0, 0, csv.skip_rows
    for content in cut(path, csv.quote):
        if first is None:
            piece = first = Delimited.of(content, csv)
            header = piece.records.content(0) + b"\n" if csv.header else b""
            csv = csv.model_copy(update={"skip_rows": 0, "separator": piece.separator})
        else:
            above = Above(skipped, skipped + header.count(b"\n") + 1, lines + 1, rows)
            piece = Delimited.of(header + content, csv, above)
            if len(piece.names) != len(first.names):  # only possible without a header
                raise DataError(
                    f"line {lines + 1} (row {rows + 1}) has {len(piece.names)} cell(s), the first line has "
                    f"{len(first.names)}; put cells that hold a separator into quotation marks"
                )
        yield piece
        lines, rows = lines + content.count(b"\n") + 1, rows + piece.height


def _opened(path: Path) -> BufferedReader:
    check(path)
    return cast(BufferedReader, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def cut(path: Path, quote: str | None) -> Iterator[bytes]:
    """Whole records, without the end of the line behind the last one; without a `quote`, whole lines."""
    with ExitStack() as stack:
        file, rest = stack.enter_context(_opened(path)), b""
        try:
            while block := file.read(PIECE):
                rest += block
                if file.peek(1) and (end := _end_of_records(rest, quote)) >= 0:
                    yield rest[:end]
                    rest = rest[end + 1 :]
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(f"not a whole gzip file ({error}); fetch or pack it again") from None
        except OSError as error:
            raise MachineError(f"{path} cannot be read: {error.strerror}") from None
        if rest.strip(b"\r\n"):
            yield rest


def _end_of_records(text: bytes, quote: str | None) -> int:
    """Where the last newline stands that ends a record and has a filled line before it and something behind it; -1 if
    there is none."""
    end = text.rstrip(b"\r\n").rfind(b"\n")
    while end > 0:
        is_filled = not text[max(0, end - 2) : end].removesuffix(b"\r").endswith(b"\n")
        if is_filled and not (quote and text.count(quote.encode(), 0, end) % 2):
            return end
        end = text.rfind(b"\n", 0, end)
    return -1
