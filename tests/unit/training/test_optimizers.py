import inspect
import re
import typing
from typing import Any

import pytest
import schedulefree
import torch
from pydantic import ValidationError
from torch import Tensor, nn
from torch.testing import assert_close

from src.config.adam import Adam, Adamax, AdamW, NAdam, RAdam, ScheduleFreeAdamW
from src.config.optimizer import Adadelta, Adagrad, Muon, Optimizer, RmsProp, Sgd
from src.config.section import Section
from src.errors import ConfigError
from src.models.build import build
from src.optimizers.build import build_optimizer
from src.spec import InputSpec

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
    "schedulefree_adamw": schedulefree.AdamWScheduleFree,
}


def steps(optimizer: torch.optim.Optimizer, network: nn.Module, count: int, skip: int = 0) -> list[Tensor]:
    """The weights after steps `skip` to before `count`."""
    generator = torch.Generator().manual_seed(0)
    for step in range(count):
        x, y = torch.randn(16, 6, generator=generator), torch.randn(16, 2, generator=generator)
        if step < skip:
            continue
        network.zero_grad()
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
        ScheduleFreeAdamW(),
        ScheduleFreeAdamW(lr=0.01, betas=[0.5, 0.9], eps=1e-4, weight_decay=0.1),
    ],
    ids=str,
)
def test_steps_equal_those_of_the_class_that_others_wrote(section: Section, count: int) -> None:
    ours, reference = two_networks()
    arguments: dict[str, Any] = section.model_dump()
    del arguments["decay_biases_and_norms"], arguments["lr_factors"], arguments["decay_factors"]
    kind: Any = CLASSES[arguments.pop("name")]
    theirs = kind(reference.parameters(), **arguments, foreach=False)
    if isinstance(theirs, schedulefree.AdamWScheduleFree):
        theirs.train()
    expected = steps(theirs, reference, count)
    assert_close(steps(build_optimizer(section.model_dump(), ours), ours, count), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("section", [section for section in SECTIONS if section is not Muon])
def test_yaml_keys_are_arguments_of_the_class(section: type[Section]) -> None:
    arguments = section().model_dump()
    kind = CLASSES[arguments.pop("name")]
    assert arguments.pop("decay_biases_and_norms") is True  # the only keys of ours
    assert arguments.pop("lr_factors") == arguments.pop("decay_factors") == {}
    assert set(arguments) <= set(inspect.signature(kind).parameters)
    assert type(build_optimizer(section().model_dump(), nn.Linear(2, 2))) is kind


def test_every_optimizer_of_the_configuration_is_tested_here() -> None:
    assert {section().model_dump()["name"] for section in SECTIONS} == {*CLASSES, "muon"}


@pytest.mark.parametrize("section", SECTIONS)
def test_weight_decay_can_spare_all_but_matrices(section: type[Section]) -> None:
    def trained(**keys: float | bool) -> dict[str, Tensor]:
        torch.manual_seed(0)
        network = nn.Sequential(
            nn.Linear(6, 8), nn.LayerNorm(8), nn.Embedding(4, 2), nn.Linear(8, 8), nn.Linear(8, 2)
        )
        with torch.no_grad():
            for weight in network.parameters():
                weight.fill_(1.0)
                weight.grad = torch.zeros_like(weight)  # then weights move by their decay alone
        build_optimizer(section.model_validate({"lr": 0.1, **keys}).model_dump(), network).step()
        return {name: weight.detach() for name, weight in network.named_parameters()}

    everywhere = trained(weight_decay=0.1)
    assert all((weight < 1).all() for weight in everywhere.values())
    spared = trained(weight_decay=0.1, decay_biases_and_norms=False)
    for name, weight in spared.items():
        assert_close(weight, everywhere[name] if weight.ndim == 2 else torch.ones_like(weight))


@pytest.mark.parametrize(
    ("section", "keys"), [(Adam, {"decay_biases_and_norms": False}), (NAdam, {"decoupled_weight_decay": True})]
)
def test_a_key_about_weight_decay_without_any_is_refused(section: type[Section], keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"has no effect without a weight_decay above 0"):
        section(**keys)


def network_of_parts() -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            "layers": nn.Sequential(*(nn.Linear(3, 3) for _ in range(11))),
            "categorical": nn.ModuleDict({"embeddings": nn.ModuleList([nn.Embedding(4, 2)])}),
        }
    )


def factors(lr_factors: dict[str, float], **keys: Any) -> dict[str, float]:
    """Name of each weight to its learning rate, as a multiple of 0.1."""
    network = network_of_parts()
    optimizer = build_optimizer(AdamW(lr=0.1, lr_factors=lr_factors, **keys).model_dump(), network)
    names = {weight: name for name, weight in network.named_parameters()}
    found: dict[str, float] = {}
    for group in optimizer.param_groups:
        assert group["lr"] == pytest.approx(0.1 * group["lr_factor"])
        found |= {names[weight]: group["lr_factor"] for weight in group["params"]}
    assert len(found) == len(names)
    return found


def test_without_factors_all_weights_are_one_group_in_their_order() -> None:
    network = network_of_parts()
    [group] = build_optimizer(AdamW().model_dump(), network).param_groups
    assert [*map(id, group["params"])] == [*map(id, network.parameters())]
    assert group["lr_factor"] == 1.0


def test_a_factor_acts_on_the_weights_that_begin_or_end_with_its_name() -> None:
    found = factors({"layers.1": 2.0, "bias": 0.1, "categorical": 3.0})
    assert found.pop("layers.1.weight") == 2.0
    assert found.pop("layers.1.bias") == pytest.approx(0.2)  # two names stand for it
    assert found.pop("categorical.embeddings.0.weight") == 3.0
    assert {name: factor for name, factor in found.items() if factor != 1.0} == {
        f"layers.{number}.bias": 0.1 for number in range(11) if number != 1
    }


def test_factors_leave_the_decay_as_it_is() -> None:
    network = network_of_parts()
    section = AdamW(lr_factors={"layers.0": 2.0}, weight_decay=0.3, decay_biases_and_norms=False)
    names = {weight: name for name, weight in network.named_parameters()}
    for group in build_optimizer(section.model_dump(), network).param_groups:
        for weight in group["params"]:
            assert group["weight_decay"] == (0.0 if names[weight].endswith("bias") else 0.3)
            assert group["lr_factor"] == (2.0 if names[weight].startswith("layers.0") else 1.0)


def test_the_decay_of_parts_has_factors_too() -> None:
    network = network_of_parts()
    factors_of_decay = {"layers.0": 6.0, "layers.1": 0.0, "bias": 0.5}
    section = AdamW(weight_decay=0.3, decay_factors=factors_of_decay)
    names = {weight: name for name, weight in network.named_parameters()}
    groups = build_optimizer(section.model_dump(), network).param_groups
    found = {names[weight]: group["weight_decay"] for group in groups for weight in group["params"]}
    assert found["layers.0.weight"] == pytest.approx(1.8)
    assert found["layers.0.bias"] == pytest.approx(0.9)
    assert found["layers.1.weight"] == found["layers.1.bias"] == 0.0
    assert (found["layers.2.weight"], found["layers.2.bias"]) == (0.3, pytest.approx(0.15))
    sparing = section.model_copy(update={"decay_biases_and_norms": False})
    for group in build_optimizer(sparing.model_dump(), network).param_groups:
        assert all(weight.ndim > 1 for weight in group["params"]) or group["weight_decay"] == 0.0


def test_a_step_with_a_factor_is_one_with_that_learning_rate() -> None:
    ours, reference = two_networks()
    kind = build_optimizer(Sgd(lr=0.1, lr_factors={"0": 0.5, "2.bias": 3.0}).model_dump(), ours)
    expected = torch.optim.SGD(
        [
            {"params": reference.get_submodule("0").parameters(), "lr": 0.05},
            {"params": [reference.get_parameter("2.weight")], "lr": 0.1},
            {"params": [reference.get_parameter("2.bias")], "lr": 0.3},
        ],
        momentum=0.9,
    )
    assert_close(steps(kind, ours, 5), steps(expected, reference, 5))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("layer.1", "did you mean layers.1?"),
        ("weights", "did you mean weight?"),
        ("ayers.1", "did you mean layers.1?"),
        ("2", "there are bias, categorical, categorical.embeddings, layers, layers.0, layers.1"),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused(name: str, hint: str) -> None:
    sentence = f"optimizer.lr_factors.{name}: the network has no such part; {hint}"
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        factors({name: 2.0})
    with pytest.raises(ConfigError, match=re.escape(sentence.replace("lr_factors", "decay_factors"))):
        factors({}, weight_decay=0.1, decay_factors={name: 2.0})


MUON = Muon(lr=0.01, weight_decay=0.2, momentum=0.9, betas=[0.8, 0.9], lr_factors={"bias": 0.5})


def deep() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Linear(6, 8), nn.LayerNorm(8), nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 8), nn.Linear(8, 2)]
    return nn.Sequential(*layers)


def test_muon_moves_the_matrices_in_the_middle_and_adamw_all_else() -> None:
    ours, reference = deep(), deep()
    hidden = [reference.get_parameter(name) for name in ("2.weight", "4.weight")]
    others = [reference.get_parameter(name) for name in ("0.weight", "1.weight", "5.weight")]
    biases = [weight for name, weight in reference.named_parameters() if name.endswith("bias")]
    muon = torch.optim.Muon(hidden, lr=0.01, weight_decay=0.2, momentum=0.9, adjust_lr_fn="match_rms_adamw")
    groups: list[dict[str, Any]] = [{"params": others}, {"params": biases, "lr": 0.005}]
    adamw = torch.optim.AdamW(groups, lr=0.01, weight_decay=0.2, betas=(0.8, 0.9))
    optimizer = build_optimizer(MUON.model_dump(), ours)
    found = steps(optimizer, ours, 5)
    adamw.register_step_pre_hook(lambda *_: muon.step())  # type: ignore[no-untyped-call]
    steps(adamw, reference, 5)
    assert_close(found, [weight.detach() for weight in reference.parameters()], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "adamw"),
    [
        ({"name": "mlp", "hidden": [8, 8, 8]}, {"categorical.embeddings.0", "layers.0", "layers.6"}),
        ({"name": "resnet", "d_block": 8, "norm": "layer"}, {"categorical.embeddings.0", "layers.0", "layers.5"}),
        ({"name": "tabm", "n_blocks": 3, "d_block": 8}, {"categorical.embeddings.0", "layers.0", "layers.9"}),
    ],
)
def test_what_goes_into_a_network_and_out_of_it_is_left_to_adamw(model: dict[str, Any], adamw: set[str]) -> None:
    input = InputSpec(("a",), (0.0,), (0.0,), (1.0,), (False,), ("c",), (20,))
    network = build(model, input, 3)
    optimizer = build_optimizer(Muon().model_dump(), network)
    moved = {id(weight) for group in optimizer.param_groups if "nesterov" in group for weight in group["params"]}
    left = {name for name, weight in network.named_parameters() if weight.ndim > 1 and id(weight) not in moved}
    assert {name.removesuffix(".weight") for name in left if name.endswith(".weight")} == adamw


def test_muon_goes_on_from_its_state() -> None:
    whole, half = deep(), deep()
    expected = steps(build_optimizer(MUON.model_dump(), whole), whole, 6)
    first, second = (build_optimizer(MUON.model_dump(), half) for _ in range(2))
    steps(first, half, 3)
    second.load_state_dict(first.state_dict())
    assert_close(steps(second, half, 6, skip=3), expected, rtol=0, atol=0)


def test_a_learning_rate_that_is_set_after_loading_acts_on_both_kinds() -> None:
    network = deep()
    optimizer = build_optimizer(MUON.model_dump(), network)
    steps(optimizer, network, 1)
    optimizer.load_state_dict(optimizer.state_dict())
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    before = [weight.detach().clone() for weight in network.parameters()]
    assert_close(steps(optimizer, network, 1), before, rtol=0, atol=0)


@pytest.mark.parametrize("layers", [[nn.Linear(3, 2)], [nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)]])
def test_muon_without_a_matrix_in_the_middle_is_refused(layers: list[nn.Module]) -> None:
    with pytest.raises(ConfigError, match=r"optimizer: muon is for matrices between the first and the last layer, and"):
        build_optimizer(Muon().model_dump(), nn.Sequential(*layers))


@pytest.mark.parametrize(
    ("section", "keys", "sentence"),
    [
        (Sgd, {"momentum": 0.0, "nesterov": True}, "nesterov needs momentum above 0"),
        (Muon, {"momentum": 0.0}, "nesterov needs momentum above 0"),
        (ScheduleFreeAdamW, {"betas": [0.0, 0.9]}, "betas: the first must be above 0"),
    ],
)
def test_arguments_that_cannot_be_are_refused(section: type[Section], keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        section(**keys)
