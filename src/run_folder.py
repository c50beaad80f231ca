"""The folder of a run: the truth about it. MLflow, reports and people read what stands here."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from filelock import FileLock, Timeout

from src import atomic, custom_code, machine
from src.config.config import Config
from src.config.custom import Custom
from src.config.saved import save, save_raw
from src.errors import ConfigError, MachineError, RookeryError, StoppedError

LOCK = ".lock"

CONF = "conf"
"""Folder with what the configuration was composed of, for people: the YAML files, and overrides.yaml."""

CHANGES = "code.diff"
"""What the tracked files of the checkout had beside the commit when the run started, if anything."""

LONGEST = 1_000_000
"""Bytes of it that are kept; run.json says whether that is all (`git.diff`: whole, empty or how much)."""


class RunFolder:
    """Entered while a run writes to it: run.json says `running`, and afterwards how it ended, whatever happened.

    `held` comes first, so that a second process is turned away before it, or its mirror, does anything.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record: dict[str, Any] = {}
        self.quiet = False
        """What is said goes to log.txt only."""
        self._history: TextIO | None = None
        self._lock = FileLock(path / LOCK)

    @classmethod
    def create(
        cls,
        path: Path,
        config: Config,
        record: dict[str, Any],
        overrides: Sequence[str],
        files: Mapping[str, str] | None = None,
    ) -> "RunFolder":
        """`files`: those that were composed, if any were (`Composed.files`).

        Raises ConfigError if the folder is in use, MachineError if it cannot be made.
        """
        refuse_used(path)
        try:
            (path / "checkpoints").mkdir(parents=True)
        except OSError as error:
            raise MachineError(
                f"The run folder {path} could not be made: {error.strerror}. Choose another with hydra.run.dir=PATH."
            ) from None
        folder = cls(path)
        folder.record = machine.identity(path, overrides) | record
        save(config, path / "config.yaml")
        if files:
            save_raw(files, overrides, path / CONF)
        atomic.write_bytes(path / "environment.txt", machine.packages().encode())
        if isinstance(config.model, Custom):
            code = custom_code.read(machine.ROOT / config.model.path, config.model.sha256)
            atomic.write_bytes(path / custom_code.COPY, code)
        if (folder.record["git"] or {}).get("dirty"):
            folder._keep_changes()
        return folder

    @classmethod
    def reopen(cls, path: Path) -> "RunFolder":
        """For resuming. Raises MachineError if there is no run or run.json is damaged."""
        folder = cls(path)
        try:
            folder.record = json.loads((path / "run.json").read_bytes())
        except FileNotFoundError:
            raise MachineError(f"resume={path}: no run there (run.json is missing).") from None
        except ValueError as error:
            raise MachineError(f"{path / 'run.json'} is damaged ({error}). Restore it or start a new run.") from None
        return folder

    def _keep_changes(self) -> None:
        changes = machine.changes()
        kept = "whole" if len(changes) <= LONGEST else f"the first {LONGEST} of {len(changes)} bytes"
        self.record["git"]["diff"] = kept if changes else "empty"
        if changes:
            atomic.write_bytes(self.path / CHANGES, changes[:LONGEST])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raises MachineError if another process holds the folder."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise MachineError(f"{self.path} is in use by a run that is still going on.") from None
        try:
            yield
        finally:
            self._lock.release()

    def __enter__(self) -> "RunFolder":
        now = {"pid": os.getpid(), "host": machine.host(), "dvc": machine.experiment() or self.record.get("dvc")}
        self.update(status="running", **now, ended=None, error=None)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        stopped = isinstance(error, StoppedError | KeyboardInterrupt)
        status = "finished" if error is None else "killed" if stopped else "failed"
        text = None if error is None else str(error) if isinstance(error, RookeryError) else repr(error)
        code = 0 if error is None else getattr(error, "exit_code", 1)
        self._close_history()
        self.update(status=status, ended=machine.now(), error=text, exit_code=code)

    def update(self, **changes: Any) -> None:
        self.record |= changes
        atomic.write_json(self.path / "run.json", self.record)

    def say(self, text: str = "") -> None:
        """To the terminal and to log.txt."""
        if not self.quiet:
            print(text, flush=True)
        with (self.path / "log.txt").open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    def append_history(self, row: dict[str, float | int]) -> None:
        """On the disk at once; the file stays open, since to open it takes half of what a small epoch does."""
        if self._history is None:
            self._history = (self.path / "history.jsonl").open("a", encoding="utf-8")
        self._history.write(json.dumps(row) + "\n")
        self._history.flush()

    def cut_history(self, epochs: int, member: int | None = None) -> None:
        """Keeps the first `epochs` lines of the member and all of the others.

        Raises MachineError if there are fewer, or if a line is damaged.
        """
        self._close_history()
        path = self.path / "history.jsonl"
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]  # the last one may have been cut off
        try:
            own = [number for number, line in enumerate(whole) if json.loads(line).get("member") == member]
        except ValueError as error:
            raise MachineError(f"{path} is damaged ({error}). Restore it or start a new run.") from None
        if len(own) < epochs:
            raise MachineError(
                f"{path} has {len(own)} of the {epochs} epochs that are done. Restore the file or start a new run."
            )
        again = {*own[epochs:]}
        atomic.write_bytes(path, b"".join(line for number, line in enumerate(whole) if number not in again))

    def _close_history(self) -> None:
        if self._history is not None:
            self._history.close()
            self._history = None

    def history(self) -> list[dict[str, float]]:
        return [json.loads(line) for line in (self.path / "history.jsonl").read_text(encoding="utf-8").splitlines()]


def refuse_used(path: Path) -> None:
    """Raises ConfigError if a run, or anything else, is in the folder already."""
    if path.is_dir() and any(path.iterdir()):
        what = "holds a run already" if (path / "run.json").exists() else "is not empty"
        raise ConfigError(
            f"hydra.run.dir={path}: the folder {what}, and nothing is written over. "
            f"Choose another one, or continue the run with resume={path}"
        )
    if path.exists() and not path.is_dir():
        raise ConfigError(f"hydra.run.dir={path}: that is a file; required: a new folder.")
