"""What a grid came to: one line for each run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from src.aligned import aligned

_MOST_METRICS = 9  # columns of them; several targets have more


def table(folder: Path, jobs: Sequence[dict[str, Any]]) -> str:
    """Number, overrides that are not the same for all, test metrics (of `metrics.json`), exit code."""
    metrics = [_test_metrics(folder / job["folder"]) for job in jobs]
    names = list(dict.fromkeys(name for found in metrics for name in found))[:_MOST_METRICS]
    common = set.intersection(*(set(job["overrides"]) for job in jobs))
    rows = [["run", "overrides", *names, "exit"]]
    for job, found in zip(jobs, metrics, strict=True):
        own = " ".join(override for override in job["overrides"] if override not in common)
        values = [f"{found[name]:.4f}" if found.get(name) is not None else "-" for name in names]
        code = job["exit_code"]
        rows.append([job["folder"], own, *values, "-" if code is None else str(code)])
    return aligned(rows)


def _test_metrics(folder: Path) -> dict[str, float | None]:
    """Empty if the run did not get so far."""
    path = folder / "metrics.json"
    found: dict[str, float | None] = json.loads(path.read_text(encoding="utf-8"))["test"] if path.is_file() else {}
    return found
