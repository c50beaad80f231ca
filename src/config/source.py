"""Keys `dataset.format` and `dataset.csv`: how the bytes of a file become cells."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.section import Section

Format = Literal["csv", "tsv", "parquet", "arrow", "jsonl", "excel"]

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "tsv",
    ".tsv.gz": "tsv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson.gz": "jsonl",
    ".xlsx": "excel",
    ".xlsm": "excel",
}

OTHER_WORKBOOKS = (".xls", ".xlsb", ".ods", ".numbers")
"""Which do not tell as .xlsx does what a strict reader must know: cells that are merged or lack a result."""


def format_of(name: str) -> Format | None:
    """By the extension, upper or lower case; None for one that is not known."""
    return next((kind for extension, kind in EXTENSIONS.items() if name.lower().endswith(extension)), None)


class Csv(Section):
    """How a CSV or TSV file is written. The same holds for the files to predict."""

    separator: str = "auto"
    """One character; auto: the one of comma, semicolon, tab and | that fits the header and the rows (TSV: tab)."""
    decimal: Literal[".", ","] = "."
    """Sign before the fraction of a number."""
    thousands: Literal[",", ".", " ", "'"] | None = None
    """Sign between groups of three digits: 1.234.567"""
    quote: Literal['"', "'"] | None = '"'
    """Encloses a cell that holds separators; null: quotation marks are signs like any other."""
    encoding: Literal["utf-8", "utf-16", "latin-1", "cp1252"] = "utf-8"
    """A byte order mark at the begin of the file tells UTF-8 and UTF-16 by itself."""
    header: bool = True
    """false: there is no line with names; the columns are column_1, column_2, ..."""
    comment: Annotated[str, Field(min_length=1)] | None = None
    """Lines that begin with this text are left out."""
    skip_rows: Annotated[int, Field(ge=0)] = 0
    """Lines above the header that are left out, for instance a title."""

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        sign = self.separator
        if sign != "auto" and (len(sign) != 1 or not sign.isascii() or sign.isalnum() or sign in "\r\n\0"):
            raise ValueError(f"separator: must be auto or one sign such as ; or \\t; got {sign!r}")
        if sign == self.quote:
            raise ValueError("separator: must be another sign than csv.quote")
        if self.thousands == self.decimal:
            raise ValueError("thousands: must be another sign than csv.decimal")
        return self
