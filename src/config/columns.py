"""Section `dataset.columns`: which columns the network sees, and as what."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from src.config.dates import ISO
from src.config.section import Section


def _as_text(value: Any) -> Any:
    """Numbers and yes/no of the YAML as the texts that they are in the table."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return str(value)
    return value


Value = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int | float | bool)]


class Columns(Section):
    """The columns that the network sees; every other column is left out."""

    numeric: list[str] = []
    """Numbers; a derived column counts as well."""
    categorical: list[str] = []
    """Names, codes, yes/no: values without an order. Numbers are taken as names here."""
    ordered: dict[str, Annotated[list[Value], Field(min_length=2)]] = {}
    """Values with an order, written from first to last: one number, the place in that order."""
    datetime: list[str] | dict[str, str] = []
    """Dates and times: the days since the first train row, and where in the day, the week and the year it was. A list,
    or column to the form that its texts have, such as %d.%m.%Y (iso: 2024-05-31, 2024-05-31 13:45). Zones are
    turned into UTC; a time without one counts as UTC."""
    auto: bool = False
    """Takes every other column too, its kind by inspection of the train rows; ids, constants and the like stay out."""
    drop: list[str] = []
    """Columns that `auto` leaves out."""

    @property
    def forms(self) -> dict[str, str]:
        """Column of dates to the form of its texts."""
        return self.datetime if isinstance(self.datetime, dict) else dict.fromkeys(self.datetime, ISO)

    @property
    def names(self) -> list[str]:
        """All that are named here as inputs, those that become numbers first."""
        return [*self.numeric, *self.ordered, *self.datetime, *self.categorical]

    @model_validator(mode="after")
    def _orders_name_each_value_once(self) -> Self:
        for name, values in self.ordered.items():
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"ordered.{name}: names {', '.join(twice)} more than once")
        return self

    @model_validator(mode="after")
    def _forms_are_some(self) -> Self:
        for name, form in self.forms.items():
            if form != ISO and "%" not in form:
                raise ValueError(f"datetime.{name}: must be {ISO} or a form such as %d.%m.%Y %H:%M; got {form!r}")
        return self
