"""All that data tells a model. Data and models meet only here, so neither imports the other."""

from dataclasses import asdict, dataclass
from typing import Any

from src.task import Task


@dataclass(frozen=True)
class InputSpec:
    """Columns of `x_num` (float32, NaN where missing) and `x_cat` (int64), with what was fitted on train rows.

    The numbers of column j become `(x - center[j]) / scale[j]` inside the network, a missing one first `impute[j]`;
    `indicator[j]` adds a 0/1 input that tells which were missing. `cardinalities[j]` counts the values of
    `x_cat[:, j]`: 0 for a category never seen in training, 1 for a missing one, then those of the vocabulary.
    """

    numeric: tuple[str, ...]
    impute: tuple[float, ...]
    center: tuple[float, ...]
    scale: tuple[float, ...]
    indicator: tuple[bool, ...]
    categorical: tuple[str, ...]
    cardinalities: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "InputSpec":
        return cls(**{key: tuple(value) for key, value in state.items()})


@dataclass(frozen=True)
class OutputSpec:
    """The target: its column, the task, class names in the order of the logits (none for regression).

    A regression network works in standard units: value = `center` + `scale` * output. Both are fitted on train rows.
    """

    target: str
    task: Task
    classes: tuple[str, ...] = ()
    center: float = 0.0
    scale: float = 1.0

    @property
    def d_out(self) -> int:
        return self.task.d_out(len(self.classes))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "OutputSpec":
        return cls(state["target"], Task(state["task"]), tuple(state["classes"]), state["center"], state["scale"])
