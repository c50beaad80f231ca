"""The loss of the row, in words and numbers."""

from collections.abc import Iterator

from torch import Tensor

from src.data.names import shortened
from src.losses.class_losses import CrossEntropyLoss, LabelLoss
from src.losses.row_loss import RowLoss
from src.outputs import head_of
from src.task import Task
from src.tracing.numbers import probable, shown
from src.tracing.trace import Trace


def loss_text(trace: Trace, loss: RowLoss, y: Tensor) -> list[str]:
    """What was asked for, and of the lesson's loss the formula."""
    section = trace.predictor.bundle.facts["config"]["loss"]
    name = trace.output.task.default_loss if section["name"] == "auto" else section["name"]
    losses = [each.backward.loss for each in trace.passes if each.backward is not None]
    of_members = f", the mean of {', '.join(map(shown, losses))}" if len(losses) > 1 else ""
    settings = "".join(f", {each}" for each in _settings(trace, loss, y))
    value = shown(sum(losses) / len(losses))
    formula, slope = _formula(trace, loss, y)
    return [f"{'loss':<21}{name} of {true_words(trace, y)}{settings}: {formula}{value}{of_members}", *slope]


def true_words(trace: Trace, y: Tensor) -> str:
    """The truth as the command line gave it."""
    output = trace.output
    match output.task:
        case Task.MULTILABEL:
            return ", ".join(name for name, has in zip(output.targets, y[0].tolist(), strict=True) if has) or "no label"
        case Task.REGRESSION:
            return ", ".join(f"{value:g}" for value in y.flatten().tolist())
    return shortened(output.classes[int(y[0])])


def _settings(trace: Trace, loss: RowLoss, y: Tensor) -> Iterator[str]:
    """What else of the configuration is in it."""
    if trace.output.head == "plain" and (weight := loss.of_class(y)) is not None:
        yield f"times the class weight {shown(weight.item())}"
    if isinstance(loss, LabelLoss) and loss.pos_weight is not None:
        yield f"having a label counts {', '.join(map(shown, loss.pos_weight.tolist()))}"
    if loss.label_smoothing:
        yield f"label smoothing {loss.label_smoothing:g}"
    if trace.output.task is Task.REGRESSION and (trace.output.center or trace.output.quantiles):
        yield "in the network's units"
    if column := trace.predictor.bundle.facts["config"]["dataset"].get("weight"):
        yield f"without the row's {column}"


def _formula(trace: Trace, loss: RowLoss, y: Tensor) -> tuple[str, list[str]]:
    """`-log 0.25 = ` of one plain cross-entropy, and the line about its gradient."""
    plain = isinstance(loss, CrossEntropyLoss) and not loss.label_smoothing and loss.class_weights is None
    if not plain or trace.members > 1:
        return "", []
    share = head_of(trace.output).predicted(trace.logits).probability[0, int(y[0])].item()
    slope = (
        f"{'':<21}dL/d logit = softmax - truth, for {true_words(trace, y)} {probable(share)} - 1 = {shown(share - 1)}"
    )
    return f"-log {probable(share)} = ", [slope]
