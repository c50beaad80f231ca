"""Whether validation rows can tell what is to be fitted on them: before the training, which takes long."""

from torch import Tensor

from src.config.prediction import Prediction
from src.errors import ConfigError, DataError
from src.post_hoc.conformal import least_rows
from src.post_hoc.fit import hits_of
from src.spec import OutputSpec

_REMEDY = "or give the validation rows a larger part of the table (dataset.split.validation)"


def check(settings: Prediction, y: Tensor, weight: Tensor | None, output: OutputSpec) -> None:
    """`y` and `weight` of the validation rows. Raises ConfigError for what does not go with the target, DataError for
    rows that are too few."""
    if mistakes := settings.misfits(output.task, len(output.classes) or None):
        raise ConfigError(*(f"prediction.{mistake}" for mistake in mistakes))
    if weight is not None:
        y = y[weight > 0]  # the others say nothing
    if settings.calibration == "isotonic":
        _check_both_kinds("calibration: isotonic needs", y, output)
    if settings.decision.by == "metric":
        _check_both_kinds(f"decision.metric: the best {settings.decision.metric} needs", y, output)
    if settings.coverage is not None:
        _check_enough(settings.coverage, settings.coverage_per_class, y, output)


def _check_both_kinds(what: str, y: Tensor, output: OutputSpec) -> None:
    hits = hits_of(y, output)
    for name, count in zip(output.answers, hits.sum(0).tolist(), strict=True):
        if count in (0, len(y)):
            raise DataError(
                f"prediction.{what} validation rows with and without {name!r}; {count} of {len(y)} have it. Leave it "
                f"out, {_REMEDY}"
            )


def _check_enough(coverage: float, per_class: bool, y: Tensor, output: OutputSpec) -> None:
    counts = {f" of class {name!r}": int((y == k).sum()) for k, name in enumerate(output.classes)}
    for whose, count in (counts if per_class else {"": len(y)}).items():
        if count < (least := least_rows(coverage)):
            raise DataError(
                f"prediction.coverage: {coverage:g} needs at least {least} validation rows{whose}, there are {count}: "
                f"fewer cannot tell what only {1 - coverage:.4g} of the rows exceed. Take a lower coverage, {_REMEDY}"
            )
