"""The training's side of MLflow: starts the process that mirrors the run folder. Imports no mlflow."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.config.tracking import Tracking
from src.run_folder import RunFolder
from src.tracking.location import experiment_link

MIRROR_SECONDS = 30.0
"""How long the end of a run waits for MLflow; the mirror goes on by itself afterwards."""

CHECKOUT = Path(__file__).resolve().parents[1]


class Mirror:
    """A follower of the run folder, in a session of its own so that Ctrl-C does not reach it.

    It ends when the pipe to it ends: by `finish`, or with this process, however that ends. Only rank 0 starts one.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[bytes] | None) -> None:
        self._folder = folder
        self._process = process

    @classmethod
    def start(cls, folder: Path, tracking: Tracking) -> "Mirror":
        """`folder` must exist; run.json and config.yaml may come later. Does nothing if tracking is not enabled."""
        if not tracking.enabled:
            return cls(folder, None)
        command = [sys.executable, "-m", "src.sync", f"run={folder.resolve()}", "follow=true"]
        with (folder / "sync.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        return cls(folder, process)

    def finish(self, timeout: float) -> list[str]:
        """Call it after run.json got its final status. Waits at most `timeout` seconds for all of it to be in MLflow.

        Returns lines for the user: where the run is to be seen. After the timeout the follower goes on by itself.
        """
        if self._process is None:
            return []
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return [f"MLflow is still being brought up to date; python -m src.sync run={self._folder} waits for it."]
        if code:
            return [f"MLflow has not all of the run; python -m src.sync run={self._folder} says why, or catches up."]
        path = self._folder / "mlflow.json"
        if not path.exists():  # the run never began
            return []
        record = json.loads(path.read_text())
        return experiment_link(record["tracking_uri"], record["experiment_id"])


@contextmanager
def mirrored(run: RunFolder, tracking: Tracking) -> Iterator[None]:
    """The run appears in MLflow while it goes on, and with its final status however it ends."""
    mirror = Mirror.start(run.path, tracking)
    try:
        yield
    finally:
        for number, line in enumerate(mirror.finish(MIRROR_SECONDS)):
            run.say(f"{'' if number else 'MLflow':<12}{line}")
