"""The loss that a bundle was trained with."""

from typing import Any

import torch
from torch import Tensor

from src.errors import ConfigError
from src.losses.build import build_loss
from src.losses.row_loss import RowLoss
from src.spec import OutputSpec
from src.task import Task


def configured_loss(facts: dict[str, Any], output: OutputSpec) -> RowLoss:
    """`facts` of the bundle. Raises ConfigError if it weights classes by their frequency and the bundle, an old one,
    does not say how frequent they are."""
    section, rows = facts["config"]["loss"], facts["data"]["rows"]["train"]
    if section.get("class_weights") != "balanced":
        return build_loss(section, output, torch.empty(0, dtype=torch.int64))
    if not facts.get("classes"):
        raise ConfigError(
            "true=: the loss weights classes by their frequency (loss.class_weights: balanced), which this bundle, "
            "written by an older Rookery, does not hold; train again, or leave true= out"
        )
    return build_loss(section, output, _truths(facts["classes"], rows, output.task))


def _truths(counts: dict[str, int], rows: int, task: Task) -> Tensor:
    """As many train rows of each class, or with each label, as there were; their order makes no difference."""
    each = torch.tensor(list(counts.values()))
    if task is Task.MULTILABEL:
        return (torch.arange(rows)[:, None] < each).long()
    return torch.arange(len(each)).repeat_interleave(each)
