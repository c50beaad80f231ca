"""The finished runs of a folder, best first, in a table for each question that they answer."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.aligned import aligned
from src.comparison.differing import ABSENT, differing
from src.comparison.finished import Finished, UnfinishedError, finished, folds_of, over_folds
from src.config.suggest import remedy
from src.errors import ConfigError, MachineError
from src.monitor import Monitor

_ROWS = ("query", "sheet", "where", "limit_rows", "split", "weight")
"""Keys of `dataset` that say which rows there are, which of them are for validation, and what each counts."""


@dataclass(frozen=True)
class Found:
    """`left_out`: sentences about runs that are damaged."""

    runs: list[Finished]
    unfinished: int
    left_out: list[str]


def find(root: Path) -> Found:
    """Every finished run below `root`, jobs of grids too; a cross-validation stands as one, with the means over its
    folds."""
    of_folds = {grid.parent: folds for grid in sorted(root.rglob("grid.json")) if (folds := folds_of(grid.parent))}
    single = (path.parent for path in sorted(root.rglob("run.json")) if path.parent.parent not in of_folds)
    runs, unfinished, left_out = list[Finished](), 0, list[str]()
    for folder in [*of_folds, *single]:
        try:
            runs.append(over_folds(folder, of_folds[folder]) if folder in of_folds else finished(folder))
        except UnfinishedError:
            unfinished += 1
        except (ConfigError, MachineError) as error:
            left_out.append(str(error))
    return Found(runs, unfinished, left_out)


def of_dataset(runs: Sequence[Finished], name: str) -> list[Finished]:
    """Raises ConfigError if there is none."""
    chosen = [run for run in runs if run.config["dataset"]["name"] == name]
    if not chosen:
        names = {run.config["dataset"]["name"] for run in runs}
        raise ConfigError(f"dataset={name}: no finished run is of it; {remedy(name, names)}")
    return chosen


def leaderboard(runs: Sequence[Finished], top: int) -> str:
    """Tables, largest first. Runs are together that were measured by the same metric, of the same target, on the same
    validation rows of the same data; each table holds the `top` best, sorted by these rows and never by the test rows.
    """
    groups: dict[str, list[Finished]] = {}
    for run in runs:
        groups.setdefault(json.dumps([_question(run), _rows(run)], sort_keys=True), []).append(run)
    ordered = sorted(groups.values(), key=len, reverse=True)
    return "\n\n".join(f"{_title(group, ordered)}\n{_table(group, top)}" for group in ordered)


def best_first(runs: Iterable[Finished], monitor: Monitor) -> list[Finished]:
    """Of equal ones the earlier comes first; at the end those of which the metric is undefined."""
    return sorted(runs, key=lambda run: (monitor.cost(_value(run, "validation")), run.record["started"]))


def _value(run: Finished, part: str) -> float:
    return run.metrics[part].get(run.monitor.name, float("nan"))


def _question(run: Finished) -> tuple[str, str, str]:
    """Metric, target, data."""
    return run.monitor.name, run.record["data"]["target"], run.record["data"]["sha256"]


def _rows(run: Finished) -> dict[str, Any]:
    return {"dataset": {key: value for key, value in run.config["dataset"].items() if key in _ROWS}}


def _title(group: Sequence[Finished], groups: Sequence[Sequence[Finished]]) -> str:
    """`species of penguins, data f204db2c, by accuracy (higher is better), dataset.split.seed=1: 5 runs`; the keys tell
    it from other tables of the same question."""
    run, monitor = group[0], group[0].monitor
    like = [other[0] for other in groups if _question(other[0]) == _question(run)]
    place = next(number for number, other in enumerate(like) if other is run)
    own = {key: values[place] for key, values in differing([_rows(each) for each in like]).items()}
    keys = [f", {key}={value}" for key, value in own.items() if value not in ("null", ABSENT)]
    names = ", ".join(sorted({each.config["dataset"]["name"] for each in group}))
    better = "higher" if monitor.higher_is_better else "lower"
    _, target, data = _question(run)
    number = f"{len(group)} run{'s' * (len(group) > 1)}"
    metric = f"{monitor.name}{_over_folds(run)} ({better} is better)"
    return f"{target} of {names}, data {data[:8]}, by {metric}{''.join(keys)}: {number}"


def _over_folds(run: Finished) -> str:
    split = run.config["dataset"].get("split", {})
    over_folds = split.get("folds") and "fold" not in split
    return f", mean over {split['folds'] * split['repeats']} folds" if over_folds else ""


def _table(group: Sequence[Finished], top: int) -> str:
    shown = best_first(group, group[0].monitor)[:top]
    keys = differing([run.config for run in shown])
    rows = [["", "validation", "test", "started (UTC)", "run folder", "where they differ"]]
    for place, run in enumerate(shown):
        values = [_number(_value(run, part)) for part in ("validation", "test")]
        own = " ".join(f"{key}={each[place]}" for key, each in keys.items() if _tells(each) and each[place] != ABSENT)
        rows.append([str(place + 1), *values, run.record["started"][:16].replace("T", " "), str(run.folder), own])
    return aligned(rows)


def _tells(values: Sequence[str]) -> bool:
    """Not where a key is only of another network or optimizer, whose name tells already."""
    return len({*values} - {ABSENT}) > 1


def _number(value: float) -> str:
    return "-" if value != value else f"{value:.4g}"
