"""What is fitted on train rows, and the encoding of raw rows with it: the only way from a table to the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from src.config.dataset import Dataset
from src.data.columns import Columns
from src.data.kinds import Kind, in_order
from src.data.rows import Rows
from src.data.scaling import filling, fit_scaling, value_range
from src.errors import DataError
from src.spec import InputSpec, OutputSpec

_UNSEEN, _MISSING, _FIRST = 0, 1, 2  # indices of a categorical column


@dataclass(frozen=True)
class Features:
    """Immutable and JSON-able. `ranges`: smallest and largest train value of each numeric feature;
    `vocabularies`: the sorted train values of each categorical one."""

    columns: Columns
    input: InputSpec
    output: OutputSpec
    ranges: Mapping[str, tuple[float, float]]
    vocabularies: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, columns: Columns, train: pl.DataFrame, output: OutputSpec, dataset: Dataset) -> "Features":
        """`train`: extracted features of the train rows. Raises DataError for a column without any value in them."""
        for column in train:
            if column.null_count() == len(column):
                raise DataError(f"column {column.name!r} has no value in any train row; leave it out")
        numeric = [train[name] for name in columns.numeric]
        vocabularies = {name: tuple(in_order(train[name])) for name in columns.categorical}
        spec = InputSpec(
            numeric=columns.numeric,
            impute=tuple(filling(column, dataset.missing.numeric) for column in numeric),
            indicator=tuple(dataset.missing.indicator and column.null_count() > 0 for column in numeric),
            categorical=columns.categorical,
            cardinalities=tuple(_FIRST + len(words) for words in vocabularies.values()),
            **fit_scaling(numeric, dataset),
        )
        ranges = {column.name: value_range(column) for column in numeric}
        return cls(columns, spec, output, ranges, vocabularies)

    @property
    def raw_columns(self) -> dict[str, Kind]:
        """Columns of the table that a prediction needs, the target not among them."""
        return self.columns.raw

    def encode(self, frame: pl.DataFrame) -> tuple[Tensor, Tensor]:
        """x_num float32 [n, d_num], NaN where missing, unscaled; x_cat int64 [n, d_cat].

        `frame`: raw rows as a file, JSON or pandas gives them; null, NaN, empty text and the markers are missing cells,
        other columns are ignored. A derived column is calculated if its inputs are there, else taken as it is.
        Raises DataError for missing columns (all together), and for text or infinity among numbers, with the row.
        """
        return self.tensors(self.columns.extract(frame, Rows.count(frame.height), nan=True, remedy=""))

    def tensors(self, extracted: pl.DataFrame) -> tuple[Tensor, Tensor]:
        """The same, from columns that `Columns.extract` gave."""
        n = extracted.height
        x_num = np.empty((n, len(self.input.numeric)), np.float32)
        x_cat = np.empty((n, len(self.input.categorical)), np.int64)
        for j, name in enumerate(self.input.numeric):
            x_num[:, j] = extracted[name].fill_null(float("nan")).to_numpy()
        for j, name in enumerate(self.input.categorical):
            x_cat[:, j] = _indices(extracted[name], self.vocabularies[name]).to_numpy()
        return torch.from_numpy(x_num), torch.from_numpy(x_cat)

    def to_dict(self) -> dict[str, Any]:
        return {
            "columns": self.columns.to_dict(),
            "input": self.input.to_dict(),
            "output": self.output.to_dict(),
            "ranges": {name: list(ends) for name, ends in self.ranges.items()},
            "vocabularies": {name: list(words) for name, words in self.vocabularies.items()},
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Features":
        return cls(
            Columns.from_dict(state["columns"]),
            InputSpec.from_dict(state["input"]),
            OutputSpec.from_dict(state["output"]),
            {name: (low, high) for name, (low, high) in state["ranges"].items()},
            {name: tuple(words) for name, words in state["vocabularies"].items()},
        )


def _indices(column: pl.Series, vocabulary: tuple[str, ...]) -> pl.Series:
    places = range(_FIRST, _FIRST + len(vocabulary))
    known = column.replace_strict(list(vocabulary), list(places), default=_UNSEEN, return_dtype=pl.Int64)
    return known.set(column.is_null(), _MISSING)
