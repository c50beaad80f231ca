"""Networks as a bundle holds them, with the columns of a finished run and initial weights."""

import copy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from src.bundle import Bundle
from src.config.config import Config
from src.inference import Predictor
from src.models.build import build
from src.models.ensemble import Ensemble
from src.spec import OutputSpec
from tests.short_run import config_of

ARCHITECTURES: dict[str, tuple[str, ...]] = {
    "mlp": ("model.hidden=[6,6]", "model.norm=batch", "model.residual=true", "model.dropout=0.2"),
    "layer norm": ("model.hidden=[5,4]", "model.norm=layer", "model.activation=[tanh,gelu]"),
    "embedded categories": ("model.hidden=[20]", "model.categorical=embedding"),
    "periodic": ("model.hidden=[8]", "model.numeric_embedding.name=periodic"),
    "piecewise linear": ("model.hidden=[8]", "model.numeric_embedding.name=piecewise_linear"),
    "linear": ("model=linear",),
    "resnet": ("model=resnet", "model.d_block=8"),
    "tabm": ("model=tabm", "model.members=3", "model.d_block=6"),
    "tabm mini": ("model=tabm", "model.members=3", "model.d_block=6", "model.form=mini"),
    "realmlp": ("model=realmlp", "model.hidden=[8,8]"),
    "ft_transformer": ("model=ft_transformer", "model.n_blocks=2", "model.d_block=16"),
    "ensemble": ("model.hidden=[5]", "model.ensemble=3"),
    "custom": (
        *("model=custom", "model.path=docs/custom_network.py", "model.class_name=Gated"),
        *("model.arguments={width: 4}", "allow_custom=true"),
    ),
}
"""One of each kind that can be in a bundle: the overrides that make it."""


def untrained(folder: Path, *overrides: str, output: OutputSpec | None = None) -> Predictor:
    """`folder` of the run that the columns come from, `output` in the place of its own. No weight is 0 by design."""
    bundle, config = Bundle.load(folder / "bundle"), _config(overrides)
    features = replace(bundle.features, output=output or bundle.features.output)
    section: dict[str, Any] = config.model.model_dump()
    torch.manual_seed(0)
    members = [
        build(section, features.input, features.output.d_out, features.output.parallel)
        for _ in range(section.get("ensemble", 1))
    ]
    network = members[0] if len(members) == 1 else Ensemble(members)
    _disturb([*network.parameters()])
    facts = copy.deepcopy(bundle.facts) | {"config": config.to_dict()}
    return Predictor(Bundle(network.eval(), features, facts))


@cache
def _config(overrides: tuple[str, ...]) -> Config:
    """Many tests look at the same networks, and composing takes longer than building."""
    return config_of(*overrides)


@torch.no_grad()
def _disturb(weights: list[Tensor]) -> None:
    for weight in weights:
        weight.add_(0.1 * torch.randn(weight.shape))
