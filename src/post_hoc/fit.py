"""Everything that is fitted on the validation rows once a network is trained, one after the other."""

from dataclasses import replace

import torch
from torch import Tensor

from src.config import prediction as section
from src.heads.head import Prediction
from src.post_hoc.adjust import adjusted
from src.post_hoc.calibration import log, logit
from src.post_hoc.conformal import class_scores, radius, value_scores
from src.post_hoc.isotonic import Curve, rising_curve
from src.post_hoc.temperature import best_temperature
from src.post_hoc.threshold import best_threshold
from src.spec import OutputSpec, PostHoc
from src.task import Task


def fit_post_hoc(
    settings: section.Prediction, answers: Prediction, y: Tensor, weight: Tensor | None, output: OutputSpec
) -> PostHoc:
    """`answers` of a head (nothing fitted in them) for rows with the truth `y`, which `check` has looked at; `weight`
    [n]: what the rows count.

    Each step sees the answers as the ones before it have made them: the threshold that is best for probabilities that
    are calibrated, then sets of these.
    """
    counted = torch.ones(len(y), dtype=torch.float64) if weight is None else weight.double()
    found = _calibration(settings.calibration, answers.probability, y, counted, output)
    found = _decision(settings.decision, adjusted(answers, replace(output, post_hoc=found)), y, counted, output, found)
    if settings.coverage is None:
        return found
    answers = adjusted(answers, replace(output, post_hoc=found))
    radii = _radii(settings.coverage, settings.coverage_per_class, answers, y, counted, output)
    return replace(found, coverage=settings.coverage, radius=radii)


def _calibration(how: str, probability: Tensor, y: Tensor, weight: Tensor, output: OutputSpec) -> PostHoc:
    match how:
        case "temperature" if output.task is Task.MULTILABEL:
            logits = torch.nn.functional.pad(logit(probability)[..., None], (1, 0))  # of no, which is 0, and of yes
            labels = zip(logits.unbind(1), y.unbind(1), strict=True)
            return PostHoc(temperature=tuple(best_temperature(each, truth, weight) for each, truth in labels))
        case "temperature":
            return PostHoc(temperature=(best_temperature(log(probability), y, weight),))
        case "isotonic":
            return PostHoc(curves=_curves(probability, y, weight, output))
    return PostHoc()


def _curves(probability: Tensor, y: Tensor, weight: Tensor, output: OutputSpec) -> tuple[Curve, ...]:
    """One against the rest."""
    of_classes = zip(probability.T, hits_of(y, output).T, strict=True)
    curves = [rising_curve(score, hit.double(), weight) for score, hit in of_classes]
    return tuple(curves[1:] if output.task is Task.BINARY else curves)


def _decision(
    decision: section.Decision, answers: Prediction, y: Tensor, weight: Tensor, output: OutputSpec, found: PostHoc
) -> PostHoc:
    """`found`, and how classes or labels are chosen."""
    places = range(len(output.targets)) if output.task is Task.MULTILABEL else [1]
    match decision:
        case section.Decision(by="costs", costs=list(costs)):
            return replace(found, costs=tuple(map(tuple, costs)))
        case section.Decision(by="threshold", threshold=float(threshold)):
            return replace(found, threshold=(threshold,) * len(places))
        case section.Decision(by="metric", metric=str(metric)):
            scores, hits = answers.probability, hits_of(y, output)
            of_label = "f1_binary" if output.task is Task.MULTILABEL and metric == "f1" else metric
            thresholds = (best_threshold(scores[:, j], hits[:, j], weight, of_label) for j in places)
            return replace(found, threshold=tuple(thresholds))
    return found


def _radii(
    coverage: float, per_class: bool, answers: Prediction, y: Tensor, weight: Tensor, output: OutputSpec
) -> tuple[float, ...]:
    """Of each class, the same for all unless `per_class`, or of each target."""
    if output.task is Task.REGRESSION:
        scores = value_scores(answers, y, output).reshape(len(y), -1)
        return tuple(radius(each, weight, coverage) for each in scores.T)
    scores, classes = class_scores(answers, y), range(len(output.classes))
    if not per_class:
        return (radius(scores, weight, coverage),) * len(classes)
    return tuple(radius(scores[y == k], weight[y == k], coverage) for k in classes)


def hits_of(y: Tensor, output: OutputSpec) -> Tensor:
    """bool [n, classes] or [n, labels]: which of them each row has."""
    return y == 1 if output.task is Task.MULTILABEL else y[:, None] == torch.arange(len(output.classes))
