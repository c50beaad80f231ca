"""CSV and TSV: bytes to cells, every one still a text. What would need guessing is refused with its line."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.source import Csv
from src.data import header
from src.data.encoding import as_utf8
from src.data.impostor import impostor, no_table
from src.data.records import Records, scan
from src.data.separator import sniff
from src.errors import DataError


@dataclass(frozen=True)
class Above:
    """What lies in a file between its header, with what is skipped above that, and a later piece: 1-based lines from
    `first` to before `end`, which are so many `rows`."""

    skipped: int
    first: int
    end: int
    rows: int

    def __iter__(self) -> Iterator[int]:
        """All lines that the text of the piece lacks."""
        yield from range(1, self.skipped + 1)
        yield from range(self.first, self.end)


@dataclass(frozen=True)
class Delimited:
    """A CSV text whose records are found and checked. `names` of the columns are distinct and not empty."""

    records: Records
    names: list[str]
    separator: str
    csv: Csv
    rows_above: int = 0

    @classmethod
    def of(cls, content: bytes, csv: Csv, above: Above | None = None) -> "Delimited":
        """`above`: for a later piece of a file, which comes with the header on top.

        Raises DataError, with the line, for everything that a parser would have to repair."""
        if sentence := impostor(content):
            raise DataError(sentence)
        text = as_utf8(content, csv.encoding).rstrip(b"\r\n")
        if not text:
            raise DataError("the file is empty; a header line and rows are needed")
        if sentence := no_table(text):
            raise DataError(sentence)
        text, removed = header.without(text, csv)
        header.check_first_line(text, removed, csv)
        separator = sniff(text, csv.quote) if csv.separator == "auto" else csv.separator
        records = scan(text, separator, csv.quote, above or removed)
        found = cls(records, header.names(records, separator, csv), separator, csv, above.rows if above else 0)
        found._check_rectangle()
        found._check_repeated_header()
        return found

    @property
    def height(self) -> int:
        return len(self.records.ends) - self.csv.header

    def line(self, row: int) -> int:
        """1-based line of the file in which data row `row` (1-based, of this text) begins."""
        return self.records.line(row - 1 + self.csv.header)

    def cells(self) -> pl.DataFrame:
        """All columns String; null for an empty cell without quotes."""
        try:
            cells = pl.read_csv(
                self.records.text,
                separator=self.separator,
                quote_char=self.csv.quote,
                has_header=self.csv.header,
                new_columns=self.names,
                infer_schema=False,
                glob=False,
            )
        except pl.exceptions.PolarsError as error:
            raise DataError(f"not readable as CSV: {str(error).splitlines()[0]}") from None
        assert cells.shape == (self.height, len(self.names)), "Polars and the scan disagree on the shape"
        return cells

    def _check_rectangle(self) -> None:
        records, width = self.records, len(self.names)
        wrong = np.flatnonzero(records.cells != width)
        if not len(wrong):
            return
        record, more = int(wrong[0]), f" ({len(wrong)} such rows)" if len(wrong) > 1 else ""
        place = f"line {records.line(record)} (row {self.rows_above + record + (not self.csv.header)})"
        if not records.content(record).strip():
            raise DataError(f"{place} is empty{more}; remove it")
        first = "header" if self.csv.header else "first line"
        raise DataError(
            f"{place} has {records.cells[record]} cell(s), the {first} has {width}{more}; {self._remedy(wrong)}"
        )

    def _remedy(self, wrong: NDArray[np.int64]) -> str:
        """What to do about the records `wrong`, whose number of cells is not that of the first."""
        records, width = self.records, len(self.names)
        rows, counts = len(records.ends) - 1, records.cells[wrong]
        usual = int(np.bincount(records.cells).argmax())
        begin = int(np.argmax(records.cells == usual))
        if len(wrong) == rows and counts.min() == counts.max() == width + 1 and self._all_end_with_separator():
            return f"each row ends with a separator and the header does not; end the header with {self.separator!r} too"
        if all(records.content(int(each)).startswith(b"#") for each in wrong[:100]) or records.text.startswith(b"#"):
            return "if lines with # are comments, set dataset.csv.comment: '#'"
        if usual > width and begin > 0:
            line = records.line(begin)
            return f"if what stands above line {line} is a title, set dataset.csv.skip_rows: {line - 1}"
        if counts.max() < width and wrong[0] == rows - len(wrong) + 1 and rows > len(wrong):
            return "if this is a footer, remove it; a missing cell is left empty, not left out"
        return "put cells that hold a separator into quotation marks, and leave missing cells empty instead of out"

    def _all_end_with_separator(self) -> bool:
        sign = self.separator.encode()
        ends = self.records.ends
        return all(self.records.content(each).rstrip(b"\r").endswith(sign) for each in range(1, min(len(ends), 100)))

    def _check_repeated_header(self) -> None:
        """A one-column table may well hold its name as a value, others do not."""
        if not self.csv.header or len(self.names) == 1:
            return
        records = self.records
        line = records.content(0).rstrip(b"\r")
        at = records.text.find(b"\n" + line, len(line))
        while at >= 0:
            record = int(np.searchsorted(records.ends, at)) + 1
            if records.ends[record - 1] == at and records.content(record).rstrip(b"\r") == line:
                row = self.rows_above + record
                raise DataError(f"line {records.line(record)} (row {row}) repeats the header; remove it")
            at = records.text.find(b"\n" + line, at + 1)
