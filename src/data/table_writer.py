"""A table written piece by piece, in the format that the name of the file tells."""

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from src import atomic

SEPARATOR = "|"
"""Between the names of a list, where it has to be one text."""


class Writer(ABC):
    """`write` takes tables with the same columns, each below the one before; `close` ends the file."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    @abstractmethod
    def write(self, piece: pl.DataFrame) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class Csv(Writer):
    """With a header. Lists (sets of classes) become texts."""

    is_first = True

    def write(self, piece: pl.DataFrame) -> None:
        lists = [name for name, kind in piece.schema.items() if kind == pl.List]
        piece = piece.with_columns(pl.col(lists).list.join(SEPARATOR))
        piece.write_csv(buffer := io.BytesIO(), include_header=self.is_first)
        self.file.write(buffer.getbuffer())
        self.is_first = False

    def close(self) -> None:
        """Nothing stands behind the last row."""


class JsonLines(Writer):
    """An object for each row."""

    def write(self, piece: pl.DataFrame) -> None:
        piece.write_ndjson(buffer := io.BytesIO())
        self.file.write(buffer.getbuffer())

    def close(self) -> None:
        """Nothing stands behind the last row."""


class Columnar(Writer):
    """A format of Arrow's library, which knows the columns when the first piece comes."""

    inner: Any = None

    @abstractmethod
    def opened(self, schema: Any) -> Any:
        """A writer of the library."""

    def write(self, piece: pl.DataFrame) -> None:
        table = piece.to_arrow(compat_level=pl.CompatLevel.oldest())  # texts as other programs know them
        if self.inner is None:
            self.inner = self.opened(table.schema)
        self.inner.write_table(table)

    def close(self) -> None:
        if self.inner is not None:
            self.inner.close()


class Parquet(Columnar):
    """A row group for each piece."""

    def opened(self, schema: Any) -> Any:
        from pyarrow.parquet import ParquetWriter
        from pyarrow.types import is_floating

        few = [field.name for field in schema if not is_floating(field.type)]
        return ParquetWriter(self.file, schema, compression="zstd", use_dictionary=few)


class Arrow(Columnar):
    """Arrow IPC (Feather 2), a record batch for each piece."""

    def opened(self, schema: Any) -> Any:
        from pyarrow.ipc import new_file

        return new_file(self.file, schema)


WRITERS: dict[str, type[Writer]] = {
    ".csv": Csv,
    ".parquet": Parquet,
    ".arrow": Arrow,
    ".feather": Arrow,
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
}
"""By extension."""


@contextmanager
def table_writer(path: Path) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Takes the pieces. The file is in its place when the block ends, and not at all if that raises.

    Raises MachineError if the disk refuses.
    """
    with atomic.replacing(path) as file, closing(WRITERS[path.suffix.lower()](file)) as writer:
        yield writer.write
