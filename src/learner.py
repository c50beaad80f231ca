"""One network learning from one table: the steps, the epochs, and the state that makes them resumable.

Lightning calls `training_step` once for some chunks of optimizer steps, since its own cost for a call is larger than a
whole step of a small network. All state lives here in plain sight; `state()` and `restore()` are exact, because order
and randomness are functions of (seed, epoch, chunk).
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, distributed
from torch.optim import Optimizer

from src import batches, compiled_measure
from src.averaging import Averaging
from src.compiled_measure import CompiledMeasure
from src.compiled_steps import CompiledSteps
from src.data.part import Part
from src.eager_steps import EagerSteps
from src.ending import Ending
from src.errors import DivergedError, StoppedError
from src.feed import Feed, Resident, Streamed
from src.gradient import Gradient
from src.losses.row_loss import RowLoss
from src.models.network import Network
from src.monitor import Monitor
from src.outputs import averaged
from src.progress import History, Listener, Progress
from src.regularisation import Regularisation
from src.schedulers import Schedule
from src.score import scores
from src.signals import StopFlag
from src.spec import OutputSpec
from src.steps import StepPlan


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
        self.optimizer, self.plan = optimizer, plan
        self.schedule, self.ending, self.monitor = schedule, ending, monitor
        self.averaging = averaging
        self.parts = {"train": train, "validation": validation}
        self.stop = stop
        self.listener = Listener()
        self.progress = Progress()
        self.resume_from: dict[str, Any] | None = None
        self.feeds: dict[str, Feed] = {}
        self.gradient = Gradient(network, regularisation.loss, plan)
        make = CompiledSteps if plan.compile == "steps" else EagerSteps
        self.steps = make(self.gradient, loss, optimizer, schedule, regularisation, averaging)
        self.measure: CompiledMeasure | None = None  # of few rows
        self.ordered: int | None = None  # the epoch whose order of rows is there

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
        self.values = [weight.detach() for weight in self.steps.weights]
        self.snapshot = [value.clone() for value in self.values]
        self.kept = {name: each.detach() for name, each in self.network.state_dict().items()}
        if self.plan.compile == "steps" and compiled_measure.pays(self.parts["validation"], self.monitor, self.output):
            self.measure = CompiledMeasure(self.gradient, self.loss, self.output, self.feeds["validation"])

    def calls(self) -> Iterator[int]:
        """The "data loader" that Lightning iterates over: its one epoch is all of ours."""
        while not self.progress.ended_by:
            yield self.progress.step

    def on_train_batch_start(self, *_: Any) -> int | None:
        """-1 tells Lightning to end: it takes the next of `calls` before it has trained on the last one."""
        return -1 if self.progress.ended_by else None

    def training_step(self, _: int) -> None:
        """Some chunks, also from one epoch into the next, so that the call is cheap beside them."""
        enough = self.progress.step + self.plan.chunk_steps
        while self.progress.step < enough and not self.progress.ended_by:
            self._chunk()
            if self.progress.ended_by or self.progress.chunk == self.plan.chunks:
                self._end_epoch()

    def on_train_end(self) -> None:
        self.feeds = {}  # the rows make room for what comes after the training

    @property
    def seconds_of_compiling(self) -> float:
        return self.steps.seconds_of_compiling + (self.measure.seconds_of_compiling if self.measure else 0.0)

    # chunks and epochs

    def start_epoch(self) -> None:
        if not self.network.training:
            self.network.train()
        self.feeds["train"].start_epoch(self.plan.seed, self.progress.epoch)
        self.ordered = self.progress.epoch

    def _chunk(self) -> None:
        progress = self.progress
        if self.ordered != progress.epoch:
            self.start_epoch()
        self._seed(batches.seed_for(self.plan.seed, progress.epoch, progress.chunk))
        torch._foreach_copy_(self.snapshot, self.values)
        starts = self.plan.starts_of(progress.chunk)
        if self.ending.max_steps is not None:
            starts = starts[: self.ending.max_steps - progress.step + 1]
        losses, weights = self.steps.run(self.feeds["train"], starts, progress.step)
        progress.step += len(losses)
        self._count(losses, weights)
        progress.chunk += 1
        progress.ended_by = self._limit_reached()
        if not progress.ended_by and progress.chunk < self.plan.chunks:
            self._stop_if_asked()
            self.listener.border(self.state)

    def _end_epoch(self) -> None:
        self.averaging.epoch_ended(self.progress.epoch + 1)
        with self.averaging.in_place(self.gradient, self.feeds["train"]):
            if self.epoch_measured(self.evaluate()):
                self._keep_best()
        if not self.progress.ended_by:
            self._stop_if_asked()
        self.listener.border(self.state)

    @torch.no_grad()
    def _keep_best(self) -> None:
        best = self.progress.best_weights
        if best:
            torch._foreach_copy_([*best.values()], [*self.kept.values()])
        else:
            best |= {name: each.clone() for name, each in self.kept.items()}

    def epoch_measured(self, measured: Mapping[str, float]) -> bool:
        """Ends an epoch, of which that was measured on the validation rows; whether it is the best so far."""
        progress = self.progress
        progress.epoch += 1
        row: History = {
            "epoch": progress.epoch,
            "step": progress.step,
            "train/loss": progress.total / progress.weight,
            **{f"validation/{name}": value for name, value in measured.items()},
            "lr": self.steps.lr * self.schedule.factor(progress.step - 1),
        }
        progress.chunk, progress.total, progress.weight = 0, 0.0, 0.0
        cost = self.monitor.cost(measured[self.monitor.name])
        is_best = cost < progress.best_cost or progress.best_epoch == 0
        if is_best:
            progress.best_cost, progress.best_epoch = cost, progress.epoch
        self.schedule.epoch_ended(cost)
        progress.ended_by = self.ending.after_epoch(progress.epoch, cost) or progress.ended_by or self._limit_reached()
        self.listener.epoch_ended(row)
        return is_best

    def _feed(self, part: Part) -> Feed:
        if self.plan.streamed:
            return Streamed(part, self.network.numeric, self.loss, self.device)
        return Resident(part, self.network.numeric, self.loss, self.device, self.plan.sampling == "balanced")

    def evaluate(self) -> dict[str, float]:
        """Loss, score and what is monitored, over exactly the validation rows, each row once, also with several
        processes. Raises DivergedError if the loss is no number."""
        found = self._measured() if self.measure is None else self.measure()
        if not math.isfinite(found["loss"]):
            self._diverged("the validation loss")
        return found

    @torch.no_grad()
    def _measured(self) -> dict[str, float]:
        feed = self.feeds["validation"]
        self.network.eval()
        first, last = batches.share(len(feed), self.plan.rank, self.plan.world)
        # made at once: what is small and stays would cut up the memory that large layers leave between the pieces
        logits, piece = torch.zeros(len(feed), self.output.d_out, device=self.device), self.plan.rows_at_once
        for start in range(first, last, piece):
            rows = feed.stored(start, min(start + piece, last))
            logits[start : start + len(rows)] = averaged(self.gradient.logits(rows.x, rows.x_cat), self.output)
        if self.plan.world > 1:
            distributed.all_reduce(logits)  # adds zeros: the values stay as they are
        loss = self.loss(logits, feed.target, feed.weight).item()
        known = math.isfinite(loss)
        return {"loss": loss, **(scores(logits, feed.y, self.output, feed.weight, self.monitor) if known else {})}

    def _seed(self, seed: int) -> None:
        torch.default_generator.manual_seed(seed)  # torch.manual_seed takes longer than a step: it asks every backend
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _count(self, losses: Tensor, weights: Tensor) -> None:
        """Adds the chunk to the epoch's loss; the only place where a chunk waits for the device."""
        if self.plan.world > 1:
            distributed.all_reduce(losses)
        losses, weights = losses.double(), weights.double()
        norm = torch.stack(torch._foreach_norm(self.values)).sum().double()
        total, weight, norm_of_all = torch.stack([losses @ weights, weights.sum(), norm]).tolist()
        if not (math.isfinite(total) and math.isfinite(norm_of_all)):
            self._diverged(f"the loss or a weight, in chunk {self.progress.chunk + 1} of {self.plan.chunks},")
        self.progress.total += total
        self.progress.weight += weight

    def _diverged(self, what: str) -> None:
        torch._foreach_copy_(self.values, self.snapshot)
        raise self.divergence(what)

    def divergence(self, what: str) -> DivergedError:
        range_of_16 = " Precision 16 ends at 65504, bf16 does not." if self.plan.precision == "16" else ""
        return DivergedError(
            f"Training diverged: {what} became NaN or infinite in epoch {self.progress.epoch + 1}. "
            f"The last finite weights were kept. A smaller optimizer.lr (now {self.steps.lr:g}) or "
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
