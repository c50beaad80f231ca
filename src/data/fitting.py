"""Fitting, column after column: each is seen once, by its train rows alone, and its inputs go to whoever keeps them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.config.dataset import Dataset
from src.data.columns import Columns
from src.data.encoders.categorical import Categorical
from src.data.encoders.encoder import CodeEncoder, Encoder, NumberEncoder
from src.data.encoders.numeric import Numeric
from src.data.features import Features
from src.data.scaling import filling, fit_scaling
from src.data.splits.kind import Index
from src.errors import DataError
from src.spec import InputSpec, OutputSpec


class Fitting:
    """Grows by `add`, in the order of `columns.names`, until `features` is asked for."""

    def __init__(self, columns: Columns, dataset: Dataset) -> None:
        self.columns, self.dataset = columns, dataset
        self.encoders: list[Encoder] = []
        self.numeric: dict[str, dict[str, Any]] = {}
        self.missing: dict[str, int] = {}

    def add(self, column: pl.Series, train: Index) -> Iterator[NDArray[np.float32] | NDArray[np.int64]]:
        """Fits the extracted `column` on the rows `train`; gives its inputs for all rows: numbers, or one of codes.

        Raises DataError for a column without any value in the train rows, or whose values 32 bits cannot tell apart.
        """
        seen = column.gather(train)
        if seen.null_count() == len(seen):
            raise DataError(f"column {column.name!r} has no value in any train row; leave it out")
        self.missing[column.name] = column.null_count()
        encoder = (Categorical if column.name in self.columns.categorical else Numeric).fit(seen)
        self.encoders.append(encoder)
        match encoder:
            case NumberEncoder():
                for (name, values), (_, of_train) in zip(
                    encoder.numbers(column).items(), encoder.numbers(seen).items(), strict=True
                ):
                    self._fit_number(pl.Series(name, of_train, nan_to_null=True))
                    yield values.astype(np.float32)
            case CodeEncoder():
                yield encoder.codes(column)

    def _fit_number(self, train: pl.Series) -> None:
        self.numeric[train.name] = {
            "impute": filling(train, self.dataset.missing.numeric),
            "indicator": self.dataset.missing.indicator and train.null_count() > 0,
            **fit_scaling(train, self.dataset),
        }

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
