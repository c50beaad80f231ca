"""Many networks of one shape trained side by side in one process, each as if it were alone (but for rounding).

What a step of a small network costs is the number of calls, not what they calculate: so one call does the same for all
of them (`src.stacked`). Each has its own order of the rows, learning rate, weight decay, dropout and label smoothing,
and its own early stopping and best weights. One that has ended is calculated on beside the others, which costs nothing,
and is not looked at.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from src.errors import DivergedError, StoppedError
from src.feed import PIECE
from src.learner import Learner
from src.noise import Noise
from src.score import scores
from src.shared_rows import Batches, SharedRows
from src.signals import StopFlag
from src.stacked import Rows, Stacked


class Population:
    """`learners` of one `kind`; `programs`: steps become programs. `errors`, by the number of the learner: of those
    that diverged, whose networks have the last finite weights. Learners that are resumed, and have not ended, stand
    after the same epoch."""

    def __init__(self, learners: Sequence[Learner], stop: StopFlag, programs: bool) -> None:
        self.learners, self.stop, self.programs = learners, stop, programs
        self.errors: dict[int, DivergedError] = {}
        self.steps = 0

    @property
    def seconds_of_compiling(self) -> float:
        return self.stacked.seconds_of_compiling

    @property
    def going_on(self) -> list[int]:
        """The numbers of those that have not ended."""
        numbered = enumerate(self.learners)
        return [number for number, each in numbered if not each.progress.ended_by and number not in self.errors]

    def train(self) -> None:
        """Until each has ended, with a progress bar. Raises as `epochs` does."""
        hidden, name = not sys.stderr.isatty(), f"{len(self.learners)} runs"
        most = self.learners[0].plan.max_epochs
        for _ in tqdm(self.epochs(), name, most, leave=False, unit="epoch", disable=hidden):
            pass

    def epochs(self) -> Iterator[int]:
        """Trains until each learner has ended, and gives the number of each epoch when it is over. Raises StoppedError
        if a signal comes, with the state in the learners."""
        self._start()
        while self.going_on:
            epoch = self._epoch()
            self._end_epoch(self._measure())
            yield epoch
            self._stop_if_asked()

    def state(self) -> dict[str, Any]:
        """Of all learners, as `members`, after an epoch; of those that have ended as it was then."""
        self._give_back()
        return {"members": [each.state() for each in self.learners]}

    def _start(self) -> None:
        learners = self.learners
        first = learners[0]
        torch.set_num_threads(first.plan.threads)
        self.stop.install()
        for learner in learners:
            if learner.resume_from is not None:
                learner.restore(learner.resume_from)
            learner.ending.start()
        stand = {learners[number].progress.step for number in self.going_on}
        assert len(stand) == 1, "all go on from the same step"
        self.steps = stand.pop()
        self.stacked = stacked = Stacked(learners, self.programs)
        self.batches = Batches(learners, stacked.device)
        self.rows = SharedRows(learners, "train", stacked.device)
        self.noise = Noise(learners, stacked.device)
        self.validation = SharedRows(learners, "validation", stacked.device)
        alike = all(each.output == first.output for each in learners)
        self.quick = alike and first.monitor.name in ("loss", first.output.task.score)
        self.measured_rows = self.validation.whole(scored=self.quick)
        self.before = {name: each.clone() for name, each in stacked.weights.items()}

    def _epoch(self) -> int:
        """The number of the epoch, counted from 1."""
        stacked, plan = self.stacked, self.learners[0].plan
        torch._foreach_copy_([*self.before.values()], [*stacked.weights.values()])
        going_on = self.going_on
        epoch = self.learners[going_on[0]].progress.epoch
        index, counts = self.batches.of(self.rows.orders(epoch)), self.batches.counts
        numbers = stacked.numbers(range(self.steps, self.steps + plan.steps_per_epoch))
        several, made = max(1, PIECE // index[0].numel()), []
        for begin in range(0, plan.steps_per_epoch, several):
            end = min(begin + several, plan.steps_per_epoch)
            rows = self.rows.at(index[begin:end], counts[begin:end])
            noise = self.noise.of(epoch, range(begin, end))
            for step in range(end - begin):
                batch = Rows(*(each[step] for each in rows.tensors))
                made.append(stacked.step(numbers[begin + step], batch, [each[step] for each in noise]))
        self.steps += plan.steps_per_epoch
        losses, weights = (torch.stack(each).double() for each in zip(*made, strict=True))
        totals, norms = (losses * weights).sum(0), weights.sum(0)
        found = [each.tolist() for each in (totals, norms, totals.isfinite() & self._finite())]
        for number in going_on:
            progress = self.learners[number].progress
            total, norm, well = (each[number] for each in found)
            progress.step, progress.total, progress.weight = self.steps, total, norm
            if not well:
                self._diverged(number, "the loss or a weight")
        return epoch + 1

    def _finite(self) -> Tensor:
        """bool [m]: whether all weights of the network are."""
        sums = [each.flatten(1).abs().sum(1) for each in self.stacked.weights.values()]
        return torch.stack(sums).sum(0).isfinite()

    def _measure(self) -> list[dict[str, float]]:
        """What `Learner.evaluate` gives, of each."""
        losses, logits, *found = self.stacked.measure(self.measured_rows)
        if self.quick:
            name = self.learners[0].output.task.score
            pairs = zip(losses.tolist(), found[0].tolist(), strict=True)
            return [{"loss": loss, name: score} for loss, score in pairs]
        of_each, going_on = [], self.going_on
        for number, (learner, feed) in enumerate(zip(self.learners, self.validation.feeds, strict=True)):
            own, weight = logits[number, : len(feed)], feed.weight
            loss = losses[number].item()
            known = number in going_on and math.isfinite(loss)
            more = scores(own, feed.y, learner.output, weight, learner.monitor) if known else {}
            of_each.append({"loss": loss, **more})
        return of_each

    def _end_epoch(self, measured: Sequence[dict[str, float]]) -> None:
        better, going_on = [False] * len(self.learners), self.going_on
        for number in going_on:
            if not math.isfinite(measured[number]["loss"]):
                self._diverged(number, "the validation loss")
            else:
                better[number] = self.learners[number].epoch_measured(measured[number])
        if any(better):
            self.stacked.keep_best(torch.tensor(better, device=self.stacked.device))
        well = [number for number in going_on if number not in self.errors]
        for number in well:
            learner = self.learners[number]
            if learner.progress.ended_by:
                self.stacked.give_back(number, self.steps)
            learner.listener.border(partial(self._state, number))

    def _stop_if_asked(self) -> None:
        if self.stop.number and self.going_on:
            self._give_back()
            raise StoppedError(self.stop.number, f"Stopped by signal {self.stop.number} after {self.steps} steps.")

    def _give_back(self) -> None:
        for number in self.going_on:
            self.stacked.give_back(number, self.steps)

    def _state(self, number: int) -> dict[str, Any]:
        self.stacked.give_back(number, self.steps)
        return self.learners[number].state()

    @torch.no_grad()
    def _diverged(self, number: int, what: str) -> None:
        learner = self.learners[number]
        for name, weight in learner.network.named_parameters():
            if name in self.before:
                weight.copy_(self.before[name][number])
        self.errors[number] = learner.divergence(what)
