"""How fast a network learns from batches of different sizes, and which still fit into memory."""

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from src.learner import Learner
from src.memory import available_memory

SMALLEST = 16

_STEPS, _SECONDS = 20, 0.5  # that are measured, at most
_ENOUGH = 0.9  # of the highest speed: what a larger batch would add is not worth its fewer steps


@dataclass(frozen=True)
class Measurement:
    """`seconds` of the shortest step; `memory`: most bytes so far, of the GPU or of the process with its libraries."""

    batch_size: int
    seconds: float
    memory: int

    @property
    def rows_per_second(self) -> float:
        return self.batch_size / self.seconds


def measure(learner: Learner) -> Iterator[Measurement]:
    """Twice the size each time, to all train rows or to what fits into memory."""
    size, rows, before = max(SMALLEST, learner.plan.accumulate), learner.plan.rows, _memory(learner)
    while True:
        size = min(size, rows)
        try:
            measured = Measurement(size, _seconds_per_step(learner, size), _memory(learner))
        except (MemoryError, RuntimeError) as error:
            if size > SMALLEST and (isinstance(error, MemoryError) or "memory" in str(error)):  # torch has no class
                return
            raise
        yield measured
        next_growth = 2 * (measured.memory - before)
        if size == rows or (learner.plan.device == "cpu" and next_growth > available_memory()):
            return
        size, before = 2 * size, measured.memory


def suggested(measured: list[Measurement]) -> Measurement:
    """The smallest size with nearly the highest speed."""
    highest = max(each.rows_per_second for each in measured)
    return next(each for each in measured if each.rows_per_second >= _ENOUGH * highest)


def _seconds_per_step(learner: Learner, size: int) -> float:
    times: list[float] = []
    while len(times) < _STEPS and sum(times) < _SECONDS:
        started = time.perf_counter()
        [batch] = learner.feeds["train"].batches([0, size])
        float(learner.steps.step(batch, 1.0)[0])  # waits for the device
        times.append(time.perf_counter() - started)
    return min(times)


def _memory(learner: Learner) -> int:
    if learner.plan.device == "gpu":
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
