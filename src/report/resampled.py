"""Metrics of many resamples of the rows at once: what `src.metrics.evaluate` gives for each of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from src.heads.head import Prediction
from src.metrics.evaluate import evaluate
from src.report.answered import Answered
from src.task import Task

_LEAST = torch.finfo(torch.float64).eps  # as in src.metrics
_UNDEFINED = float("nan")

Formula = Callable[[Answered, Tensor], Tensor]
"""Of rows and their weights float64 [resamples, n]: the metric [resamples], NaN where it is undefined."""


def resampled(tested: Answered, names: Sequence[str], weights: Tensor) -> dict[str, Tensor]:
    """By name, of several numbers also name_target: float64 [resamples], NaN where a metric is undefined.

    `weights` float64 [resamples, n]: what each row counts, its own weight times how often it was drawn.
    """
    if tested.output.task is Task.REGRESSION and len(tested.output.targets) > 1:
        return _of_several(tested, names, weights)
    return {name: _one(tested, name, weights) for name in names}


def _of_several(tested: Answered, names: Sequence[str], weights: Tensor) -> dict[str, Tensor]:
    each = [resampled(of_target(tested, j), names, weights) for j in range(len(tested.output.targets))]
    means = {name: torch.stack([one[name] for one in each]).mean(0) for name in names}
    targets = tested.output.targets
    return means | {f"{name}_{t}": one[name] for t, one in zip(targets, each, strict=True) for name in names}


def of_target(tested: Answered, number: int) -> Answered:
    """As if the number were the only target."""
    part, found, output = tested.part, tested.prediction, tested.output
    if len(output.targets) == 1:
        return tested
    beside = {name: values[:, number] for name, values in found.beside.items()}
    alone = replace(output, targets=(output.targets[number],))
    return Answered(replace(part, y=part.y[:, number]), Prediction(found.point[:, number], beside=beside), alone)


def _one(tested: Answered, name: str, weights: Tensor) -> Tensor:
    if (formula := _AT_ONCE.get(name)) is not None:
        return formula(tested, weights)
    measured = (evaluate(tested.prediction, tested.y, tested.output, each, [name]) for each in weights)
    return torch.tensor([found.get(name, _UNDEFINED) for found in measured], dtype=torch.float64)


def _mean(values: Callable[[Answered], Tensor]) -> Formula:
    return lambda tested, weights: weights @ values(tested) / weights.sum(1)


def _right(tested: Answered) -> Tensor:
    return (tested.prediction.point == tested.y).double().reshape(len(tested), -1)


def _squares(tested: Answered) -> Tensor:
    """Brier: of two classes the square of one of the errors, of several their sum, of labels their mean."""
    probability, task = tested.prediction.probability, tested.output.task
    if task is Task.MULTILABEL:
        return (probability - tested.y).square().mean(1)
    error = (probability - torch.nn.functional.one_hot(tested.y, probability.shape[1])).square()
    return error[:, 1] if task is Task.BINARY else error.sum(1)


def _inside(tested: Answered) -> Tensor:
    """1 where the truth is in what is said beside the prediction: a set of classes, or an interval."""
    if tested.output.has_sets:
        return tested.sets.gather(1, tested.y[:, None])[:, 0].double()
    beside = tested.prediction.beside
    return ((beside["lower"] <= tested.y) & (tested.y <= beside["upper"])).double()


def _error(tested: Answered) -> Tensor:
    return tested.prediction.point - tested.y


def _r2(tested: Answered, weights: Tensor) -> Tensor:
    y, total = tested.y.double(), weights.sum(1)
    mean = weights @ y / total
    shifted = y - y.mean()  # smaller numbers, whose squares lose less
    spread = weights @ shifted.square() / total - (mean - y.mean()).square()
    explained = 1 - weights @ _error(tested).square() / total / spread
    several = torch.where(weights > 0, y, -torch.inf).amax(1) > torch.where(weights > 0, y, torch.inf).amin(1)
    return torch.where(several, explained, _UNDEFINED)


def _hits(value: Callable[[Tensor, Tensor, Tensor], Tensor], second_only: bool = False) -> Formula:
    """Macro means over classes or labels that are chosen or true; `value` of the weights that are both, chosen, true,
    each [resamples, classes]."""

    def formula(tested: Answered, weights: Tensor) -> Tensor:
        chosen, true = (_members(tested, each)[:, int(second_only) :] for each in (tested.prediction.point, tested.y))
        both, of_chosen, of_true = weights @ (chosen * true), weights @ chosen, weights @ true
        return value(both, of_chosen, of_true).nanmean(1)

    return formula


def _members(tested: Answered, values: Tensor) -> Tensor:
    """float64 [n, classes or labels]: 1 for those that the row is of."""
    if tested.output.task is Task.MULTILABEL:
        return values.double()
    return torch.nn.functional.one_hot(values, len(tested.output.classes)).double()


def _precision(both: Tensor, chosen: Tensor, true: Tensor) -> Tensor:
    return torch.where(chosen > 0, both / chosen, torch.where(true > 0, 0.0, _UNDEFINED))


def _recall(both: Tensor, chosen: Tensor, true: Tensor) -> Tensor:
    return torch.where(true > 0, both / true, torch.where(chosen > 0, 0.0, _UNDEFINED))


def _ranking(area: Callable[[Tensor, Tensor], Tensor], both: bool) -> Formula:
    """Means over the classes or labels; `area` of the weights of the true rows and of the others at each distinct
    score, from the highest down, each [resamples, scores]."""

    def formula(tested: Answered, weights: Tensor) -> Tensor:
        areas = []
        for asked in tested.asked(both):
            distinct, place = torch.unique(-asked.score, return_inverse=True)
            empty = torch.zeros(len(weights), len(distinct), dtype=torch.float64)
            of_true, of_others = (
                empty.index_add(1, place[rows], weights[:, rows]) for rows in (asked.true, ~asked.true)
            )
            defined = (of_true.sum(1) > 0) & (of_others.sum(1) > 0)
            areas.append(torch.where(defined, area(of_true, of_others), _UNDEFINED))
        return torch.stack(areas).mean(0)

    return formula


def _roc_auc(of_true: Tensor, of_others: Tensor) -> Tensor:
    above = of_true.cumsum(1) - of_true / 2
    return (above * of_others).sum(1) / (of_true.sum(1) * of_others.sum(1))


def _average_precision(of_true: Tensor, of_others: Tensor) -> Tensor:
    hits, chosen = of_true.cumsum(1), (of_true + of_others).cumsum(1)
    precision = torch.where(chosen > 0, hits / chosen, 0.0)
    return (of_true * precision).sum(1) / of_true.sum(1)


_AT_ONCE: dict[str, Formula] = {
    "accuracy": _mean(lambda tested: _right(tested).mean(1)),
    "exact_match": _mean(lambda tested: _right(tested).amin(1)),
    "log_loss": _mean(Answered.surprise),
    "brier": _mean(_squares),
    "mse": _mean(lambda tested: _error(tested).square()),
    "rmse": lambda tested, weights: _mean(lambda each: _error(each).square())(tested, weights).sqrt(),
    "mae": _mean(lambda tested: _error(tested).abs()),
    "r2": _r2,
    "f1": _hits(lambda both, chosen, true: 2 * both / (chosen + true)),
    "precision": _hits(_precision),
    "recall": _hits(_recall),
    "balanced_accuracy": _hits(lambda both, _, true: both / true),
    "f1_binary": _hits(lambda both, chosen, true: 2 * both / (chosen + true), second_only=True),
    "precision_binary": _hits(_precision, second_only=True),
    "recall_binary": _hits(_recall, second_only=True),
    "set_size": _mean(lambda tested: tested.sets.sum(1).double()),
    "interval_width": _mean(lambda tested: tested.prediction.beside["upper"] - tested.prediction.beside["lower"]),
    "coverage": _mean(_inside),
    "roc_auc": _ranking(_roc_auc, both=True),
    "average_precision": _ranking(_average_precision, both=False),
}
"""The others are measured resample by resample."""
