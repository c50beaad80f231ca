"""All that data tells a model. Data and models meet only here, so neither imports the other."""

from dataclasses import asdict, dataclass
from typing import Any

from src.task import Task

_SHOWN = 12  # targets


@dataclass(frozen=True)
class InputSpec:
    """Columns of `x_num` (float32, NaN where missing) and `x_cat` (int64), with what was fitted on train rows. A column
    of dates gives several numbers, an ordered one its place.

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
class PostHoc:
    """What is made of a network's answers, fitted on validation rows after training (src/post_hoc); empty: nothing.

    First probabilities change: by a `temperature`, one for all classes or one for each label, or by `curves`, of the
    second of two classes, of each of several or of each label, which take the ascending numbers of the first half to
    those of the second, with lines between. Then a `threshold` decides about the second class or about each label, or
    `costs[true][chosen]` between classes. Then a share of `coverage` of the rows is to lie in sets of classes, or
    intervals, with `radius`: of each class, or each target, how unlike to what is predicted the truth may be.
    """

    temperature: tuple[float, ...] = ()
    curves: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = ()
    threshold: tuple[float, ...] = ()
    costs: tuple[tuple[float, ...], ...] = ()
    coverage: float | None = None
    radius: tuple[float, ...] = ()

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "PostHoc":
        return cls(**{key: _tuples(value) for key, value in state.items()})


@dataclass(frozen=True)
class OutputSpec:
    """What is predicted: the columns, the task, the names of the classes in the order of the logits.

    Several `targets` are several numbers (regression) or several yes/no labels (multilabel); else there is one. A
    regression network works in standard units, fitted on train rows (src/outputs.py): value = `center` + `scale` *
    output by target, with `log` that is sign(value) * log(1 + |value|); or `quantiles`, by target ascending and
    equally many, have their places in a normal distribution. Where all are empty the units are the target's own.

    `head` says how what the network gives is read (src/heads): plain, or as the loss of that name asks for; `levels`
    are those of its quantiles, ascending. `post_hoc`: nothing until the network is trained.
    """

    targets: tuple[str, ...]
    task: Task
    classes: tuple[str, ...] = ()
    center: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    log: bool = False
    quantiles: tuple[tuple[float, ...], ...] = ()
    head: str = "plain"
    levels: tuple[float, ...] = ()
    post_hoc: PostHoc = PostHoc()

    @property
    def name(self) -> str:
        """The target, for people."""
        more = f" and {len(self.targets) - _SHOWN} more" if len(self.targets) > _SHOWN else ""
        return ", ".join(self.targets[:_SHOWN]) + more

    @property
    def d_out(self) -> int:
        """Width of the network's output: a logit for each class (one for two), label or threshold between two classes;
        for each target a value, its quantiles, or its mean and variance."""
        match self.head:
            case "quantile":
                return len(self.targets) * len(self.levels)
            case "gaussian_nll":
                return len(self.targets) * 2
            case "coral" | "corn":
                return len(self.classes) - 1
        return {Task.BINARY: 1, Task.MULTICLASS: len(self.classes)}.get(self.task, len(self.targets))

    @property
    def parallel(self) -> bool:
        """Whether the outputs are one weighted sum and differ only by what is added to it."""
        return self.head == "coral"

    @property
    def answers(self) -> tuple[str, ...]:
        """What is told apart by probabilities: the classes or the labels; nothing in a regression."""
        return self.targets if self.task is Task.MULTILABEL else self.classes

    @property
    def beside(self) -> tuple[str, ...]:
        """What is predicted for each target beside its value: `q0.1` for each level, or `std`; then the ends of an
        interval."""
        own = ("std",) if self.head == "gaussian_nll" else tuple(f"q{level}" for level in self.levels)
        covered = self.task is Task.REGRESSION and self.post_hoc.coverage is not None
        return (*own, "lower", "upper") if covered else own

    @property
    def has_sets(self) -> bool:
        """Whether a set of classes is predicted beside the class."""
        return self.task.has_classes and self.post_hoc.coverage is not None

    def columns(self, what: str) -> tuple[str, ...]:
        """Of a table: `what` (truth, prediction) if there is one target, else `what_<target>` for each."""
        return (what,) if len(self.targets) == 1 else tuple(f"{what}_{name}" for name in self.targets)

    @property
    def predicted_columns(self) -> tuple[str, ...]:
        """Names of the columns of a table of predictions, in their order."""
        beside = [column for name in self.beside for column in self.columns(f"prediction_{name}")]
        sets = ["prediction_set"] if self.has_sets else []
        return (*self.columns("prediction"), *beside, *sets, *(f"probability_{name}" for name in self.answers))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "OutputSpec":
        known = {key: _tuples(value) for key, value in state.items()}
        known["post_hoc"] = PostHoc.from_dict(state.get("post_hoc", {}))  # bundles of format 2 have none
        if "target" in known:  # bundles from before there could be several targets
            known |= {"targets": (known.pop("target"),), "center": (known["center"],), "scale": (known["scale"],)}
        return cls(**known | {"task": Task(state["task"])})
