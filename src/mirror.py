"""The training's side of MLflow: starts the process that mirrors the run folder. Imports no mlflow."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from src.config.tracking import Tracking
from src.machine import rank
from src.run_folder import RunFolder
from src.tracking.location import experiment_link

MIRROR_SECONDS = 30.0
"""How long the end of a run waits for MLflow; the mirror goes on by itself afterwards."""

CHECKOUT = Path(__file__).resolve().parents[1]


class Mirror:
    """A follower of the run folder, in a session of its own so that Ctrl-C does not reach it.

    It loads MLflow from the moment that this is made, while the run is still being prepared, and does nothing before
    `follow`. It ends when the pipe to it ends: by `finish`, or with this process, however that ends.
    """

    def __init__(self, tracking: Tracking) -> None:
        """Starts nothing if tracking is not enabled, or in another process than the first of a run."""
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if tracking.enabled and rank() == 0:
            command = [sys.executable, "-m", "src.sync", "follow=true"]
            nowhere = subprocess.DEVNULL  # until it has a folder, where it writes sync.log
            self._process = subprocess.Popen(
                command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere, start_new_session=True
            )

    def __enter__(self) -> "Mirror":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Without a run there is nothing that it would have to bring to an end."""
        if self._process is not None and self._folder is None:
            self._process.kill()
            self._process.communicate()

    def follow(self, folder: Path) -> None:
        """Of a run, when its run.json says how it stands by now: the follower looks at once."""
        self._folder = folder
        if self._process is not None:
            assert self._process.stdin is not None
            with suppress(BrokenPipeError):  # it has failed: `finish` says so
                self._process.stdin.write(json.dumps(str(folder.resolve())).encode() + b"\n")
                self._process.stdin.flush()

    @contextmanager
    def of(self, run: RunFolder) -> Iterator[None]:
        """Left after the run: it appears in MLflow with its final status however it ends, and the user hears where."""
        try:
            yield
        finally:
            for number, line in enumerate(self.finish(MIRROR_SECONDS)):
                run.say(f"{'' if number else 'MLflow':<12}{line}")

    def finish(self, timeout: float) -> list[str]:
        """Call it after run.json got its final status. Waits at most `timeout` seconds for all of it to be in MLflow.

        Returns lines for the user: what was registered, and where the run is to be seen. After the timeout the follower
        goes on by itself.
        """
        if self._process is None or self._folder is None:
            return []
        assert self._process.stdin is not None
        again = f"python -m src.sync {shlex.quote(f'run={self._folder}')}"
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return [f"MLflow is still being brought up to date; {again} waits for it."]
        if code:
            return [f"MLflow has not all of the run; {again} says why, or catches up."]
        path = self._folder / "mlflow.json"
        if not path.exists():  # the run never began
            return []
        record = json.loads(path.read_text())
        told = [record["registered"]] if "registered" in record else []
        return [*told, *experiment_link(record["tracking_uri"], record["experiment_id"])]
