"""Targets that must be counts."""

from src.data.prepared import Prepared
from src.errors import DataError


def check_counts(prepared: Prepared) -> None:
    """Raises DataError for a target that is no whole number of at least 0, with its row, in any part."""
    targets = prepared.features.output.targets
    for part in prepared.parts.values():
        y = part.y.reshape(len(part), len(targets))
        wrong = (y < 0) | (y != y.round())
        if wrong.any():
            row, column = wrong.nonzero()[0].tolist()
            more = f" ({int(wrong.sum())} such cells in this part)" if wrong.sum() > 1 else ""
            raise DataError(
                f"target {targets[column]!r} row {int(part.row[row])}: {y[row, column]:g} is no count{more}; "
                "loss=poisson requires a whole number of at least 0 in each row. For other numbers take another loss"
            )
