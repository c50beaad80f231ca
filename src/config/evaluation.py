"""Group `evaluation`: what is told of the test rows. Changes nothing about the result, so no part of the hash."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from src.config.section import Section


class Evaluation(Section):
    """Metrics, predictions and pictures of the test rows there are always."""

    report: bool = True
    """report.html in the run folder, and the tables of its curves in plots/ for DVC."""
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Of the intervals: so often such an interval holds what it is of."""
    resamples: Annotated[int, Field(ge=100, le=100_000)] = 300
    """Of the test rows, for the intervals of the metrics (percentile bootstrap)."""
    repeats: Annotated[int, Field(ge=2, le=100)] = 5
    """How often each column is permuted to see how much the network needs it."""

    @model_validator(mode="after")
    def _the_report_is_made(self) -> Self:
        fields = type(self).model_fields
        changed = [name for name in ("level", "resamples", "repeats") if getattr(self, name) != fields[name].default]
        if changed and not self.report:
            raise ValueError(f"{changed[0]}: has an effect in the report only; take evaluation.report: true")
        return self
