"""All that data tells a model. Data and models meet only here, so neither imports the other."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from src.task import Task

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class InputSpec:
    """Columns of `x_num` (float32, NaN where missing) and `x_cat` (int64), with what was fitted on train rows.

    The numbers of column j become `(x - center[j]) / scale[j]` inside the network, a missing one first `impute[j]`;
    `indicator[j]` adds a 0/1 input that tells which were missing. Before that, `log[j]` (empty: in no column) makes
    `sign(x) * log1p(|x|)` of x; after it, at most one of the last three acts: `smooth_clip` makes
    `x / sqrt(1 + (x/3)**2)` of x, `clip` limits it to ±clip, and `quantiles[j]` (ascending, equally many for each
    column, empty: not used) takes it to the place in a normal distribution that it has among the train rows.

    `cardinalities[j]` counts the values of `x_cat[:, j]`: 0 for a category never seen in training, 1 for
    a missing one, then those of the vocabulary.
    """

    numeric: tuple[str, ...]
    impute: tuple[float, ...]
    center: tuple[float, ...]
    scale: tuple[float, ...]
    indicator: tuple[bool, ...]
    categorical: tuple[str, ...]
    cardinalities: tuple[int, ...]
    log: tuple[bool, ...] = ()
    smooth_clip: bool = False
    clip: float | None = None
    quantiles: tuple[tuple[float, ...], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "InputSpec":
        return cls(**{key: _tuples(value) for key, value in state.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class OutputSpec:
    """The target: its column, the task, class names in the order of the logits (none for regression).

    A regression network works in standard units: value = `center` + `scale` * output, both fitted on train rows; with
    `log` that is sign(value) * log(1 + |value|).
    """

    target: str
    task: Task
    classes: tuple[str, ...] = ()
    center: float = 0.0
    scale: float = 1.0
    log: bool = False

    @property
    def d_out(self) -> int:
        return self.task.d_out(len(self.classes))

    def to_standard(self, y: "Tensor") -> "Tensor":
        """float64 [n] in units of the target → float32 [n] in the network's."""
        value = y.sign() * y.abs().log1p() if self.log else y
        return ((value - self.center) / self.scale).float()

    def from_standard(self, value: "Tensor") -> "Tensor":
        """The inverse: float32 [n] → float64 [n] in units of the target."""
        value = value.double() * self.scale + self.center
        return value.sign() * value.abs().expm1() if self.log else value

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "OutputSpec":
        known = {"log": False, **state}  # bundles from before there was a log
        return cls(**known | {"task": Task(state["task"]), "classes": tuple(state["classes"])})
