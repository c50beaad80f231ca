"""What a client gets that sent something wrong: a sentence for each mistake, never a traceback."""

from dataclasses import dataclass, field

from pydantic import BaseModel


class Mistake(BaseModel):
    """One thing that is wrong. `row` counts from 1, as the rows came; null where it is not about a single cell."""

    row: int | None = None
    column: str | None = None
    message: str


class Problem(BaseModel):
    """The body of every answer but 200."""

    detail: str
    """The first mistake as a sentence, and how many more there are."""
    mistakes: list[Mistake]


@dataclass
class RefusedError(Exception):
    """Ends a request with `status`: 413 for too much, 422 for what does not fit the model."""

    status: int
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def problem(self) -> Problem:
        more = f" (and {len(self.mistakes) - 1} more)" if len(self.mistakes) > 1 else ""
        return Problem(detail=self.mistakes[0].message + more, mistakes=self.mistakes)
