"""What the head makes of the logits, in words and numbers."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from src.data.names import listed, shortened
from src.outputs import head_of
from src.spec import OutputSpec, PostHoc
from src.task import Task
from src.tracing.columns import rows
from src.tracing.numbers import probable, shown
from src.tracing.trace import Trace
from src.tracing.unit_names import logit_names

_MOST_TERMS = 5
_WORDS = {"quantile": "quantiles", "gaussian_nll": "mean and deviation", "poisson": "rate"}


def head_word(output: OutputSpec) -> str:
    """softmax, sigmoid and so on."""
    if output.task is Task.MULTICLASS and output.head == "plain":
        return "softmax"
    if output.answers:
        return "sigmoid" if output.head == "plain" else f"classes of {output.head}"
    return _WORDS.get(output.head, "in units of the target")


def answer_text(trace: Trace) -> list[str]:
    """What the members say together, if there are several; probabilities, if there are any; the prediction."""
    output, members, lines = trace.output, trace.members, list[str]()
    if members > 1:
        lines = ["", *rows(f"mean of {members} members", logit_names(output), [("logit", trace.logits)])]
    formulas = [f"  {line}" for line in _written_out(trace.logits, output)]
    if not output.answers:
        return [*lines, "", head_word(output), *formulas, *answers(trace)]
    table = rows(head_word(output), output.answers, _probabilities(trace), probable)
    return [*lines, "", *table, *formulas, "", *answers(trace), *_decision(output.post_hoc)]


def _probabilities(trace: Trace) -> list[tuple[str, Tensor]]:
    """As the head gives them, and as they are after calibration, if there was one."""
    output = trace.output
    found = [("probability", head_of(output).predicted(trace.logits).probability)]
    if output.post_hoc.temperature or output.post_hoc.curves:
        found.append(("calibrated", torch.tensor([[trace.answer[f"probability_{name}"] for name in output.answers]])))
    return found


def _decision(post_hoc: PostHoc) -> list[str]:
    """By what, if not by the largest probability."""
    if post_hoc.threshold:
        return [f"{'decided from':<21}{', '.join(map(probable, post_hoc.threshold))} on"]
    return [f"{'decided by':<21}the costs of mistakes"] if post_hoc.costs else []


def answers(trace: Trace) -> list[str]:
    """The columns of `src.predict`, without probabilities: a line each."""
    columns = {name: value for name, value in trace.answer.items() if not name.startswith("probability_")}
    if len(trace.output.targets) == 1:
        columns = {trace.output.targets[0]: columns.pop("prediction"), **columns}
    return [f"{name:<21}{_said(value)}" for name, value in columns.items()]


def _said(value: Any) -> str:
    return listed(value) if isinstance(value, list) else shortened(str(value))


def answer_line(trace: Trace) -> str:
    """The same in one line: `species Gentoo`."""
    return "; ".join(" ".join(line.split()) for line in answers(trace))


def _written_out(logits: Tensor, output: OutputSpec) -> Iterator[str]:
    """The formula with its numbers, where a line has room for it."""
    values = logits[0].tolist()
    match output.head, output.task:
        case "plain", Task.MULTICLASS:
            yield _softmax(values, output.classes)
        case "plain", Task.BINARY | Task.MULTILABEL:
            for name, value in zip(logit_names(output), values, strict=True):
                yield f"{shortened(name)}: 1 / (1 + e^{shown(-value)}) = {probable(_sigmoid(value))}"
        case "poisson", _:
            for name, value, mean in zip(output.targets, values, output.center or [1.0] * len(values), strict=True):
                yield f"{name}: e^{shown(value)}·{mean:.6g} = {math.exp(value) * mean:.6g}"
        case "plain", _ if output.center and not output.log:
            for name, value, center, scale in zip(output.targets, values, output.center, output.scale, strict=True):
                yield f"{name}: {shown(value)}·{scale:.6g} + {center:.6g} = {value * scale + center:.6g}"


def _softmax(logits: list[float], classes: tuple[str, ...]) -> str:
    best = max(range(len(logits)), key=logits.__getitem__)
    powers = [f"e^{shown(logit)}" for logit in logits]
    below = " + ".join(powers[:_MOST_TERMS]) + (
        f" + {len(powers) - _MOST_TERMS} more" if len(powers) > _MOST_TERMS else ""
    )
    share = 1 / sum(math.exp(logit - logits[best]) for logit in logits)
    return f"{shortened(classes[best])}: {powers[best]} / ({below}) = {probable(share)}"


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit > 0 else math.exp(logit) / (1 + math.exp(logit))
