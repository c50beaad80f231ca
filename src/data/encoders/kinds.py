"""All kinds of encoders, by name."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from src.data.encoders.categorical import Categorical
from src.data.encoders.datetimes import Datetime
from src.data.encoders.encoder import Encoder
from src.data.encoders.numeric import Numeric
from src.data.encoders.ordered import Ordered

if TYPE_CHECKING:
    from src.config.dataset import Dataset

ENCODERS: dict[str, Callable[..., Encoder]] = {each.kind: each for each in (Numeric, Ordered, Datetime, Categorical)}


def fitted_encoder(train: pl.Series, dataset: "Dataset") -> Encoder:
    """Of the kind that `dataset.columns` says, fitted on the cells of the train rows. Raises DataError if they do not
    suffice for it."""
    columns = dataset.columns
    if train.name in columns.numeric:
        return Numeric.fit(train)
    if train.name in columns.ordered:
        return Ordered.fit(train, columns.ordered[train.name])
    if train.name in columns.forms:
        return Datetime.fit(train)
    return Categorical.fit(train, str(dataset.missing.of_category(train.name)), dataset.categories)


def encoder_from_dict(state: Mapping[str, Any]) -> Encoder:
    """Inverse of `Encoder.to_dict`. Raises KeyError or TypeError for a state that is none."""
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in state.items() if key != "kind"}
    return ENCODERS[state["kind"]](**fields)
