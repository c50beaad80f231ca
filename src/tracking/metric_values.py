"""A run's numbers as MLflow's metrics: name, value, step (the epoch)."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

from src.tracking.snapshot import Snapshot

Value = TypeVar("Value")

_GROUPS = {"test": "test/", "validation": "best/"}  # short: the charts of MLflow's page cut a name after 17 characters
_LONGEST = 200  # characters of a name


class Point(NamedTuple):
    """One value of one metric; `step` is the epoch, counted from 1, and on through the members of an ensemble, or 0 of
    what belongs to the whole run. Of members trained side by side each has the steps of `max_epochs`, since nobody
    knows yet how many it will take."""

    name: str
    step: int
    value: float


def points(run: Snapshot) -> Iterator[Point]:
    """Every epoch's numbers, then the final ones at step 0, which MLflow draws as bars side by side, not as curves of
    one point. The members of an ensemble follow one another in the same curves, so that they are seen side by side and
    compare with runs of one network.

    `test/accuracy` is over the test rows; `best/accuracy` over the validation rows, with the weights that were kept,
    while `validation/accuracy` is the curve over the epochs. Of these validation comes first: MLflow compares runs by
    the first metric unless it is asked for others.
    """
    side_by_side = run.facts.get("members_together", False)
    for number, line in enumerate(run.history, 1):
        step = line["member"] * run.config["trainer"]["max_epochs"] + line["epoch"] if side_by_side else number
        for name in sorted(line, key=lambda name: not name.startswith("validation/")):
            if name not in ("member", "epoch", "step") and _is_number(line[name]):
                yield Point(name, step, storable(line[name]))
    for name, value in final_values(run).items():
        yield Point(name, 0, storable(value))
    for step, used in enumerate(run.system):
        yield from (Point(f"system/{name}", step, storable(value)) for name, value in used.items())


def final_values(run: Snapshot) -> dict[str, float]:
    """metrics.json under the names that MLflow shows."""
    return {
        f"{prefix}{name}": value
        for part, prefix in _GROUPS.items()
        for name, value in with_plain_names(run.metrics.get(part, {})).items()
        if _is_number(value)
    }


def spread(metrics: dict[str, dict[str, dict[str, float]]]) -> Iterator[Point]:
    """metrics.json of a cross-validation: `test/accuracy`, the mean over the folds, and `test/accuracy_std`."""
    for part, values in metrics.items():
        for name, each in with_plain_names(values).items():
            yield Point(f"{_GROUPS[part]}{name}", 0, storable(each["mean"]))
            yield Point(f"{_GROUPS[part]}{name}_std", 0, storable(each["std"]))


def with_plain_names(values: Mapping[str, Value]) -> dict[str, Value]:
    """`rmse_price (%)` as `rmse_price ___`, since MLflow takes letters, digits, blanks and . _ - : only; at most 200
    characters. Different names stay different."""
    found: dict[str, Value] = {}
    for name, value in values.items():
        plain = re.sub(r"[^\w.\- :]", "_", name)[:_LONGEST]
        while plain in found:
            plain += "_"
        found[plain] = value
    return found


def storable(value: float) -> float:
    """As it comes back from MLflow, which keeps infinity as the largest number."""
    return max(-sys.float_info.max, min(sys.float_info.max, float(value))) if value == value else float("nan")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
