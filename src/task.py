"""The kind of question a network answers, and all that follows from it."""

from enum import StrEnum


class Task(StrEnum):
    """What the target is: one of two classes, one of several, several yes/no labels, or numbers (one or several)."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    MULTILABEL = "multilabel"
    REGRESSION = "regression"

    @property
    def has_classes(self) -> bool:
        """Whether each row is of exactly one class."""
        return self in (Task.BINARY, Task.MULTICLASS)

    @property
    def default_loss(self) -> str:
        """The negative log-likelihood under a categorical, Bernoulli or normal distribution of the target."""
        return {"multiclass": "cross_entropy", "regression": "mse"}.get(self, "binary_cross_entropy")

    @property
    def losses(self) -> tuple[str, ...]:
        """Names of the losses that fit the task."""
        if self is Task.REGRESSION:
            return ("mse", "mae", "huber", "log_cosh", "quantile", "gaussian_nll", "poisson")
        of_order = ("coral", "corn") if self is Task.MULTICLASS else ()
        return (self.default_loss, "focal", *of_order) if self.has_classes else (self.default_loss,)

    @property
    def score(self) -> str:
        """Name of the metric that is shown after each epoch beside the loss."""
        return "rmse" if self is Task.REGRESSION else "accuracy"
