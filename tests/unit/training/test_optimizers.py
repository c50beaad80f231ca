import inspect
import typing
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from src.config.optimizer import Adam, AdamW, Optimizer, RmsProp, Sgd
from src.config.section import Section
from src.optimizers import build

SECTIONS: list[type[Section]] = list(typing.get_args(typing.get_args(Optimizer)[0]))
CLASSES: dict[str, type[torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
}


def steps(optimizer: torch.optim.Optimizer, network: nn.Module, count: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    for _ in range(count):
        x, y = torch.randn(16, 6, generator=generator), torch.randn(16, 2, generator=generator)
        optimizer.zero_grad()
        (network(x) - y).square().mean().backward()
        optimizer.step()
    return [weight.detach() for weight in network.parameters()]


def two_networks() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    one = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2))
    other = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2))
    other.load_state_dict(one.state_dict())
    return one, other


@pytest.mark.parametrize("count", [1, 25])
@pytest.mark.parametrize(
    "section",
    [
        Sgd(),
        Sgd(lr=0.1, momentum=0.0, weight_decay=0.01),
        Sgd(lr=0.05, momentum=0.8, nesterov=True),
        Adam(),
        Adam(lr=0.01, betas=[0.5, 0.9], eps=1e-4, weight_decay=0.1),
        AdamW(),
        AdamW(lr=0.01, betas=[0.5, 0.9], eps=1e-4, weight_decay=0.1),
        RmsProp(),
        RmsProp(lr=0.01, alpha=0.9, momentum=0.5, eps=1e-4, weight_decay=0.1),
    ],
    ids=str,
)
def test_steps_equal_those_of_the_class_in_torch(section: Section, count: int) -> None:
    ours, reference = two_networks()
    arguments: dict[str, Any] = section.model_dump()
    kind: Any = CLASSES[arguments.pop("name")]
    expected = steps(kind(reference.parameters(), **arguments, foreach=False), reference, count)
    assert_close(steps(build(section.model_dump(), ours.parameters()), ours, count), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("section", SECTIONS)
def test_yaml_keys_are_arguments_of_the_class_in_torch(section: type[Section]) -> None:
    arguments = section().model_dump()
    kind = CLASSES[arguments.pop("name")]
    assert set(arguments) <= set(inspect.signature(kind).parameters)
    assert type(build(section().model_dump(), [nn.Parameter(torch.zeros(2))])) is kind


def test_every_optimizer_of_the_configuration_is_tested_here() -> None:
    assert {section().model_dump()["name"] for section in SECTIONS} == set(CLASSES)
