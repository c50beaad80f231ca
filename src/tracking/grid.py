"""A grid's folder: its jobs, and the run above them that sums them up."""

import csv
import io
import math
from collections import Counter
from pathlib import Path
from typing import Any

from src.atomic import write_json
from src.monitor import Monitor
from src.tracking.artifacts import changed_comparisons
from src.tracking.liveness import is_dead, mark_killed
from src.tracking.location import run_url, tracking_uri
from src.tracking.metric_values import Point, final_values, spread, storable
from src.tracking.mlflow_run import MlflowRun
from src.tracking.parallel_coordinates import Value, picture
from src.tracking.record import is_mirrored, read_record, sole_writer
from src.tracking.registry import Deciding
from src.tracking.run_mirror import RunMirror
from src.tracking.snapshot import Snapshot, read_json
from src.tracking.store import explained, find_experiment, find_run, open_store
from src.tracking.sync_result import SyncResult
from src.tracking.tags import process_tags


def sync_grid(folder: Path) -> SyncResult:
    """Every job that has begun, then the grid's own run: swept keys, metrics (best job, or mean of folds), all jobs."""
    begun, section = _begun(folder), tracking_section(folder)
    uri = tracking_uri(section.get("uri"))
    sent = [RunMirror(path).push() for path in begun.values() if not is_mirrored(path, uri)]
    with sole_writer(folder), explained(uri, folder):
        own, files = _sync_parent(folder, uri, section.get("experiment", "rookery"), begun)
    return SyncResult(folder, own, sum((each.sent for each in sent), Counter({"files": files})))


def swept(jobs: list[dict[str, Any]]) -> dict[str, str]:
    """Overridden keys that are not the same in all jobs, with their values as they were typed: `[10], [10,10]`."""
    values: dict[str, list[str]] = {}
    for job in jobs:
        for override in job["overrides"]:
            key, _, value = override.partition("=")
            values.setdefault(key.lstrip("+"), []).append(value)
    distinct = {key: list(dict.fromkeys(found)) for key, found in values.items()}
    return {key: ", ".join(found) for key, found in distinct.items() if len(found) > 1 or len(values[key]) < len(jobs)}


def best_job(runs: dict[int, Snapshot]) -> int | None:
    """The one that did best on the validation rows (`Monitor.between_runs`), of equal ones that with the lowest
    log-loss."""
    scored = [job for job, run in runs.items() if run.metrics.get("validation")]
    return min(scored, key=lambda job: _badness(runs[job]), default=None)


def _badness(run: Snapshot) -> tuple[float, float]:
    scores = run.metrics["validation"]
    monitor = run.deciding
    return monitor.cost(scores.get(monitor.name, math.nan)), scores.get("log_loss", 0.0)


def tracking_section(folder: Path) -> dict[str, Any]:
    """Group `tracking` of a run's configuration, or of a grid's first job; empty where none has begun."""
    paths = _begun(folder).values() if (folder / "grid.json").exists() else [folder]
    return next((Snapshot.read(path).config.get("tracking", {}) for path in paths), {})


def _begun(folder: Path) -> dict[int, Path]:
    """Number and folder of the jobs that got as far as writing run.json."""
    paths = {job["job"]: folder / job["folder"] for job in read_json(folder / "grid.json")["jobs"]}
    return {job: path for job, path in paths.items() if (path / "run.json").exists()}


def _sync_parent(folder: Path, uri: str, experiment: str, begun: dict[int, Path]) -> tuple[dict[str, Any], int]:
    """What mlflow.json says, and how many pages were sent."""
    if is_dead(read_json(folder / "grid.json")):
        mark_killed(folder)
    facts = read_json(folder / "grid.json")
    runs = {job: Snapshot.read(path) for job, path in begun.items()}
    client = open_store(uri)
    experiments, tags = [find_experiment(client, experiment)], process_tags(folder, facts)
    parent = MlflowRun(client, find_run(client, experiments, facts, tags))
    parent.send_parameters(swept(facts["jobs"]))
    over_folds = folder / "metrics.json"
    best = None if over_folds.exists() else best_job(runs)
    if over_folds.exists():
        parent.send_metrics(spread(read_json(over_folds)))
    elif best is not None:
        parent.send_metrics(Point(name, 0, storable(value)) for name, value in final_values(runs[best]).items())
    parent.send_tags(tags | {"jobs": str(len(facts["jobs"])), "best.job": str(best)})
    client.log_text(parent.id, _table(facts["jobs"], runs), "grid.csv")
    if drawn := _picture(facts["jobs"], runs):
        client.log_text(parent.id, drawn, "grid.svg")
    before = read_record(folder)
    files = before.get("files", {}) if before.get("run_id") == parent.id else {}
    pages = changed_comparisons(folder, files)
    parent.send_files(folder, pages)
    parent.send_status(facts)
    record = {
        "tracking_uri": uri,
        "experiment_id": parent.experiment_id,
        "run_id": parent.id,
        "url": run_url(uri, parent.experiment_id, parent.id),
        "status": facts["status"],
        "ended": facts.get("ended"),
        "files": files | pages,
    }
    write_json(folder / "mlflow.json", record)
    return record, len(pages)


def _picture(jobs: list[dict[str, Any]], runs: dict[int, Snapshot]) -> str:
    """SVG of the jobs that were measured by one metric; nothing where there are not two to be seen side by side."""
    deciding = {number: Deciding.of(run) for number, run in runs.items() if run.metrics.get("validation")}
    measured = {number: each for number, each in deciding.items() if math.isfinite(each.value)}
    keys, metrics = list(swept(jobs)), {each.metric for each in measured.values()}
    if len(measured) < 2 or not keys or len(metrics) > 1:
        return ""
    [metric] = metrics
    rows = []
    for job in jobs:
        if job["job"] in measured:
            chosen = _chosen(job)
            row: dict[str, Value] = {key: _number(chosen.get(key, "-")) for key in keys}
            rows.append(row | {f"validation {metric}": measured[job["job"]].value})
    return picture(rows, f"validation {metric}", Monitor.of(metric).higher_is_better)


def _chosen(job: dict[str, Any]) -> dict[str, str]:
    """Value of each overridden key."""
    return {key.lstrip("+"): value for key, _, value in (each.partition("=") for each in job["overrides"])}


def _number(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return text


def _table(jobs: list[dict[str, Any]], runs: dict[int, Snapshot]) -> str:
    """CSV: one line for each job with its swept values, status and final metrics."""
    keys = list(swept(jobs))
    names = sorted({name for run in runs.values() for name in final_values(run)})
    text = io.StringIO()
    writer = csv.DictWriter(text, ["job", *keys, "status", "exit_code", *names], extrasaction="ignore")
    writer.writeheader()
    for job in jobs:
        chosen = _chosen(job)
        run = runs.get(job["job"])
        status = {"status": run.facts["status"], **final_values(run)} if run else {}
        writer.writerow(chosen | status | {"job": job["job"], "exit_code": job["exit_code"]})
    return text.getvalue()
