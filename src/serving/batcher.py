"""Requests that come while the network is busy are answered together, in its next pass."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from src.errors import DataError
from src.inference import Predictor
from src.serving.rows import MOST_ROWS, Row, RowReader

Answers = list[dict[str, Any]]
"""A row of the predictions for each row of a request."""


class Batch:
    """Requests that wait for the network together."""

    def __init__(self) -> None:
        self.requests: list[Sequence[Row]] = []
        self.rows = 0
        self.done: asyncio.Task[list[Answers | DataError]]

    def add(self, rows: Sequence[Row]) -> int:
        """The place of the request in it."""
        self.requests.append(rows)
        self.rows += len(rows)
        return len(self.requests) - 1


class Batcher:
    """A lone request goes to the network at once; others gather until the network is free, up to `MOST_ROWS` rows.

    An answer is that of `Predictor.predict` for the rows of the request: to the last bit for a request that is alone in
    its pass. Among others the last bits may differ, since products of matrices are rounded by their size.
    """

    def __init__(self, predictor: Predictor, reader: RowReader, seen: Callable[[int], object]) -> None:
        """`seen` is told the number of rows of each pass."""
        self.predictor, self.reader, self.seen = predictor, reader, seen
        self.free = asyncio.Lock()
        self.thread = ThreadPoolExecutor(1)
        self.open: Batch | None = None

    async def predict(self, rows: Sequence[Row]) -> Answers:
        """Raises DataError, with row and column, for cells that the model cannot take."""
        batch = self.open
        if batch is None or batch.rows + len(rows) > MOST_ROWS:
            batch = self.open = Batch()
            batch.done = asyncio.create_task(self._work(batch))
        place = batch.add(rows)
        answer = (await asyncio.shield(batch.done))[place]  # one client that leaves takes nobody else along
        if isinstance(answer, DataError):
            raise answer
        return answer

    def close(self) -> None:
        """Once nobody waits."""
        self.thread.shutdown()

    async def _work(self, batch: Batch) -> list[Answers | DataError]:
        async with self.free:
            if self.open is batch:
                self.open = None
            self.seen(batch.rows)
            return await asyncio.get_running_loop().run_in_executor(self.thread, self._answers, batch.requests)

    def _answers(self, requests: Sequence[Sequence[Row]]) -> list[Answers | DataError]:
        try:
            table = self.reader.table([*chain(*requests)])
            answers = iter(self.predictor.predict(table).to_dicts())
        except DataError as error:
            if len(requests) == 1:
                return [error]
            return [self._answers([each])[0] for each in requests]  # so that each hears of its own rows only
        return [[next(answers) for _ in rows] for rows in requests]
