"""One network learning from one table: the steps, the epochs, and the state that makes them resumable.

Lightning calls `training_step` once for a chunk of optimizer steps, since its own cost for a call is larger than a
whole step of a small network. All state lives here in plain sight; `state()` and `restore()` are exact, because order
and randomness are functions of (seed, epoch, chunk).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, distributed
from torch.optim import Optimizer

from src import batches
from src.averaging import Averaging
from src.data.part import Part
from src.ending import Ending
from src.errors import DivergedError, StoppedError
from src.feed import PIECE, Feed, Resident, Streamed
from src.gradient import Gradient
from src.losses.row_loss import RowLoss
from src.models.network import Network
from src.monitor import Monitor
from src.outputs import averaged
from src.regularisation import Regularisation
from src.schedulers import Schedule
from src.score import scores
from src.signals import StopFlag
from src.spec import OutputSpec
from src.steps import StepPlan

History = dict[str, float | int]
"""One epoch: epoch, step, train/loss, validation/loss, validation/<name> of `src.score`, lr."""

@dataclass
class Progress:
    """Where the training stands. `chunk` counts within the epoch; `total` and `weight` sum its loss so far. `ended_by`:
    the key of the section trainer that ended it, nothing while it goes on. The epoch with the lowest `Monitor.cost`, of
    equal ones the first, is the best."""

    epoch: int = 0
    chunk: int = 0
    step: int = 0
    total: float = 0.0
    weight: float = 0.0
    ended_by: str = ""
    best_cost: float = math.inf
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)


class Listener:
    """Hears what the learner does; this one, for all processes but the first, does nothing about it."""

    def epoch_ended(self, row: History) -> None:
        """After each epoch."""

    def border(self, state: Callable[[], dict[str, Any]]) -> None:
        """After each chunk and each epoch, where `state()` is whole."""


class Learner(pl.LightningModule):
    """`plan` says how steps are made, and whether the rows of `train` and `validation` stay on the disk.

    `listener` hears of each epoch and of each place where the state may be saved.
    """

    def __init__(
        self,
        network: Network,
        loss: RowLoss,
        output: OutputSpec,
        optimizer: Optimizer,
        schedule: Schedule,
        ending: Ending,
        monitor: Monitor,
        regularisation: Regularisation,
        averaging: Averaging,
        plan: StepPlan,
        train: Part,
        validation: Part,
        stop: StopFlag,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.network, self.loss, self.output = network, loss, output
        self.optimizer, self.lr, self.plan = optimizer, optimizer.defaults["lr"], plan
        self.schedule, self.ending, self.monitor = schedule, ending, monitor
        self.regularisation, self.averaging = regularisation, averaging
        self.parts = {"train": train, "validation": validation}
        self.stop = stop
        self.listener = Listener()
        self.progress = Progress()
        self.resume_from: dict[str, Any] | None = None
        self.feeds: dict[str, Feed] = {}
        self.gradient = Gradient(network, regularisation.loss, plan)
        self.weights: list[Tensor] = [weight for weight in network.parameters() if weight.requires_grad]

    # Lightning's hooks, in the order in which they are called

    def configure_optimizers(self) -> Optimizer:
        return self.optimizer

    def on_train_start(self) -> None:
        torch.set_num_threads(self.plan.threads)  # here, since Lightning's launcher sets its own number
        self.stop.install()
        self.feeds = {name: self._feed(part) for name, part in self.parts.items()}
        if self.resume_from is not None:
            self.restore(self.resume_from)
        self.ending.start()
        self.snapshot = [weight.detach().clone() for weight in self.weights]

    def on_train_epoch_start(self) -> None:
        self.network.train()
        self.feeds["train"].start_epoch(self.plan.seed, self.progress.epoch)

    def chunks(self) -> Iterator[int]:
        """Of the current epoch, from where it stands; the "data loader" that Lightning iterates over."""
        yield from range(self.progress.chunk, self.plan.chunks)

    def on_train_batch_start(self, *_: Any) -> int | None:
        """-1 tells Lightning to leave out the rest of the epoch."""
        return -1 if self.progress.ended_by else None

    def training_step(self, chunk: int) -> None:
        progress = self.progress
        self._seed(batches.seed_for(self.plan.seed, progress.epoch, chunk))
        torch._foreach_copy_(self.snapshot, [weight.detach() for weight in self.weights])
        losses, weights = [], []
        for batch in self.feeds["train"].batches(self.plan.starts_of(chunk)):
            self.regularisation.set(progress.step)
            loss, weight = self.step(batch, self.schedule.factor(progress.step))
            losses.append(loss)
            weights.append(weight)
            progress.step += 1
            self.averaging.step_ended(progress.step)
            if progress.step == self.ending.max_steps:
                break
        self._count(torch.stack(losses), weights, chunk)
        progress.chunk = chunk + 1
        progress.ended_by = self._limit_reached()
        if not progress.ended_by and progress.chunk < self.plan.chunks:
            self._stop_if_asked()
            self.listener.border(self.state)

    def on_train_epoch_end(self) -> None:
        progress = self.progress
        self.averaging.epoch_ended(progress.epoch + 1)
        with self.averaging.in_place(self.gradient, self.feeds["train"]):
            measured = self.evaluate("validation")
            progress.epoch += 1
            row: History = {
                "epoch": progress.epoch,
                "step": progress.step,
                "train/loss": progress.total / progress.weight,
                **{f"validation/{name}": value for name, value in measured.items()},
                "lr": self.lr * self.schedule.factor(progress.step - 1),
            }
            progress.chunk, progress.total, progress.weight = 0, 0.0, 0.0
            cost = self.monitor.cost(measured[self.monitor.name])
            if cost < progress.best_cost or progress.best_epoch == 0:
                progress.best_cost, progress.best_epoch = cost, progress.epoch
                progress.best_weights = {key: each.detach().clone() for key, each in self.network.state_dict().items()}
        self.schedule.epoch_ended(cost)
        progress.ended_by = self.ending.after_epoch(progress.epoch, cost) or progress.ended_by or self._limit_reached()
        self.listener.epoch_ended(row)
        if progress.ended_by:
            self.trainer.should_stop = True
        else:
            self._stop_if_asked()
        self.listener.border(self.state)

    def on_train_end(self) -> None:
        self.feeds = {}  # the rows make room for what comes after the training

    # what a step and an evaluation are made of

    def step(self, batch: tuple[Tensor, ...], factor: float) -> tuple[Tensor, Tensor | float]:
        """Moves the weights by `factor` times the learning rate. What `Gradient` gives of the batch, and its weight."""
        x, x_cat, target, counts = batch
        row_weight = counts[:, 0] if counts.shape[1] else None
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * factor * group["lr_factor"]
        for weight in self.weights:
            weight.grad = None  # optimizer.zero_grad() takes a third of the time of a small step
        loss = self.gradient.of_batch(x, x_cat, target, row_weight)
        if self.plan.gradient_clip is not None:
            self.gradient.scaler.unscale_(self.optimizer)
            torch.nn.utils.clip_grad_norm_(self.weights, self.plan.gradient_clip)
        self.gradient.scaler.step(self.optimizer)
        self.gradient.scaler.update()
        return loss, self.loss.weight(target, row_weight)

    def _feed(self, part: Part) -> Feed:
        if self.plan.streamed:
            return Streamed(part, self.network.numeric, self.loss, self.device)
        return Resident(part, self.network.numeric, self.loss, self.device, self.plan.sampling == "balanced")

    @torch.no_grad()
    def evaluate(self, part: str) -> dict[str, float]:
        """Loss, score and what is monitored, over exactly the rows of the part, each row once, also with several
        processes. Raises DivergedError if the loss is no number."""
        feed = self.feeds[part]
        self.network.eval()
        first, last = batches.share(len(feed), self.plan.rank, self.plan.world)
        pieces = []
        piece = max(1, PIECE // self.network.vectors)
        for start in range(first, last, piece):
            rows = feed.stored(start, min(start + piece, last))
            pieces.append(averaged(self.gradient.logits(rows.x, rows.x_cat), self.output))
        if self.plan.world == 1:
            logits = torch.cat(pieces)
        else:
            logits = torch.zeros(len(feed), self.output.d_out, device=self.device)
            logits[first:last] = torch.cat([logits[:0], *pieces])
            distributed.all_reduce(logits)  # adds zeros: the values stay as they are
        loss = self.loss(logits, feed.target, feed.weight).item()
        if not math.isfinite(loss):
            self._diverged(f"the {part} loss")
        return {"loss": loss, **scores(logits, feed.y, self.output, feed.weight, self.monitor)}

    def _seed(self, seed: int) -> None:
        torch.default_generator.manual_seed(seed)  # torch.manual_seed takes longer than a step: it asks every backend
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _count(self, losses: Tensor, weights: Sequence[Tensor | float], chunk: int) -> None:
        """Adds the chunk to the epoch's loss; the only place where a chunk waits for the device."""
        if self.plan.world > 1:
            distributed.all_reduce(losses)
        weight = torch.tensor([float(each) for each in weights], dtype=torch.float64)
        total = float(losses.double().cpu() @ weight)
        norm = float(torch.nn.utils.get_total_norm([each.detach() for each in self.weights]))
        if not (math.isfinite(total) and math.isfinite(norm)):
            self._diverged(f"the loss or a weight, in chunk {chunk + 1} of {self.plan.chunks},")
        self.progress.total += total
        self.progress.weight += float(weight.sum())

    def _diverged(self, what: str) -> None:
        with torch.no_grad():
            torch._foreach_copy_(self.weights, self.snapshot)
        range_of_16 = " Precision 16 ends at 65504, bf16 does not." if self.plan.precision == "16" else ""
        raise DivergedError(
            f"Training diverged: {what} became NaN or infinite in epoch {self.progress.epoch + 1}. "
            f"The last finite weights were kept. A smaller optimizer.lr (now {self.lr:g}) or "
            f"trainer.gradient_clip=1.0 helps most often; also look at dataset.scale.{range_of_16}"
        )

    def _limit_reached(self) -> str:
        """The key of a limit within an epoch that is reached, or nothing."""
        if self.progress.step == self.ending.max_steps:
            return "max_steps"
        limit = self.ending.max_seconds
        return "max_seconds" if limit is not None and self._in_any_process(self.ending.seconds >= limit) else ""

    def _in_any_process(self, number: int) -> int:
        """The largest number, so that all processes stop at the same place."""
        if self.plan.world == 1:
            return number
        largest = torch.tensor(number, device=self.device)
        distributed.all_reduce(largest, distributed.ReduceOp.MAX)
        return int(largest)

    def _stop_if_asked(self) -> None:
        if number := self._in_any_process(self.stop.number):
            raise StoppedError(number, f"Stopped by signal {number} after {self.progress.step} steps.")

    # the state, all of it

    def state(self) -> dict[str, Any]:
        """Tensors and plain values; `restore` on a fresh Learner continues as if nothing had happened."""
        return {
            "progress": dict(vars(self.progress)),
            "weights": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state(),
            "ending": self.ending.state(),
            "averaging": self.averaging.state(),
            "scaler": self.gradient.scaler.state_dict(),
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Training will start from `state`. The position is needed now: Lightning asks for the first chunk before it
        calls a hook."""
        self.resume_from = state
        self.progress = Progress(**state["progress"])

    def restore(self, state: dict[str, Any]) -> None:
        """Inverse of `state`, once optimizer and device are there."""
        self.progress = Progress(**state["progress"])
        self.network.load_state_dict(state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.restore(state["schedule"])
        self.ending.restore(state["ending"])
        self.averaging.restore(state["averaging"])
        self.gradient.scaler.load_state_dict(state["scaler"])
