"""What an exported file is given of a row: one input for each raw column, and what its cells become."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from src.config.markers import markers_of
from src.data.encoders.categorical import Categorical
from src.data.encoders.datetimes import Datetime
from src.data.encoders.encoder import Encoder
from src.data.encoders.numeric import Numeric
from src.data.encoders.ordered import Ordered
from src.data.expressions import needed
from src.data.features import Features
from src.exporting.formulas import Formula, formula

Kind = Literal["number", "text", "date"]


@dataclass(frozen=True)
class Input:
    """`markers`: texts that mean missing. `texts`: those that are known, in the order of their codes, which begin at
    `src.exporting.cells.FIRST`. `sql` of a derived column that must be given as it is, since it is no arithmetic."""

    name: str
    kind: Kind
    markers: tuple[str, ...]
    texts: tuple[str, ...] = ()
    sql: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; what says nothing is left out."""
        fields = {"name": self.name, "kind": self.kind, "missing": [*self.markers], "known": [*self.texts]}
        return {key: value for key, value in (fields | {"derived": self.sql}).items() if value}


@dataclass(frozen=True)
class Inputs:
    """`given`: in the order of the file. `calculated`: derived columns that follow from them, in their order."""

    given: tuple[Input, ...]
    calculated: Mapping[str, Formula]

    @classmethod
    def of(cls, features: Features) -> "Inputs":
        as_they_are = {encoder.name for encoder in features.encoders if not isinstance(encoder, Numeric)}
        calculated = dict[str, Formula]()
        given = dict[str, Input]()
        for encoder in features.encoders:
            formulas = _formulas(encoder, features, as_they_are)
            calculated |= formulas
            roots = needed([encoder.name], features.columns.derive)[1] if formulas else [encoder.name]
            for name in roots:
                given[name] = given.get(name) or _input(name, None if formulas else encoder, features)
        order = [name for name in features.columns.derive if name in calculated]
        return cls(tuple(given.values()), {name: calculated[name] for name in order})


def _formulas(encoder: Encoder, features: Features, as_they_are: set[str]) -> dict[str, Formula]:
    """Of a derived column and those that it is calculated from; none if it is not derived, or not by arithmetic of
    columns that are given as numbers."""
    derive, kinds = features.columns.derive, features.columns.kinds
    derived, roots = needed([encoder.name], derive)
    if encoder.name in as_they_are or any(name in as_they_are or kinds[name] != "number" for name in roots):
        return {}
    found = {name: formula(derive[name].sql, derive[name].inputs) for name in derived}
    known = {name: each for name, each in found.items() if each is not None}
    return known if len(known) == len(found) else {}


def _input(name: str, encoder: Encoder | None, features: Features) -> Input:
    columns = features.columns
    markers = tuple(markers_of(columns.markers, name))
    sql = columns.derive[name].sql if name in columns.derive else None
    match encoder:
        case Categorical():
            return Input(name, "text", markers, encoder.vocabulary, sql)
        case Ordered():
            return Input(name, "text", markers, encoder.values, sql)
        case Datetime():
            return Input(name, "date", markers, sql=sql)
    return Input(name, "number", markers, sql=sql)


def marked_numbers(markers: Sequence[str]) -> Iterator[float]:
    """Those of the markers that are numbers."""
    for marker in markers:
        try:
            yield float(marker)
        except ValueError:
            continue
