"""Where the rows of each part go while they are prepared: into memory, or into the files of a folder."""

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.features import Features
from src.data.fitting import Inputs
from src.data.part import PartWriter, read_part
from src.data.prepared import Prepared, part_file, write_state
from src.data.rows import Rows
from src.data.splits.kind import Index
from src.errors import MachineError

_WAITING = 2  # columns that may wait in memory to be written


class Parts:
    """`indices`: the rows of each part, in the order in which they are stored. They are written by a thread
    while the caller works on the next column. Raises MachineError where the disk refuses."""

    def __init__(self, indices: Mapping[str, Index], folder: Path | None) -> None:
        self.folder = folder
        self.indices = {name: pl.Series(index.astype(np.uint32)) for name, index in indices.items()}
        self.held = {name: io.BytesIO() for name in indices}
        self.files = ExitStack()
        with _writing(folder):
            self.writers = {name: self.files.enter_context(self._writer(name)) for name in indices}
        self.thread = ThreadPoolExecutor(1)
        self.waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with _writing(self.folder), self.files:
            try:
                if error is None:
                    self._wait(0)
                    self.digests = {name: writer.close() for name, writer in self.writers.items()}
            finally:
                self.thread.shutdown(cancel_futures=True)

    def add(self, key: str, values: NDArray[Any]) -> None:
        """y or weight, of all rows; an empty one stays empty."""
        for name, index in self.indices.items():
            self._later(self.writers[name].add, key, values[index.to_numpy()] if len(values) else values)

    def add_rows(self, rows: Rows) -> None:
        """The number in the file of each row."""
        for name, index in self.indices.items():
            numbers = index.cast(pl.Int64) + 1 if rows.chosen is None else rows.chosen.gather(index)
            self._later(self.writers[name].add, "row", numbers.to_numpy())

    def of(self, column: pl.Series) -> dict[str, pl.Series]:
        """The cells of each part, from a column of all rows."""
        return {name: column.gather(index) for name, index in self.indices.items()}

    def add_columns(self, inputs: Iterable[Inputs]) -> None:
        for values in inputs:
            for name, each in values.items():
                key = "x_num" if each.dtype == np.float32 else "x_cat"
                self._later(self.writers[name].add_column, key, each)

    def prepared(self, features: Features, facts: dict[str, Any]) -> Prepared:
        """Once all is written. From a folder the tensors are mapped."""
        if self.folder is None:
            return Prepared(features, {name: read_part(held.getbuffer()) for name, held in self.held.items()}, facts)
        write_state(self.folder, features, facts, self.digests)
        return Prepared.load(self.folder, verify=False)

    def _writer(self, name: str) -> PartWriter:
        if self.folder is None:
            return PartWriter(self.held[name])
        self.folder.mkdir(parents=True, exist_ok=True)
        return PartWriter(part_file(self.folder, name).open("wb"))

    def _later(self, add: Callable[[str, NDArray[Any]], None], key: str, values: NDArray[Any]) -> None:
        self.waiting.append(self.thread.submit(add, key, values))
        self._wait(_WAITING * len(self.indices))

    def _wait(self, still: int) -> None:
        """Until at most so many pieces are not written."""
        with _writing(self.folder):
            while len(self.waiting) > still:
                self.waiting.popleft().result()


@contextmanager
def _writing(folder: Path | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(f"{folder}: prepared rows cannot be written there: {error.strerror}") from None
