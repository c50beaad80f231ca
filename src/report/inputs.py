"""The columns that a network sees: which of its inputs come from each, and their cells as people write them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from torch import Tensor

from src.charts.scale import shown
from src.data.encoders.categorical import MISSING, UNSEEN, Categorical
from src.data.encoders.datetimes import Datetime
from src.data.encoders.encoder import Encoder, NumberEncoder
from src.data.encoders.ordered import Ordered
from src.data.features import Features
from src.data.part import Part

_DAY = 86_400_000_000  # microseconds
_FIRST = MISSING + 1
_EMPTY = {"numeric": pl.Float64(), "ordered": pl.String(), "datetime": pl.Datetime("us")}


@dataclass(frozen=True)
class Column:
    """`numbers`: its columns of x_num; `code`: its column of x_cat, if it is one of categories."""

    encoder: Encoder
    numbers: tuple[int, ...] = ()
    code: int | None = None

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def continuous(self) -> bool:
        """Whether it has numbers or moments, not names."""
        return isinstance(self.encoder, NumberEncoder) and not isinstance(self.encoder, Ordered)

    def values(self, part: Part) -> Tensor:
        """float64 [n]: numbers, places in an order, microseconds since 1970, or codes; NaN where missing."""
        if self.code is not None:
            codes = part.x_cat[:, self.code].double()
            return torch.where(codes == MISSING, math.nan, codes)
        first = part.x_num[:, self.numbers[0]].double()
        if isinstance(self.encoder, Datetime):
            return self.encoder.first + first * _DAY
        return first

    def shown(self, value: float) -> str:
        """A value as people write it."""
        match self.encoder:
            case _ if math.isnan(value):
                return "missing"
            case Categorical(vocabulary=vocabulary):
                return "never seen in training" if value == UNSEEN else vocabulary[int(value) - _FIRST]
            case Ordered(values=values):
                return values[int(value)]
            case Datetime():
                return str(pl.Series([round(value)]).cast(pl.Datetime("us"))[0])[:16].removesuffix(" 00:00")
        return shown(value)

    def replaced(self, part: Part, values: Sequence[float]) -> tuple[Tensor, Tensor]:
        """x_num and x_cat of the rows once for each of `values`, which this column has in all of them:
        [values * n, …]."""
        x_num, x_cat = part.x_num.repeat(len(values), 1), part.x_cat.repeat(len(values), 1)
        for place, inputs in zip(self.numbers, self._inputs(values), strict=True):
            x_num[:, place] = inputs.repeat_interleave(len(part))
        if self.code is not None:
            x_cat[:, self.code] = torch.tensor(values).to(x_cat.dtype).repeat_interleave(len(part))
        return x_num, x_cat

    def permuted(self, part: Part, order: Tensor) -> tuple[Tensor, Tensor]:
        """x_num and x_cat with the cells of this column in another order, `order` int64 [repeats, n]:
        [repeats * n, …]."""
        x_num, x_cat = part.x_num.repeat(len(order), 1), part.x_cat.repeat(len(order), 1)
        flat = order.reshape(-1)
        for place in self.numbers:
            x_num[:, place] = part.x_num[flat, place]
        if self.code is not None:
            x_cat[:, self.code] = part.x_cat[flat, self.code]
        return x_num, x_cat

    def _inputs(self, values: Sequence[float]) -> list[Tensor]:
        """float32 [values] for each of `numbers`."""
        match self.encoder:
            case Datetime():
                moments = pl.Series(self.name, np.round(values).astype(np.int64)).cast(pl.Datetime("us"))
                return [torch.from_numpy(each).float() for each in self.encoder.numbers(moments).values()]
            case NumberEncoder():
                return [torch.tensor(values, dtype=torch.float32)]
        return []


def columns_of(features: Features) -> list[Column]:
    """In the order of `features.encoders`."""
    found, numbers = list[Column](), {name: place for place, name in enumerate(features.input.numeric)}
    for encoder in features.encoders:
        if isinstance(encoder, NumberEncoder):
            names = encoder.numbers(pl.Series(encoder.name, [], _EMPTY[encoder.kind]))
            found.append(Column(encoder, tuple(numbers[name] for name in names)))
        else:
            found.append(Column(encoder, code=features.input.categorical.index(encoder.name)))
    return found
