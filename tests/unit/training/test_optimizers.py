import inspect
import typing
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn
from torch.testing import assert_close

from src.config.adam import Adam, Adamax, AdamW, NAdam, RAdam
from src.config.optimizer import Adadelta, Adagrad, Optimizer, RmsProp, Sgd
from src.config.section import Section
from src.optimizers import build

SECTIONS: list[type[Section]] = list(typing.get_args(typing.get_args(Optimizer)[0]))
CLASSES: dict[str, type[torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adamax": torch.optim.Adamax,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
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
        Adamax(),
        Adamax(lr=0.01, betas=[0.5, 0.9], eps=1e-4, weight_decay=0.1),
        NAdam(),
        NAdam(lr=0.01, betas=[0.5, 0.9], eps=1e-4, weight_decay=0.1, momentum_decay=0.05),
        NAdam(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True),
        RAdam(),
        RAdam(lr=0.01, betas=[0.5, 0.9], eps=1e-4, weight_decay=0.1),
        RAdam(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True),
        Adagrad(),
        Adagrad(lr=0.1, lr_decay=0.1, initial_accumulator_value=0.2, eps=1e-4, weight_decay=0.1),
        Adadelta(),
        Adadelta(lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.1),
        RmsProp(),
        RmsProp(lr=0.01, alpha=0.9, momentum=0.5, eps=1e-4, weight_decay=0.1),
    ],
    ids=str,
)
def test_steps_equal_those_of_the_class_in_torch(section: Section, count: int) -> None:
    ours, reference = two_networks()
    arguments: dict[str, Any] = section.model_dump()
    del arguments["decay_biases_and_norms"]
    kind: Any = CLASSES[arguments.pop("name")]
    expected = steps(kind(reference.parameters(), **arguments, foreach=False), reference, count)
    assert_close(steps(build(section.model_dump(), [*ours.parameters()]), ours, count), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("section", SECTIONS)
def test_yaml_keys_are_arguments_of_the_class_in_torch(section: type[Section]) -> None:
    arguments = section().model_dump()
    kind = CLASSES[arguments.pop("name")]
    assert arguments.pop("decay_biases_and_norms") is True  # the only key of ours
    assert set(arguments) <= set(inspect.signature(kind).parameters)
    assert type(build(section().model_dump(), [nn.Parameter(torch.zeros(2))])) is kind


def test_every_optimizer_of_the_configuration_is_tested_here() -> None:
    assert {section().model_dump()["name"] for section in SECTIONS} == set(CLASSES)


@pytest.mark.parametrize("section", SECTIONS)
def test_weight_decay_can_spare_all_but_matrices(section: type[Section]) -> None:
    def trained(**keys: float | bool) -> dict[str, Tensor]:
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.Embedding(4, 2))
        with torch.no_grad():
            for weight in network.parameters():
                weight.fill_(1.0)
                weight.grad = torch.zeros_like(weight)  # then weights move by their decay alone
        build(section.model_validate({"lr": 0.1, **keys}).model_dump(), [*network.parameters()]).step()
        return {name: weight.detach() for name, weight in network.named_parameters()}

    everywhere = trained(weight_decay=0.1)
    assert all((weight < 1).all() for weight in everywhere.values())
    spared = trained(weight_decay=0.1, decay_biases_and_norms=False)
    for name, weight in spared.items():
        assert_close(weight, everywhere[name] if name in ("0.weight", "2.weight") else torch.ones_like(weight))


@pytest.mark.parametrize(
    ("section", "keys"), [(Adam, {"decay_biases_and_norms": False}), (NAdam, {"decoupled_weight_decay": True})]
)
def test_a_key_about_weight_decay_without_any_is_refused(section: type[Section], keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"has no effect without a weight_decay above 0"):
        section(**keys)
