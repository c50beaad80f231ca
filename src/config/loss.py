"""Group `loss`: what training makes small."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.config.section import Section

ClassWeights = Literal["balanced"] | list[Annotated[float, Field(gt=0)]] | None


class AutoLoss(Section):
    """The one that belongs to the task: cross_entropy, binary_cross_entropy or mse."""

    name: Literal["auto"] = "auto"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """With classes or labels, share of the truth spread evenly over all of them; else there is none."""


class CrossEntropy(Section):
    """Multiclass: negative log of the softmax probability of the true class."""

    name: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the truth spread evenly over all classes."""
    class_weights: ClassWeights = None
    """null: none; balanced: rows / (classes * rows of the class); or a list with one weight for each class."""


class BinaryCrossEntropy(Section):
    """Binary and multilabel: negative log of the sigmoid probability of the truth, of labels the mean over them."""

    name: Literal["binary_cross_entropy"] = "binary_cross_entropy"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the truth spread evenly over both classes, or yes and no."""
    class_weights: ClassWeights = None
    """null: none; balanced: rows / (2 * rows of the class); or a list with two weights. Multilabel: how much more the
    rows that have a label count in its loss; balanced: rows without it / rows with it; or a list with one for each."""


class Focal(Section):
    """Binary and multiclass: cross-entropy times (1 - p)**`gamma`, p the probability of the true class, so that rows
    which are already right count little (Lin et al. 2017). Probabilities come out less extreme than the frequencies."""

    name: Literal["focal"] = "focal"
    gamma: Annotated[float, Field(gt=0)] = 2.0
    """How much less; towards 0 it becomes the cross-entropy."""
    class_weights: ClassWeights = None
    """null: none; balanced: rows / (classes * rows of the class); or a list with one weight for each class."""


class Mse(Section):
    """Regression: mean of squared errors, in standard units of the target."""

    name: Literal["mse"] = "mse"


class Mae(Section):
    """Regression: mean of absolute errors, in standard units of the target."""

    name: Literal["mae"] = "mae"


class Huber(Section):
    """Regression: squared below `delta`, linear above, so that single large errors count less."""

    name: Literal["huber"] = "huber"
    delta: Annotated[float, Field(gt=0)] = 1.0
    """Where it turns linear, in standard deviations of the target."""


class LogCosh(Section):
    """Regression: logarithm of the hyperbolic cosine of the error in standard units: half its square for small errors,
    linear for large ones, and smooth between."""

    name: Literal["log_cosh"] = "log_cosh"


class Quantile(Section):
    """Regression: quantiles of the target, each with its pinball loss (Koenker & Bassett 1978). They cannot cross. The
    one next to 0.5 is the prediction; each has a column of its own, `prediction_q0.1`."""

    name: Literal["quantile"] = "quantile"
    levels: Annotated[list[Annotated[float, Field(gt=0, lt=1)]], Field(min_length=1)] = [0.1, 0.5, 0.9]
    """Shares of the rows that are to lie below, ascending."""

    @model_validator(mode="after")
    def _levels_ascend(self) -> Self:
        if self.levels != sorted(set(self.levels)):
            raise ValueError(f"levels: must ascend, each once; got {self.levels}")
        return self


class GaussianNll(Section):
    """Regression: negative log-likelihood of a normal distribution, of which the network gives mean and variance (Nix &
    Weigend 1994). The mean is the prediction; `prediction_std` is the standard deviation in units of the target."""

    name: Literal["gaussian_nll"] = "gaussian_nll"


class Poisson(Section):
    """Regression of counts, whole numbers of at least 0: negative log-likelihood of a Poisson distribution, of which
    the network gives the logarithm of the rate. The rate is the prediction. With dataset.target_transform: standard it
    starts from the mean count of the train rows, with none from 1."""

    name: Literal["poisson"] = "poisson"


class Coral(Section):
    """Multiclass with an order (dataset.classes, or numbers): consistent rank logits (Cao et al. 2020). One weighted
    sum says how high a row lies, and a threshold between each two neighbours tells the classes apart."""

    name: Literal["coral"] = "coral"


class Corn(Section):
    """Multiclass with an order (dataset.classes, or numbers): conditional ordinal regression (Shi et al. 2021). A logit
    for each threshold says whether a row that lies above the one before lies above this one too."""

    name: Literal["corn"] = "corn"


Loss = Annotated[
    AutoLoss
    | CrossEntropy
    | BinaryCrossEntropy
    | Focal
    | Coral
    | Corn
    | Mse
    | Mae
    | Huber
    | LogCosh
    | Quantile
    | GaussianNll
    | Poisson,
    Field(discriminator="name"),
]
