"""Fitting, column after column: each is seen once, by its train rows alone, and its inputs go to whoever keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.data.columns import Columns
from src.data.encoders.encoder import CodeEncoder, Encoder, NumberEncoder
from src.data.encoders.kinds import fitted_encoder
from src.data.features import Features
from src.data.median import Stretches
from src.data.scaling import filling, fit_scaling
from src.errors import DataError
from src.spec import InputSpec, OutputSpec

Inputs = NDArray[np.float32] | NDArray[np.int64]
"""One input of the network, of all rows: float32 numbers or int64 codes."""


_STRETCH = 1 << 16  # rows


@dataclass(frozen=True)
class Fitted:
    """One column: its encoder, what `InputSpec` says of each of its numeric inputs, and its inputs."""

    encoder: Encoder
    numeric: dict[str, dict[str, Any]]
    missing: int
    inputs: list[Inputs]


def fit_column(column: pl.Series, members: Mapping[str, pl.Series], dataset: Dataset) -> Fitted:
    """An extracted column of all rows is fitted on the rows of the part train. `members` of each part: Boolean [n].

    Raises DataError for a column without any value in the train rows, or whose values 32 bits cannot tell apart.
    """
    train = _chosen(column, members["train"])
    if train.null_count() == len(train):
        raise DataError(f"column {train.name!r} has no value in any train row; leave it out")
    missing = sum(column.filter(rows).null_count() for rows in members.values()) if column.null_count() else 0
    encoder = fitted_encoder(train, dataset)
    if isinstance(encoder, CodeEncoder):
        return Fitted(encoder, {}, missing, [encoder.codes(column)])
    assert isinstance(encoder, NumberEncoder), "there are two kinds of inputs"
    how = encoder.replacement(dataset.missing.of_number(encoder.name))
    seen = [encoder.numbers(chunk) for chunk in train.get_chunks() if len(chunk)]
    whole = not train.null_count()
    numeric = {
        name: _of_number(name, [each[name].astype(np.float64, copy=False) for each in seen], whole, how, dataset)
        for name in seen[0]
    }
    for other in list(numeric)[1:]:
        numeric[other]["indicator"] = False  # one is enough for all inputs of a column: it stands at the first
    return Fitted(encoder, numeric, missing, [*_numbers(encoder, column).values()])


def _chosen(column: pl.Series, rows: pl.Series) -> pl.Series:
    """The cells of these rows, in a chunk for each stretch of the column, whatever chunks that has."""
    starts = range(0, len(column), _STRETCH)
    return pl.concat([column.slice(at, _STRETCH).filter(rows.slice(at, _STRETCH)).rechunk() for at in starts])


def _of_number(name: str, train: Stretches, whole: bool, how: str | float, dataset: Dataset) -> dict[str, Any]:
    """`whole`: no value is missing."""
    there = train if whole else [each[~np.isnan(each)] for each in train]
    values, rows = [each for each in there if len(each)], sum(map(len, train))
    indicator = dataset.missing.indicator and sum(map(len, values)) < rows
    return {"impute": filling(values, how), "indicator": indicator, **fit_scaling(name, values, rows, dataset)}


def _numbers(encoder: NumberEncoder, column: pl.Series) -> dict[str, NDArray[np.float32]]:
    """Chunk by chunk: they need not be copied together for it."""
    found, end = dict[str, NDArray[np.float32]](), 0
    for chunk in column.get_chunks():
        begin, end = end, end + len(chunk)
        for name, values in encoder.numbers(chunk).items():
            if name not in found:
                found[name] = np.empty(len(column), np.float32)
            found[name][begin:end] = values
    return found


class Fitting:
    """Grows by `add`, in the order of `columns.names`, until `features` is asked for."""

    def __init__(self, columns: Columns, dataset: Dataset) -> None:
        self.columns, self.dataset = columns, dataset
        self.encoders: list[Encoder] = []
        self.numeric: dict[str, dict[str, Any]] = {}
        self.missing: dict[str, int] = {}

    def add(self, fitted: Fitted) -> None:
        """Raises DataError for an input whose name another one has."""
        if twice := [name for name in (*fitted.numeric, fitted.encoder.name) if name in self.numeric]:
            raise DataError(f"two columns give an input called {twice[0]!r}; rename one of them with dataset.derive")
        self.encoders.append(fitted.encoder)
        self.numeric |= fitted.numeric
        self.missing[fitted.encoder.name] = fitted.missing

    def features(self, output: OutputSpec) -> Features:
        """When every column was added."""
        codes = {encoder.name: encoder.cardinality for encoder in self.encoders if isinstance(encoder, CodeEncoder)}
        spec = InputSpec(
            numeric=tuple(self.numeric),
            impute=self._each("impute"),
            center=self._each("center"),
            scale=self._each("scale"),
            indicator=self._each("indicator"),
            categorical=tuple(codes),
            cardinalities=tuple(codes.values()),
            log=self._each("log") if self.dataset.log else (),
            smooth_clip=self.dataset.scale == "robust",
            clip=self.dataset.clip,
            quantiles=self._each("quantiles") if self.dataset.scale == "quantile" else (),
        )
        return Features(self.columns, spec, output, tuple(self.encoders))

    def _each(self, key: str) -> tuple[Any, ...]:
        return tuple(fitted[key] for fitted in self.numeric.values())
