"""Which character separates the cells of a CSV text."""

import re

import numpy as np
from numpy.typing import NDArray

from src.data.records import scan
from src.errors import DataError

_CANDIDATES = ",;\t|"
_LOOKED_AT = 1 << 16  # bytes


def sniff(text: bytes, quote: str | None) -> str:
    """The candidate that cuts the header and all rows at the begin of `text` into the same number of cells.

    If none does, the one that most rows agree on, or that the header has. Raises DataError if two fit equally well.
    """
    head = _head(text, quote)
    shapes = {sign: shape for sign in _CANDIDATES if (shape := _cells(head, sign, quote)) is not None}
    header = re.sub(rb'"[^"]*"', b"", head.partition(b"\n")[0])
    for fitting in (
        [sign for sign, cells in shapes.items() if cells[0] > 1 and (cells == cells[0]).all()],
        [sign for sign, cells in shapes.items() if len(cells) > 2 and _most_rows_agree(cells)],
        [sign for sign in _CANDIDATES if sign.encode() in header],
    ):
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            first, second = (repr(sign) for sign in fitting[:2])
            raise DataError(
                f"line 1: the cells may be separated by {first} or by {second}; set dataset.csv.separator to the right"
            )
    return ","


def _head(text: bytes, quote: str | None) -> bytes:
    """Whole records at the begin of the text."""
    if len(text) <= _LOOKED_AT:
        return text
    mark = quote.encode() if quote else None
    end = text.rfind(b"\n", 0, _LOOKED_AT)
    while end > 0 and mark and text.count(mark, 0, end) % 2:
        end = text.rfind(b"\n", 0, end)
    if end <= 0:
        end = text.find(b"\n", _LOOKED_AT)
    return text[:end] if end > 0 else text


def _cells(head: bytes, sign: str, quote: str | None) -> NDArray[np.int64] | None:
    try:
        return scan(head, sign, quote).cells
    except DataError:
        return None


def _most_rows_agree(cells: NDArray[np.int64]) -> bool:
    rows = cells[1:]
    usual = int(np.bincount(rows).argmax())
    return usual > 1 and bool((rows == usual).mean() > 0.5)
