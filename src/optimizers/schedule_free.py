"""The door to the package `schedulefree`."""

from typing import Any

from schedulefree import AdamWScheduleFree
from torch.optim import Optimizer


def build_schedule_free(groups: list[dict[str, Any]], **arguments: Any) -> Optimizer:
    """Ready to step: its weights are those that gradients are taken at. `src.averaging` gives those to evaluate."""
    optimizer: Optimizer = AdamWScheduleFree(groups, **arguments, foreach=True)
    optimizer.train()  # type: ignore[attr-defined]
    return optimizer
