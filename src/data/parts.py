"""Where the rows of each part go while they are prepared: into memory, or into the files of a folder."""

import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from src.data.features import Features
from src.data.fitting import Inputs
from src.data.part import PartWriter, read_part
from src.data.prepared import Prepared, part_file, write_state
from src.data.splits.kind import Index
from src.data.spread import Stored
from src.errors import MachineError

_WAITING = 3  # columns that may wait in memory to be written, for as long as the order of many rows is made


class Parts:
    """`indices`: the rows of each part; those of train are spread. They are picked and written by a thread for each
    part, while the caller works on the next column. Raises MachineError where the disk refuses."""

    def __init__(self, indices: Mapping[str, Index], folder: Path | None) -> None:
        self.folder = folder
        self.held = {name: io.BytesIO() for name in indices}
        self.files = ExitStack()
        with _writing(folder):
            self.writers = {
                name: self.files.enter_context(self._writer(name, Stored(rows))) for name, rows in indices.items()
            }
        self.threads = {name: ThreadPoolExecutor(1) for name in indices}
        self.begun = [self.threads["train"].submit(self.writers["train"].rows.spread)]
        self.waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with _writing(self.folder), self.files:
            try:
                if error is None:
                    self._wait(0, *self.begun)
                    self.checksums = {name: writer.close() for name, writer in self.writers.items()}
            finally:
                for thread in self.threads.values():
                    thread.shutdown(cancel_futures=True)

    def add(self, key: str, values: NDArray[Any]) -> None:
        """y, weight or row, of all rows; an empty one stays empty."""
        self.begun += [self.threads[name].submit(writer.add, key, values) for name, writer in self.writers.items()]

    def add_columns(self, inputs: Iterable[Inputs]) -> None:
        """Each of all rows."""
        for values in inputs:
            key = "x_num" if values.dtype == np.float32 else "x_cat"
            for name, writer in self.writers.items():
                self.waiting.append(self.threads[name].submit(writer.add_column, key, values))
            self._wait(_WAITING * len(self.threads))

    def prepared(self, features: Features, facts: dict[str, Any]) -> Prepared:
        """Once all is written. From a folder the tensors are mapped."""
        if self.folder is None:
            return Prepared(features, {name: read_part(held.getbuffer()) for name, held in self.held.items()}, facts)
        write_state(self.folder, features, facts, self.checksums)
        return Prepared.load(self.folder, verify=False)

    def _writer(self, name: str, rows: Stored) -> PartWriter:
        if self.folder is None:
            return PartWriter(self.held[name], rows)
        self.folder.mkdir(parents=True, exist_ok=True)
        return PartWriter(part_file(self.folder, name).open("wb"), rows)

    def _wait(self, still: int, *begun: Future[None]) -> None:
        """Until at most so many pieces of columns, and none of `begun`, are not written."""
        with _writing(self.folder):
            for each in begun:
                each.result()
            while len(self.waiting) > still:
                self.waiting.popleft().result()


@contextmanager
def _writing(folder: Path | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(f"{folder}: prepared rows cannot be written there: {error.strerror}") from None
