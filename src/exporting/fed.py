"""Raw rows as what an exported file is given: what whoever calls it does by themselves."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from src.data.encoders.categorical import MISSING, UNSEEN
from src.data.features import Features
from src.data.kinds import numbers, texts
from src.data.missing import composed, missing_as_null
from src.data.moments import moments
from src.data.rows import Rows
from src.exporting.cells import FIRST, NO_DATE
from src.exporting.inputs import Input


def fed(given: Input, rows: pl.DataFrame, features: Features) -> NDArray[np.generic]:
    """[n, 1]: float64 numbers, NaN where missing; int64 microseconds of dates; texts as Python strings, "" where
    missing. A derived column that the file asks for is calculated."""
    found = _column(given, rows, features)
    counted = Rows.count(len(found))
    match given.kind:
        case "number":
            return numbers(found, counted).cast(pl.Float64).fill_null(float("nan")).to_numpy().reshape(-1, 1)
        case "date":
            form = features.columns.datetime[given.name]
            dates = moments(found, form, "columns.datetime", counted)
            return dates.cast(pl.Int64).fill_null(NO_DATE).to_numpy().reshape(-1, 1)
    return np.array(found.cast(pl.String).fill_null("").to_list(), object).reshape(-1, 1)


def coded(given: Input, rows: pl.DataFrame, features: Features) -> NDArray[np.generic]:
    """The same, but codes int64 in the place of texts, where a format has none: the place among `given.texts` + 2, 1
    if the cell is missing, 0 for any other text."""
    if given.kind != "text":
        return fed(given, rows, features)
    column = texts(_column(given, rows, features))
    places = range(FIRST, FIRST + len(given.texts))
    known = column.replace_strict(list(given.texts), list(places), default=UNSEEN, return_dtype=pl.Int64)
    return known.set(column.is_null(), MISSING).to_numpy().reshape(-1, 1)


def _column(given: Input, rows: pl.DataFrame, features: Features) -> pl.Series:
    """As the file has it, null where missing."""
    if given.sql is not None and given.name not in rows.columns:
        return features.columns.extract(rows, Rows.count(rows.height), nan=True, names=[given.name])[given.name]
    column: Sequence[pl.Series] = [rows[given.name]]
    return missing_as_null(composed(pl.DataFrame(column)), features.columns.markers, nan=True)[given.name]
