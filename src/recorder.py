"""What a training leaves behind while it goes on: a line of history for each epoch, checkpoints, a progress bar."""

import math
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from src import checkpoint
from src.config.config import Config
from src.data.prepared import Prepared
from src.errors import DataError, MachineError, StoppedError
from src.learner import Learner
from src.progress import History, Listener
from src.run_folder import RunFolder


class Recorder(Listener):
    """Listens to the learner of the first process. `origin` holds the hashes of configuration and data.

    checkpoints/last.ckpt continues the run; best.ckpt holds the weights of the best epoch (written at the end; until
    then they are inside last.ckpt); last_finite.ckpt what there was before a loss became NaN. A `member` of an ensemble
    has files of its own, as member_2_last.ckpt, and its number in its lines of history. Where they are trained
    `together`, last.ckpt and the bar are those of all of them.
    """

    def __init__(
        self,
        folder: RunFolder,
        seconds: float,
        origin: dict[str, str],
        max_epochs: int,
        member: int | None = None,
        together: bool = False,
    ) -> None:
        self.folder, self.origin, self.member = folder, origin, member
        self.seconds = math.inf if together else seconds
        self.written = time.monotonic()
        name = None if member is None else f"member {member}"
        hidden = together or folder.quiet or not sys.stderr.isatty()
        self.bar = tqdm(desc=name, total=max_epochs, unit="epoch", disable=hidden, leave=False)

    def epoch_ended(self, row: History) -> None:
        self.folder.append_history(row if self.member is None else {"member": self.member, **row})
        self.bar.update(int(row["epoch"]) - self.bar.n)
        if self.bar.disable:
            return
        self.bar.set_postfix({key: f"{value:.4g}" for key, value in row.items() if "/" in key}, refresh=False)

    def border(self, state: Callable[[], dict[str, Any]]) -> None:
        if time.monotonic() - self.written >= self.seconds:
            self.write_last(state())

    @contextmanager
    def recording(self, state: Callable[[], dict[str, Any]]) -> Iterator[None]:
        """Around a training: `state()` is written when it ends, also by a signal; then the user hears how to go on."""
        again = f"Continue with: python -m src.train {shlex.quote(f'resume={self.folder.path}')}"
        try:
            yield
            self.write_last(state())
        except StoppedError as stopped:
            self.write_last(state())
            raise stopped.with_remedy(again) from None
        except MachineError as lost:
            raise MachineError(f"{lost} {again}") from None
        finally:
            self.bar.close()

    def write_last(self, state: dict[str, Any]) -> None:
        checkpoint.write(self._file("last"), {"origin": self.origin, **state})
        self.written = time.monotonic()

    def write_best(self, learner: Learner) -> None:
        progress = learner.progress
        best = {"weights": progress.best_weights, "epoch": progress.best_epoch}
        checkpoint.write(self._file("best"), {"origin": self.origin, **best})

    def write_last_finite(self, learner: Learner) -> None:
        state = {"weights": learner.network.state_dict(), "epoch": learner.progress.epoch}
        checkpoint.write(self._file("last_finite"), {"origin": self.origin, **state})

    def read_last(self) -> dict[str, Any] | None:
        """The state to continue from; null if there was no checkpoint yet.

        Raises DataError if data or configuration are not what the run was started with.
        """
        record = self.folder.record
        self._check({"configuration": record["config_hash"], "data": record["data"]["sha256"]})
        if not self._file("last").exists():
            return None
        state = checkpoint.read(self._file("last"))
        self._check(state["origin"])
        return state

    def _file(self, name: str) -> Path:
        member = "" if self.member is None else f"member_{self.member}_"
        return self.folder.path / "checkpoints" / f"{member}{name}.ckpt"

    def _check(self, origin: dict[str, str]) -> None:
        if origin != self.origin:
            raise DataError(
                f"resume={self.folder.path}: the data or the configuration is not what the run was started with "
                f"(then {origin}, now {self.origin}). Restore it (dvc checkout) or start a new run."
            )

    def continue_from(self, state: dict[str, Any] | None) -> None:
        """Forgets the epochs after the checkpoint: they are trained, and written, again.

        Raises MachineError if epochs before it are missing in the history.
        """
        epoch = state["progress"]["epoch"] if state else 0
        self.folder.cut_history(epoch, self.member)
        self.bar.update(epoch)


def recorder_of(
    config: Config, prepared: Prepared, run: RunFolder, number: int | None = None, together: bool = False
) -> Recorder:
    """Of the network `number`, or of all members of an ensemble at once. The origin of a checkpoint is what it must
    share with the run that continues it."""
    origin = {"configuration": config.hash, "data": prepared.facts["sha256"]}
    trainer = config.trainer
    member = number if config.model.ensemble > 1 else None
    return Recorder(run, trainer.checkpoint_seconds, origin, trainer.max_epochs, member, together)
