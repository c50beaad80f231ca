"""One run folder and its MLflow run: what the folder has and MLflow has not is sent."""

from collections import Counter
from pathlib import Path
from typing import Any

from src.atomic import write_json
from src.tracking.artifacts import changed_files
from src.tracking.data_set import data_set
from src.tracking.liveness import is_dead, mark_killed
from src.tracking.location import run_url, tracking_uri
from src.tracking.logged_model import log_model
from src.tracking.metric_values import points
from src.tracking.mlflow_run import MlflowRun
from src.tracking.parameters import parameters
from src.tracking.parent import find_parent
from src.tracking.record import read_record, sole_writer
from src.tracking.registry import register
from src.tracking.snapshot import Snapshot
from src.tracking.store import explained, find_experiment, find_run, open_store, turn
from src.tracking.sync_result import SyncResult
from src.tracking.tags import tags_of


class RunMirror:
    """Keeps the connection between pushes. After a failed push make a new one, which asks MLflow what arrived."""

    def __init__(self, folder: Path) -> None:
        """Finds or makes the MLflow run. Raises ConfigError if `folder` holds no run, MachineError for MLflow."""
        self.folder = folder
        run = Snapshot.read(folder)
        section = run.config.get("tracking", {})
        self.uri = tracking_uri(section.get("uri"))
        before = read_record(folder)
        with explained(self.uri, folder):
            self.client = open_store(self.uri)
            experiments = [find_experiment(self.client, section.get("experiment", "rookery"))]
            if before.get("tracking_uri") == self.uri:
                experiments.append(before["experiment_id"])
            self._run = MlflowRun(self.client, find_run(self.client, experiments, run.facts, tags_of(run)))
        self._record = self._read_record()

    def push(self) -> SyncResult:
        """Sends what is new, the status last: a run that MLflow calls finished is there as a whole."""
        with sole_writer(self.folder), turn(self.uri), explained(self.uri, self.folder):
            run = self._read_folder()
            if self._read_record() != self._record:  # another process pushed since
                self._record = self._read_record()
                self._run.refresh()
            sent = Counter({"parameters": self._run.send_parameters(parameters(run.config))})
            self._send_tags(run)
            sent["metric values"] = self._run.send_metrics(points(run))
            if run.facts.get("data") and run.config:
                self._run.send_data_set(data_set(run))
            files = changed_files(run, self._record.get("files", {}))
            sent["files"] = self._run.send_files(self.folder, files)
            sent["models"], registered = self._send_model(run)
            sent["versions"] = int(bool(registered))
            self._run.send_status(run.facts)
            self._write_record(run, files, registered)
        return SyncResult(self.folder, self._record, sent)

    def _read_folder(self) -> Snapshot:
        run = Snapshot.read(self.folder)
        if is_dead(run.facts):
            mark_killed(self.folder)
            run = Snapshot.read(self.folder)
        return run

    def _send_tags(self, run: Snapshot) -> None:
        tags = tags_of(run)
        if run.facts.get("parent") and "mlflow.parentRunId" not in self._run.recorded.data.tags:
            tags["mlflow.parentRunId"] = find_parent(self.client, self._run.experiment_id, run)
        self._run.send_tags(tags)
        self._run.drop_tags({"error"} - tags.keys())

    def _send_model(self, run: Snapshot) -> tuple[int, str]:
        """How many models were sent, and what `register` says of it, if that is wanted."""
        bundle = self.folder / "bundle"
        if run.facts["status"] != "finished" or not (bundle / "bundle.json").exists():
            return 0, ""
        model_id, is_new = log_model(self._run, bundle)
        name = run.config.get("tracking", {}).get("register")
        told = register(self.client, name, model_id, self._run.id, run) if name and run.metrics else ""
        return int(is_new), told

    def _read_record(self) -> dict[str, Any]:
        """Empty if mlflow.json tells of a run that is not there any more, or in another store."""
        record = read_record(self.folder)
        return record if record.get("run_id") == self._run.id else {}

    def _write_record(self, run: Snapshot, files: dict[str, str], registered: str) -> None:
        """`sent` counts the lines of history.jsonl; the rest says where the run is and what the next push may skip."""
        record = {
            "tracking_uri": self.uri,
            "experiment_id": self._run.experiment_id,
            "run_id": self._run.id,
            "url": run_url(self.uri, self._run.experiment_id, self._run.id),
            "sent": len(run.history),
            "status": run.facts["status"],
            "ended": run.facts.get("ended"),
            "files": self._record.get("files", {}) | files,
        }
        if registered := registered or self._record.get("registered", ""):
            record["registered"] = registered
        if record != self._record:
            write_json(self.folder / "mlflow.json", record)
            self._record = record
