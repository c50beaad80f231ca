"""Group `prediction`: what is made of a network's answers after training, fitted on the validation rows."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.metric import OF_A_THRESHOLD, ThresholdMetric
from src.config.section import Section
from src.config.suggest import remedy
from src.task import Task

Share = Annotated[float, Field(gt=0, lt=1)]
Costs = Annotated[
    list[Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=2)]],
    Field(min_length=2),
]


class Decision(Section):
    """How probabilities become a class, or each label 0 or 1. `by` names the key that goes with it."""

    by: Literal["probability", "threshold", "metric", "costs"] = "probability"
    """probability: the most probable class (with loss=coral or corn the middle one), each label that is more likely
    than not. threshold: the second of two classes, or a label, where its probability is above `threshold`. metric:
    likewise, above the threshold (of each label its own) that gives the validation rows the best `metric`. costs: the
    class with the least expected cost (Elkan 2001)."""
    threshold: Share | None = None
    metric: ThresholdMetric | None = None
    """Of two classes accuracy, balanced_accuracy (which is best where Youden's J is), f1, f1_binary, mcc or
    cohen_kappa, of labels accuracy or f1."""
    costs: Costs | None = None
    """What a row costs: a row for each true class, in it a number for each class that may be chosen."""

    @model_validator(mode="after")
    def _by_names_its_key(self) -> Self:
        for key in ("threshold", "metric", "costs"):
            given = getattr(self, key) is not None
            if given and self.by != key:
                raise ValueError(f"{key}: has an effect with by: {key} only; it is by: {self.by}")
            if self.by == key and not given:
                raise ValueError(f"{key}: is required with by: {key}")
        return self

    @model_validator(mode="after")
    def _costs_are_square(self) -> Self:
        """And tell right from wrong: condition 1 of Elkan 2001, section 1.1."""
        for true, row in enumerate(self.costs or []):
            if len(row) != len(self.costs or []):
                raise ValueError(
                    f"costs: {len(self.costs or [])} rows and {len(row)} numbers in row {true + 1}; required: a row "
                    f"for each true class, with a number for each class that may be chosen"
                )
            if min(row) < row[true] or min(row) == max(row):
                raise ValueError(
                    f"costs: in row {true + 1} number {true + 1} is what it costs to be right, and must be the least, "
                    f"with a larger one beside it; got {row}"
                )
        return self


class Prediction(Section):
    """As it is by default, answers are those of the network: the most probable class, and nothing beside it."""

    calibration: Literal["none", "temperature", "isotonic"] = "none"
    """temperature: all probabilities become less (or more) extreme by one number, of labels by one for each, that which
    gives the least log loss (Guo et al. 2017). isotonic: each class by a rising curve of its own (Zadrozny & Elkan
    2002), which follows any shape, and follows chance too where there are fewer than some 1000 rows."""
    decision: Decision = Decision()
    coverage: Share | None = None
    """Share of the rows whose truth shall lie in what is said beside the prediction: a set of classes
    (`prediction_set`), or an interval (`prediction_lower`, `prediction_upper`; of several targets one for each). By
    split conformal prediction (Vovk et al. 2005), with no assumption on the network. null: nothing is said."""
    coverage_per_class: bool = False
    """true: that share of the rows of each class (Mondrian conformal prediction), with larger sets; false: of all."""

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> Self:
        if self.coverage_per_class and self.coverage is None:
            raise ValueError("coverage_per_class: has an effect with a coverage only; for instance coverage: 0.9")
        return self

    def misfits(self, task: Task | None, classes: int | None = None) -> list[str]:
        """A sentence for each key that does not go with a target of this task, and this number of classes (None: not
        known yet)."""
        if task is None:
            return []
        found = {
            "calibration": self._calibration_misfit(task),
            **self._decision_misfit(task, classes),
            "coverage": self._coverage_misfit(task),
            "coverage_per_class": "a regression has no classes; take false"
            if self.coverage_per_class and task is Task.REGRESSION
            else "",
        }
        return [f"{key}: {sentence}" for key, sentence in found.items() if sentence]

    def _calibration_misfit(self, task: Task) -> str:
        if self.calibration == "none" or task is not Task.REGRESSION:
            return ""
        return f"{self.calibration} is of probabilities, a regression has none; take none, and coverage for intervals"

    def _coverage_misfit(self, task: Task) -> str:
        if self.coverage is None or task is not Task.MULTILABEL:
            return ""
        return "there are sets of classes and intervals of numbers, and the target is several labels; take null"

    def _decision_misfit(self, task: Task, classes: int | None) -> dict[str, str]:
        by, metric, costs = self.decision.by, self.decision.metric, self.decision.costs
        if by == "probability":
            return {}
        if task is Task.REGRESSION:
            return {"decision.by": f"{by} decides between classes, a regression has none; take probability"}
        if by == "costs":
            return {"decision.costs": _costs_misfit(len(costs or []), task, classes)}
        if task is Task.MULTICLASS:
            of = f"{classes} classes" if classes else "more than two classes"
            return {"decision.by": f"{by} decides between two classes or about labels, and there are {of}; take costs"}
        if metric is not None and metric not in OF_A_THRESHOLD[task]:
            return {"decision.metric": f"{metric} is of two classes; {remedy(metric, OF_A_THRESHOLD[task])}"}
        return {}


def _costs_misfit(rows: int, task: Task, classes: int | None) -> str:
    if task is Task.MULTILABEL:
        return "are of classes, and the target is several labels; take by: threshold"
    if classes is not None and rows != classes:
        return f"{rows} rows of {rows} numbers, and there are {classes} classes; required: {classes} of {classes}"
    return ""
