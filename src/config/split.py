"""Section `dataset.split`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.section import Section

Fraction = Annotated[float, Field(gt=0, lt=1)]


class Split(Section):
    """Which rows train, which choose the best epoch (validation), and which are looked at once, at the end (test)."""

    by: Literal["random", "stratified"] = "stratified"
    """stratified keeps the share of each class equal in all parts (regression: random)."""
    train: Fraction = 0.7
    validation: Fraction = 0.15
    test: Fraction = 0.15
    seed: Annotated[int, Field(ge=0)] = 0
    """Separate from the run's seed, so that another seed trains on the same rows."""

    @model_validator(mode="after")
    def _fractions_add_up(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train + validation + test must be 1, they add up to {total:g}")
        return self
