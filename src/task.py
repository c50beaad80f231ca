"""The kind of question a network answers, and all that follows from it."""

from enum import StrEnum


class Task(StrEnum):
    """What the target is: one of two classes, one of several, or a number."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        return self is not Task.REGRESSION

    def d_out(self, n_classes: int) -> int:
        """Width of the network's output: one logit, one logit per class, or one value."""
        return n_classes if self is Task.MULTICLASS else 1

    @property
    def default_loss(self) -> str:
        """The negative log-likelihood under a categorical, Bernoulli or normal distribution of the target."""
        return {"multiclass": "cross_entropy", "binary": "binary_cross_entropy", "regression": "mse"}[self]

    @property
    def losses(self) -> tuple[str, ...]:
        """Names of the losses that fit the task."""
        return (self.default_loss,) if self.is_classification else ("mse", "mae", "huber")

    @property
    def score(self) -> str:
        """Name of the metric that is shown after each epoch beside the loss."""
        return "accuracy" if self.is_classification else "rmse"
