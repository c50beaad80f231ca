"""Runs that MLflow calls RUNNING although their process is gone."""

import time
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from src.tracking.liveness import mark_killed, process_started
from src.tracking.mlflow_run import STATUS
from src.tracking.snapshot import facts_file, milliseconds, read_json

CLOCK = 10.0
"""Seconds by which a process's start time may seem to move, when the machine's clock is set."""


def close_dead_runs(client: MlflowClient, host: str) -> list[str]:
    """Marks runs of this machine as KILLED, in MLflow and in their folders; returns their ids.

    They were killed together with the process that mirrored them (power cut, container stopped).
    """
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    running = client.search_runs(experiments, f"attributes.status = 'RUNNING' and tags.host = '{host}'")
    dead = [run for run in running if _is_dead(run.data.tags)]
    return [run.info.run_id for run in dead if _close(client, run)]


def _close(client: MlflowClient, run: Run) -> bool:
    """False if the run was resumed meanwhile: another process has it and will tell MLflow."""
    tags = run.data.tags
    status, ended = "killed", time.time_ns() // 1_000_000  # where the folder is gone
    folder = Path(tags["rookery.folder"])
    if facts_file(folder).exists() and read_json(facts_file(folder))["uuid"] == tags["rookery.uuid"]:
        if str(read_json(facts_file(folder))["pid"]) != tags["rookery.pid"]:
            return False
        mark_killed(folder)
        facts = read_json(facts_file(folder))
        status, ended = facts["status"], milliseconds(facts["ended"])
    client.set_tag(run.info.run_id, "status", status)
    client.set_terminated(run.info.run_id, STATUS[status], ended)
    return True


def _is_dead(tags: dict[str, str]) -> bool:
    """The pid is free, or another process has it by now."""
    started = process_started(int(tags["rookery.pid"]))
    known = float(tags["rookery.pid_started"] or 0)
    return started is None or abs(started - known) > CLOCK
