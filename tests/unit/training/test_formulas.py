"""The formulas that programs of whole steps are made of, against torch.optim."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.optim import SGD, Adagrad, Adam, AdamW, NAdam, Optimizer, RMSprop

from src.optimizers.formulas import formula_of


def moved(make: type[Optimizer], options: dict[str, Any], gradients: Tensor, by_formula: bool) -> Tensor:
    """A weight after one step of torch's and then one for each other gradient."""
    weight = torch.linspace(-1, 1, 6, requires_grad=True)
    optimizer = make([weight], **options)
    formula = formula_of(optimizer)
    assert formula is not None
    for step, gradient in enumerate(gradients, 1):
        weight.grad = gradient.clone()
        if step == 1 or not by_formula:
            optimizer.step()
            continue
        state = {key: value for key, value in optimizer.state[weight].items() if isinstance(value, Tensor)}
        numbers = tuple(torch.tensor(formula.numbers_of(step)).unbind())
        with torch.no_grad():
            formula.update(weight, gradient, state, torch.tensor(options["lr"]), options["weight_decay"], numbers)
    return weight.detach()


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (SGD, {"momentum": 0.0}),
        (SGD, {"momentum": 0.9}),
        (SGD, {"momentum": 0.9, "nesterov": True}),
        (Adam, {"betas": (0.8, 0.95), "eps": 1e-3}),
        (AdamW, {"betas": (0.8, 0.95)}),
        (RMSprop, {"alpha": 0.9, "momentum": 0.0}),
        (RMSprop, {"alpha": 0.9, "momentum": 0.5}),
        (Adagrad, {"lr_decay": 0.1, "initial_accumulator_value": 0.2}),
    ],
)
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_a_formula_moves_weights_as_torch_does(
    make: type[Optimizer], options: dict[str, Any], weight_decay: float
) -> None:
    options = {"lr": 0.05, "weight_decay": weight_decay, **options}
    gradients = torch.randn(7, 6, generator=torch.Generator().manual_seed(0))
    mine, theirs = (moved(make, options, gradients, by_formula) for by_formula in (True, False))
    torch.testing.assert_close(mine, theirs, rtol=2e-6, atol=1e-7)


def test_other_optimizers_have_none() -> None:
    assert formula_of(NAdam([torch.zeros(1)])) is None
