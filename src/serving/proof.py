"""Before the server listens: rows that are sent to it are answered as the model answers them."""

import json

import polars as pl

from src import parity
from src.errors import DataError, MachineError
from src.inference import Predictor
from src.serving.refusal import RefusedError
from src.serving.rows import RowReader


def prove(predictor: Predictor) -> list[str]:
    """What was found for the raw rows that the bundle keeps, for people. Raises MachineError if an answer differs."""
    found = parity.of_kept_rows(predictor, {"requests": requested})
    if found.failures:
        raise MachineError(f"The server would not answer as the model does: {'; '.join(found.failures.values())}")
    return found.sentences()


def requested(predictor: Predictor, rows: pl.DataFrame) -> pl.DataFrame:
    """The answers to `rows` in the body of a request. Raises DataError if they are refused."""
    reader = RowReader(predictor.features, predictor.example)
    try:
        return predictor.predict(reader.table(reader.rows(json.dumps(reader.as_sent(rows.to_dicts())).encode())))
    except RefusedError as refused:
        raise DataError(refused.problem.detail) from None
