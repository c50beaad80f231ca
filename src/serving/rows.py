"""The rows of a request: what they must look like, made from the bundle, and from JSON to a table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import polars as pl
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, conlist
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from src.config.dates import ISO
from src.config.suggest import remedy, shown
from src.data.encoders.ordered import Ordered
from src.data.features import Features
from src.data.kinds import Kind
from src.data.names import listed
from src.serving.refusal import Mistake, RefusedError

MOST_ROWS = 10_000
"""Of a request."""

_SHOWN = 20  # mistakes in an answer
_LARGEST = 3.4e38  # of float32
_ROW: Any = TypedDict  # its fields are known when the bundle is

Cell = str | bool | float | int | None
Row = Mapping[str, Cell]

_TYPES: dict[Kind, Any] = {
    "number": Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)] | bool | None,
    "text": str | bool | int | float | None,
}
_REQUIRED: dict[Kind, str] = {
    "number": f"a number up to ±{_LARGEST:g}, true, false or null",
    "text": "a text, number, true, false or null",
}


class RowReader:
    """Reads requests for one model: a JSON list of objects, each with every column of the table that it needs."""

    def __init__(self, features: Features, example: Sequence[Mapping[str, Any]]) -> None:
        self.kinds = {name: _kind(name, features) for name in features.raw_columns}
        met = self.as_sent(example)
        row = _ROW("Row", {name: self._field(name, features, met) for name in self.kinds})
        row.__pydantic_config__ = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
        row.__doc__ = "A row of the table. null is a missing cell; categories that no train row had are allowed."
        self.adapter: TypeAdapter[list[Row]] = TypeAdapter(conlist(row, max_length=MOST_ROWS))
        self.example = [each for each in met if None not in each.values()]  # FastAPI takes every null out of its page

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of a request, with the example rows."""
        found = self.adapter.json_schema()
        row = found.pop("$defs")["Row"]
        return found | {"items": row, **({"examples": [self.example]} if self.example else {})}

    def rows(self, body: bytes) -> list[Row]:
        """Raises RefusedError with all mistakes (the first 20), each with row and column."""
        try:
            return self.adapter.validate_json(body)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False)
        if any(each["type"] == "too_long" and not each["loc"] for each in details):
            raise RefusedError(413, [Mistake(message=f"more than {MOST_ROWS} rows; send them in several requests")])
        found = {(each["loc"][:2]): self._mistake(each) for each in reversed(details)}  # of a cell, the first
        raise RefusedError(422, [*found.values()][::-1][:_SHOWN])

    def table(self, rows: Sequence[Row]) -> pl.DataFrame:
        """Float64 and String columns, null where a cell is missing."""
        return pl.DataFrame([_column(name, kind, [row[name] for row in rows]) for name, kind in self.kinds.items()])

    def as_sent(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Rows of a table as who knows the schema sends them: numbers as such, also where a file has them as texts."""
        return [{name: _sent(row.get(name), kind) for name, kind in self.kinds.items()} for row in rows]

    def _field(self, name: str, features: Features, example: Sequence[Mapping[str, Any]]) -> Any:
        cells = [row[name] for row in example if row[name] is not None]
        described = Field(title=name, description=_meaning(name, features), examples=cells or None)
        return Annotated[_TYPES[self.kinds[name]], described]

    def _mistake(self, error: ErrorDetails) -> Mistake:
        match error["loc"]:
            case ():
                return Mistake(message=_of_whole(error))
            case (int(row),):
                return Mistake(row=row + 1, message=f"row {row + 1}: required: an object like {{column: cell}}")
            case (int(row), str(name), *_):
                what = self._of_cell(name, error)
                return Mistake(row=row + 1, column=name, message=f"row {row + 1}, column {name!r}: {what}")
        raise AssertionError(f"rows have no place {error['loc']}")

    def _of_cell(self, name: str, error: ErrorDetails) -> str:
        match error["type"]:
            case "missing":
                return "not there; send null where the cell is missing"
            case "extra_forbidden":
                return f"the model takes no such column; {remedy(name, self.kinds)}"
        return f"required: {_REQUIRED[self.kinds[name]]}; got {shown(error['input'])}"


def _of_whole(error: ErrorDetails) -> str:
    if error["type"] == "json_invalid":
        return f"the body is not JSON ({error['msg'].removeprefix('Invalid JSON: ')})"
    return 'required: a list of rows, like [{"column": 1.5}]'


def _kind(name: str, features: Features) -> Kind:
    """A category may be a text too, though those of the table were numbers: 1, 1.0 and "1" are the same."""
    columns = features.columns
    roots = {root for expression in columns.derive.values() for root in expression.inputs}
    return features.raw_columns[name] if name in {*columns.numeric, *roots} else "text"


def _meaning(name: str, features: Features) -> str:
    if (form := features.columns.datetime.get(name)) is not None:
        return "a date like 2024-05-31 13:45" if form == ISO else f"a date in the form {form}"
    ordered = next((each for each in features.encoders if each.name == name and isinstance(each, Ordered)), None)
    return f"one of {listed(ordered.values)}" if ordered else f"a {_kind(name, features)}"


def _sent(cell: Any, kind: Kind) -> Any:
    return float(cell) if kind == "number" and isinstance(cell, str) else cell


def _column(name: str, kind: Kind, cells: Sequence[Cell]) -> pl.Series:
    if kind == "number":
        return pl.Series(name, [None if cell is None else float(cell) for cell in cells], pl.Float64)
    return pl.Series(name, [*_texts(cells)], pl.String)


def _texts(cells: Sequence[Cell]) -> Iterator[str | None]:
    """1.0 and "1" become one when they are encoded."""
    for cell in cells:
        yield cell if isinstance(cell, str | None) else str(cell)
