"""How an epoch is cut into chunks, optimizer steps and parts."""

from dataclasses import dataclass
from functools import cached_property

from src import batches
from src.models.network import AT_ONCE

CHUNK_STEPS = 64
"""Optimizer steps in one call from Lightning; its own cost of about 140 microseconds is then nothing."""

CHUNK_WORK = 64e8
"""Vectors times weights in one chunk at most: about a second, after which a signal is noticed."""


@dataclass(frozen=True)
class StepPlan:
    """Everything about the steps that is known before the first one.

    `batch_size` counts the rows of all `world` processes together; each works through its share in `accumulate` parts.
    `vectors`: what the network makes of a row, each of which meets the weights (`src.models.network`).
    `streamed`: the rows do not fit into memory and are read from the disk in each epoch.
    `precision`, `sampling` and `drop_last` as in the section trainer. `together`: with other networks, in a
    `Population`. `compile`: what becomes a program (see `src.compilation`), nothing if empty.
    `replayed`: the operations of the gradient are repeated from a list.
    """

    rows: int
    batch_size: int
    max_epochs: int
    accumulate: int
    gradient_clip: float | None
    seed: int
    rank: int
    world: int
    device: str
    threads: int
    precision: str
    parameters: int
    vectors: int = 1
    streamed: bool = False
    sampling: str = "shuffle"
    drop_last: bool = False
    together: bool = False
    compile: str = ""
    replayed: bool = False

    @cached_property
    def batch_starts(self) -> list[int]:
        return batches.batch_starts(self.rows, self.batch_size, self.drop_last)

    @property
    def steps_per_epoch(self) -> int:
        return len(self.batch_starts) - 1

    @property
    def chunk_steps(self) -> int:
        work = self.batch_size * self.vectors * max(1, self.parameters)
        return max(1, min(CHUNK_STEPS, int(CHUNK_WORK / work)))

    @property
    def rows_at_once(self) -> int:
        """Rows of one forward pass without a gradient."""
        return max(1, AT_ONCE[self.device] // self.vectors)

    @property
    def chunks(self) -> int:
        return -(-self.steps_per_epoch // self.chunk_steps)

    def starts_of(self, chunk: int) -> list[int]:
        """Where each batch of the chunk starts, and where its last one ends."""
        first = chunk * self.chunk_steps
        return self.batch_starts[first : first + self.chunk_steps + 1]
