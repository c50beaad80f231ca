"""Whether a model gives the same predictions whichever way rows come to it: tried with raw rows of the test part, which
its bundle keeps.

What was found stands in the bundle, in parity.json and in its README.md.
"""

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from src import atomic
from src.data.example import frame_of
from src.data.names import listed, shortened
from src.data.part import Part
from src.errors import RookeryError
from src.inference import Predictor, table
from src.rows import source
from src.spec import OutputSpec, PostHoc

TOLERANCE = 1e-6
"""Of a probability; of a number, in units of what is predicted (`unit`). What float32 and another order of sums do."""

_MOST_STRETCHED = 1000.0

FILE = "parity.json"

Way = Callable[[Predictor, pl.DataFrame], pl.DataFrame]
"""From raw rows to predictions."""


@dataclass(frozen=True)
class Parity:
    """`differences`: way to the largest difference from what the evaluation gives for the same rows; `failures`: a
    sentence for each way that gives something else."""

    rows: int
    differences: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "tolerance": TOLERANCE,
            "largest_difference": self.differences,
            "failures": self.failures,
        }

    @classmethod
    def of(cls, bundle: Path) -> "Parity | None":
        """What was found for the bundle in this folder; None for one from before that was written down."""
        path = bundle / FILE
        if not path.exists():
            return None
        found = atomic.read_json(path)
        return cls(found["rows"], found["largest_difference"], found["failures"])

    @property
    def warnings(self) -> list[str]:
        """A sentence for each way that does not agree."""
        return [f"NOT ALIKE: {failure}" for failure in self.failures.values()]

    def sentences(self) -> list[str]:
        """For people: one for what agrees, then the warnings."""
        alike = [f"{way} {difference:.2g}" for way, difference in self.differences.items() if way not in self.failures]
        named = f"{self.rows} raw rows of the test part are answered as in the evaluation (largest difference: "
        return [*([f"{named}{', '.join(alike)})"] if alike else []), *self.warnings]


def _through(suffix: str) -> Way:
    """`src.predict` with a file."""

    def way(predictor: Predictor, rows: pl.DataFrame) -> pl.DataFrame:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"rows.{suffix}"
            rows.write_csv(path) if suffix == "csv" else rows.write_parquet(path)
            return predictor.predict(source(str(path), {}).read(predictor.features.columns.markers))

    return way


def _plain(predictor: Predictor, rows: pl.DataFrame) -> pl.DataFrame:
    """As the model in MLflow and a server get them: JSON, whose numbers and yes/no the signature makes floats."""
    kinds = predictor.features.raw_columns
    cells: dict[str, list[Any]] = json.loads(json.dumps(rows.to_dict(as_series=False)))
    for name in [name for name, kind in kinds.items() if kind == "number"]:
        cells[name] = [None if cell is None else float(cell) for cell in cells[name]]
    return predictor.predict_plain(cells)


WAYS: dict[str, Way] = {
    "raw rows": Predictor.predict,
    "CSV": _through("csv"),
    "Parquet": _through("parquet"),
    "JSON": _plain,
}
"""Those that are tried after each training. What would load a framework of its own (a server, MLflow, an export) is
tried where that is loaded, with `of_kept_rows`."""


def of_bundle(predictor: Predictor, test: Part, ways: Mapping[str, Way] = WAYS) -> Parity:
    """`test`: the part whose first rows, not yet encoded, the bundle keeps."""
    rows = kept_rows(predictor)
    x_num, x_cat = (each[: rows.height].clone() for each in (test.x_num, test.x_cat))
    test.release()
    expected = table(predictor.predict_encoded(x_num, x_cat), predictor.features.output)
    return compared(predictor, rows, expected, ways)


def of_kept_rows(predictor: Predictor, ways: Mapping[str, Way]) -> Parity:
    """The same for ways that are compared with the predictor's own."""
    rows = kept_rows(predictor)
    return compared(predictor, rows, predictor.predict(rows), ways)


def kept_rows(predictor: Predictor) -> pl.DataFrame:
    """Raw rows of the test part; of a bundle from before these were kept, of the train part."""
    facts = predictor.bundle.facts
    return frame_of(facts.get("test_rows") or facts["example"])


def compared(predictor: Predictor, rows: pl.DataFrame, expected: pl.DataFrame, ways: Mapping[str, Way]) -> Parity:
    parity, output = Parity(rows.height), predictor.features.output
    for name, way in ways.items():
        try:
            found = way(predictor, rows)
        except RookeryError as error:
            parity.failures[name] = f"{name}: {error}"
            continue
        parity.differences[name] = largest_difference(found, expected, output)
        if sentence := _failure(name, found, expected, output):
            parity.failures[name] = sentence
    return parity


def largest_difference(found: pl.DataFrame, expected: pl.DataFrame, output: OutputSpec) -> float:
    """Over all columns of numbers."""
    return max(
        (_difference(found[name], expected[name], output) for name in expected.columns if _is_number(expected[name])),
        default=0.0,
    )


def _failure(way: str, found: pl.DataFrame, expected: pl.DataFrame, output: OutputSpec) -> str:
    """The first column that differs, and where; "" if none does."""
    for name in expected.columns:
        one, other = found[name], expected[name]
        alike = one == other
        if _is_number(other):
            alike |= (one - other).abs() <= TOLERANCE * unit(other, output)
        if not alike.all():
            row = int((~alike).arg_true()[0])
            return (
                f"{way}: row {row + 1} of those that the bundle keeps gets {shortened(name)} {_said(one[row])}, in the "
                f"evaluation {_said(other[row])}"
            )
    return ""


def _said(cell: Any) -> str:
    """In a line: Polars writes a set of classes in several."""
    return listed(cell.to_list()) if isinstance(cell, pl.Series) else shortened(str(cell))


def _difference(found: pl.Series, expected: pl.Series, output: OutputSpec) -> float:
    """What is infinite or no number on both sides does not differ."""
    differences = [abs(one - other) for one, other in zip(found, expected, strict=True) if one != other]
    known = [each for each in differences if math.isfinite(each)]
    return float(max(known, default=0.0)) / (1.0 if output.answers else unit(expected, output))


def unit(values: pl.Series, output: OutputSpec) -> float:
    """1 for probabilities, which isotonic curves stretch as far as they are steep; of numbers the largest that is
    predicted, or the standard deviation of the target."""
    if output.answers:
        return min(_MOST_STRETCHED, max([1.0, *_slopes(output.post_hoc)]))
    finite = [abs(value) for value in values if math.isfinite(value)]
    return float(max([*finite, *([] if output.log else output.scale), 1e-30]))


def _slopes(found: PostHoc) -> Iterator[float]:
    """Of each piece of each curve."""
    for knots, values in found.curves:
        for (low, high), (first, last) in zip(pairwise(knots), pairwise(values), strict=True):
            yield (last - first) / (high - low)


def _is_number(values: pl.Series) -> bool:
    return values.dtype.is_numeric()
