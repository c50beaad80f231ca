"""From the raw table to the feature columns, row by row: nothing here is fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from src.config.markers import Markers
from src.data.expressions import Expression, derived, needed, parse_all
from src.data.kinds import Kind, kind_of, numbers, texts
from src.data.missing import composed, missing_as_null
from src.data.moments import moments
from src.data.names import absent
from src.data.rows import Rows
from src.errors import DataError

if TYPE_CHECKING:
    from src.config.dataset import Dataset

_REMEDY = (
    "; list the column under columns.categorical (dates: columns.datetime), or the value under missing.markers if it "
    "means missing"
)
_DATE_REMEDY = (
    "; say the form of others, for instance {name: '%d.%m.%Y'}, and list the text under missing.markers if it means "
    "missing"
)
_LARGEST = 3.4028234663852886e38  # of float32


@dataclass(frozen=True)
class Columns:
    """What the network sees and how it comes from the table.

    `derive` holds the expressions that the features need, in order; `kinds` the kind of each column of the table
    that is read and of each derived one; `datetime` the form of each column of dates; `required` the columns without
    which a row was not learned from.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    derive: Mapping[str, Expression]
    kinds: Mapping[str, Kind]
    markers: Markers
    ordered: tuple[str, ...] = ()
    datetime: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        schema: Mapping[str, pl.DataType],
        dataset: "Dataset",
        derive: Mapping[str, Expression],
    ) -> "Columns":
        """`schema` of the table. Raises DataError for columns that it lacks (all of them together) and expressions that
        do not fit the types."""
        chosen = dataset.columns
        names, raw = needed(chosen.names, derive)
        if sentence := absent(raw, [*schema, *derive]):
            raise DataError(sentence)
        kinds: dict[str, Kind] = {name: kind_of(schema[name]) for name in raw}
        kinds |= {name: "number" for name in raw if name in chosen.numeric}
        used = {name: derive[name] for name in names}
        inputs = {root for name in names for root in used[name].inputs}
        dtypes = {"number": pl.Float64(), "text": pl.String()}
        typed = pl.DataFrame(schema={name: dtypes[kinds[name]] for name in raw if name in inputs})
        calculated = derived(typed, names, used, rows=None)
        kinds |= {name: kind_of(calculated[name].dtype) for name in names}
        return cls(
            tuple(chosen.numeric),
            tuple(chosen.categorical),
            used,
            kinds,
            dataset.missing.markers,
            tuple(chosen.ordered),
            chosen.forms,
            tuple(dataset.missing.dropped),
        )

    @property
    def raw(self) -> dict[str, Kind]:
        """Columns of the table that the features need, in the order of the features."""
        return {name: kind for name, kind in self.kinds.items() if name not in self.derive}

    @property
    def names(self) -> list[str]:
        """Of the columns that become inputs, those that give numbers first."""
        return [*self.numeric, *self.ordered, *self.datetime, *self.categorical]

    def reads(self, names: Sequence[str], present: Sequence[str]) -> list[str]:
        """Columns of a table with the columns `present` that `extract` needs for `names`. Raises DataError for those
        that are missing."""
        return self._plan(names, present)[1]

    def extract(
        self, frame: pl.DataFrame, rows: Rows, nan: bool, remedy: str = _REMEDY, names: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Float64 for numeric columns, Datetime for those of dates, String for others, null where missing; `names`: of
        these, not of all.

        A derived column is calculated if its inputs are there, else taken as it is. `nan`: NaN means missing.
        Raises DataError for missing columns (all together) and for a cell that is no finite number, with its row.
        """
        names = self.names if names is None else names
        calculated, read = self._plan(names, frame.columns)
        raw = missing_as_null(composed(frame[read]), self.markers, nan)
        inputs = {root for name in calculated for root in self.derive[name].inputs}
        typed = _typed(raw[[name for name in read if name in inputs]], self.kinds, rows, remedy)
        typed = derived(typed, calculated, self.derive, rows)
        source = raw.hstack(typed[calculated]) if calculated else raw
        return pl.DataFrame([self._typed(source[name], rows, remedy) for name in names])

    def _typed(self, column: pl.Series, rows: Rows, remedy: str) -> pl.Series:
        if column.name in self.datetime:
            return moments(column, self.datetime[column.name], "columns.datetime", rows, remedy and _DATE_REMEDY)
        if column.name not in self.numeric:
            return texts(column)
        values = numbers(column, rows, remedy)
        _check_range(values, rows)
        return values

    def _plan(self, names: Sequence[str], present: Sequence[str]) -> tuple[list[str], list[str]]:
        calculated, read, missing = set[str](), list[str](), list[str]()
        wanted = [*names]
        while wanted:
            name = wanted.pop(0)
            _, raw = needed([name], self.derive)
            if name in self.derive and all(self._obtainable(root, present) for root in self.derive[name].inputs):
                calculated.add(name)
                wanted.extend(self.derive[name].inputs)
            elif name in present:
                read.append(name)
            else:
                missing += raw
        if sentence := absent(missing, present):
            raise DataError(sentence)
        return [name for name in self.derive if name in calculated], list(dict.fromkeys(read))

    def _obtainable(self, name: str, present: Sequence[str]) -> bool:
        if name not in self.derive:
            return name in present
        return name in present or all(self._obtainable(root, present) for root in self.derive[name].inputs)

    def to_dict(self) -> dict[str, Any]:
        return {
            "numeric": list(self.numeric),
            "ordered": list(self.ordered),
            "datetime": dict(self.datetime),
            "categorical": list(self.categorical),
            "derive": {name: expression.sql for name, expression in self.derive.items()},
            "kinds": dict(self.kinds),
            "markers": self.markers,
            "required": list(self.required),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Columns":
        derive = parse_all(state["derive"])
        return cls(
            tuple(state["numeric"]),
            tuple(state["categorical"]),
            derive,
            dict(state["kinds"]),
            state["markers"],
            tuple(state.get("ordered", ())),
            dict(state.get("datetime", {})),
            tuple(state.get("required", ())),
        )


def _typed(frame: pl.DataFrame, kinds: Mapping[str, Kind], rows: Rows, remedy: str) -> pl.DataFrame:
    """Columns as expressions see them: Float64 or String."""
    return pl.DataFrame(
        [
            numbers(column, rows, remedy).cast(pl.Float64)
            if kinds[column.name] == "number"
            else (column if column.dtype == pl.String else texts(column))
            for column in frame
        ]
    )


def _check_range(column: pl.Series, rows: Rows) -> None:
    ends = column.min(), column.max()
    if any(isinstance(end, float) and abs(end) > _LARGEST for end in ends):
        index = int((column.abs() > _LARGEST).arg_true()[0])
        raise DataError(
            f"column {column.name!r} {rows.place(index)}: {column[index]} is too large for 32-bit numbers, "
            f"which end at {_LARGEST:.2g}; derive a smaller one, for instance its logarithm"
        )
