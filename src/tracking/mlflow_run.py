"""One run in MLflow. Every method sends only what is not there yet."""

import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mlflow import MlflowClient
from mlflow.entities import DatasetInput, Metric, Param, Run, RunTag

from src.tracking.metric_values import Point
from src.tracking.parameters import LONGEST, shorten
from src.tracking.snapshot import milliseconds

STATUS = {"running": "RUNNING", "finished": "FINISHED", "failed": "FAILED", "killed": "KILLED"}

Item = TypeVar("Item")


class MlflowRun:
    """Asks MLflow once what it has, then keeps count in memory; `refresh` asks again."""

    def __init__(self, client: MlflowClient, run: Run) -> None:
        self.client = client
        self.id: str = run.info.run_id
        self.experiment_id: str = run.info.experiment_id
        self.refresh()

    def refresh(self) -> None:
        self.recorded = self.client.get_run(self.id)
        histories = [self.client.get_metric_history(self.id, name) for name in self.recorded.data.metrics]
        self._points = {_identity(Point(each.key, each.step, each.value)) for line in histories for each in line}

    def send_parameters(self, parameters: dict[str, str]) -> int:
        """MLflow refuses to change a parameter: what a resumed run changed is put into the tag `config.changed`.

        A value over 6,000 characters is shortened, and stands whole in params/<key>.txt.
        """
        before = self.recorded.data.params
        new = {key: value for key, value in parameters.items() if key not in before}
        for key, value in new.items():
            if len(value) > LONGEST:
                self.client.log_text(self.id, value, f"params/{key}.txt")
        for some in _chunks([Param(key, shorten(value)) for key, value in new.items()], 100):
            self.client.log_batch(self.id, params=some)
        changed = {key: value for key, value in parameters.items() if before.get(key, shorten(value)) != shorten(value)}
        if changed:
            self.send_tags({"config.changed": shorten(json.dumps(changed))})
        return len(new)

    def send_tags(self, tags: dict[str, str]) -> None:
        before = self.recorded.data.tags
        new = [RunTag(key, value) for key, value in tags.items() if before.get(key) != value]
        for some in _chunks(new, 100):
            self.client.log_batch(self.id, tags=some)
        before.update({tag.key: tag.value for tag in new})

    def drop_tags(self, keys: Iterable[str]) -> None:
        for key in self.recorded.data.tags.keys() & set(keys):
            self.client.delete_tag(self.id, key)
            del self.recorded.data.tags[key]

    def send_metrics(self, points: Iterable[Point]) -> int:
        """A value that MLflow has at that step is left out, another value at that step is added."""
        new = [point for point in points if _identity(point) not in self._points]
        now = time.time_ns() // 1_000_000
        for some in _chunks(new, 1000):
            self.client.log_batch(self.id, [Metric(point.name, point.value, now, point.step) for point in some])
            self._points.update(map(_identity, some))
        return len(new)

    def send_data_set(self, used: DatasetInput) -> None:
        inputs = self.recorded.inputs
        if not (inputs and inputs.dataset_inputs):
            self.client.log_inputs(self.id, [used])

    def send_files(self, folder: Path, names: Collection[str]) -> int:
        """The files `folder/name` as artifacts `name`, replacing earlier ones."""
        for name in names:
            inside = Path(name).parent.as_posix()
            self.client.log_artifact(self.id, str(folder / name), None if inside == "." else inside)
        return len(names)

    def send_status(self, facts: dict[str, Any]) -> None:
        """Status, name and end time of run.json or grid.json."""
        info, status = self.recorded.info, STATUS[facts["status"]]
        if info.run_name != facts["name"]:
            self.client.update_run(self.id, name=facts["name"])
        if status == "RUNNING" and info.status != status:
            self.client.update_run(self.id, status=status)
        ended = milliseconds(facts["ended"]) if facts.get("ended") else None
        if status != "RUNNING" and (info.status != status or info.end_time != ended):
            self.client.set_terminated(self.id, status, ended)
        self.recorded = self.client.get_run(self.id)


def _identity(point: Point) -> tuple[str, int, str]:
    return point.name, point.step, repr(point.value)  # as text, since nan differs from itself


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
