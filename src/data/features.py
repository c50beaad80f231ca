"""The encoding of raw rows with what was fitted on train rows: the only way from a table to the network."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
import torch
from torch import Tensor

from src.data.columns import Columns
from src.data.encoders.categorical import Categorical
from src.data.encoders.encoder import CodeEncoder, Encoder, NumberEncoder
from src.data.encoders.kinds import encoder_from_dict
from src.data.kinds import Kind
from src.data.rows import Rows
from src.spec import InputSpec, OutputSpec

Oddity = tuple[Literal["unlike", "missing"], str]
"""Of cells of a column: unlike all that the training met, or missing where no train row was without."""

_YES_NO = {"true", "false"}


@dataclass(frozen=True)
class Features:
    """Immutable and JSON-able. `encoders`: one for each column of `columns.names`, in this order; those that give
    numbers come first."""

    columns: Columns
    input: InputSpec
    output: OutputSpec
    encoders: tuple[Encoder, ...]

    @property
    def raw_columns(self) -> dict[str, Kind]:
        """Columns of the table that a prediction needs, the target not among them."""
        return self.columns.raw

    @property
    def categorical(self) -> list[Categorical]:
        """Encoders of the categorical columns."""
        return [encoder for encoder in self.encoders if isinstance(encoder, Categorical)]

    @property
    def yes_no(self) -> set[str]:
        """Categorical columns that the table has as yes/no, which counts as a number (`Kind`)."""
        numbers = {name for name, kind in self.raw_columns.items() if kind == "number"}
        return {each.name for each in self.categorical if each.name in numbers and {*each.vocabulary} <= _YES_NO}

    def __getitem__(self, name: str) -> Encoder:
        """Of the column `name`."""
        return next(encoder for encoder in self.encoders if encoder.name == name)

    def encode(self, frame: pl.DataFrame, rows: Rows | None = None) -> tuple[Tensor, Tensor]:
        """x_num float32 [n, d_num], NaN where missing, unscaled; x_cat int64 [n, d_cat].

        `frame`: raw rows as a file, JSON or pandas gives them; null, NaN, empty text and the markers are missing cells,
        other columns are ignored. A derived column is calculated if its inputs are there, else taken as it is. `rows`:
        which they are of a file, for the sentences of errors.
        Raises DataError for missing columns (all together), and for text or infinity among numbers, with the row.
        """
        return self._tensors(self._extracted(frame, rows))

    def encode_with_notes(self, frame: pl.DataFrame) -> tuple[Tensor, Tensor, list[str]]:
        """`encode`, and a sentence for each column whose cells the training never met the like of."""
        x_num, x_cat, oddities = self.encode_with_oddities(frame)
        return x_num, x_cat, self.notes(oddities)

    def encode_with_oddities(
        self, frame: pl.DataFrame, rows: Rows | None = None
    ) -> tuple[Tensor, Tensor, Counter[Oddity]]:
        """`encode`, and in how many rows what is odd; of pieces of a table, these counters add up."""
        extracted = self._extracted(frame, rows)
        x_num, x_cat = self._tensors(extracted)
        found = Counter[Oddity]()
        for each in self.encoders:
            found["unlike", each.name] = self._odd(each, extracted, x_cat)
        for name in self.columns.required:
            if name in extracted.columns:
                found["missing", name] = extracted[name].null_count()
        return x_num, x_cat, found

    def notes(self, oddities: Counter[Oddity]) -> list[str]:
        """A sentence for each that there is."""
        notes = [each.note(n) for each in self.encoders if (n := oddities["unlike", each.name])]
        for name in self.columns.required:
            if count := oddities["missing", name]:
                notes.append(f"{name} is missing in {count} row(s); such rows were left out of the training")
        return [f"note: {note}" for note in notes]

    def _odd(self, encoder: Encoder, extracted: pl.DataFrame, x_cat: Tensor) -> int:
        match encoder:
            case CodeEncoder():
                return encoder.odd(x_cat[:, self.input.categorical.index(encoder.name)].numpy())
            case NumberEncoder():
                return encoder.odd(extracted[encoder.name])
        raise AssertionError("there are two kinds of encoders")

    def _extracted(self, frame: pl.DataFrame, rows: Rows | None) -> pl.DataFrame:
        return self.columns.extract(frame, rows or Rows.count(frame.height), nan=True, remedy="")

    def _tensors(self, extracted: pl.DataFrame) -> tuple[Tensor, Tensor]:
        n = extracted.height
        x_num = np.empty((n, len(self.input.numeric)), np.float32)
        x_cat = np.empty((n, len(self.input.categorical)), np.int64)
        places = {name: j for j, name in enumerate((*self.input.numeric, *self.input.categorical))}
        for encoder in self.encoders:
            column = extracted[encoder.name]
            match encoder:
                case NumberEncoder():
                    for name, values in encoder.numbers(column).items():
                        x_num[:, places[name]] = values
                case CodeEncoder():
                    x_cat[:, places[encoder.name] - x_num.shape[1]] = encoder.codes(column)
        return torch.from_numpy(x_num), torch.from_numpy(x_cat)

    def to_dict(self) -> dict[str, Any]:
        return {
            "columns": self.columns.to_dict(),
            "input": self.input.to_dict(),
            "output": self.output.to_dict(),
            "encoders": [encoder.to_dict() for encoder in self.encoders],
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Features":
        return cls(
            Columns.from_dict(state["columns"]),
            InputSpec.from_dict(state["input"]),
            OutputSpec.from_dict(state["output"]),
            tuple(encoder_from_dict(each) for each in state["encoders"]),
        )
