"""What holds for every network."""

import inspect
import typing
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.testing import assert_close

from src.config.custom import Custom
from src.config.ft_transformer import FtTransformer
from src.config.linear import Linear
from src.config.mlp import Mlp
from src.config.model import Model
from src.config.network import Norm
from src.config.realmlp import RealMlp
from src.config.resnet import ResNet
from src.config.tabm import TabM
from src.models.batch_norm import BatchNorm
from src.models.build import ARCHITECTURES, build
from src.models.categorical import MISSING
from src.models.network import Network
from src.spec import InputSpec

MIXED = InputSpec(("a", "b"), (1.0, 2.0), (0.5, -1.0), (2.0, 3.0), (False, True), ("c", "d"), (4, 3))
NUMBERS = InputSpec(("a", "b"), (1.0, 2.0), (0.5, -1.0), (2.0, 3.0), (False, True), (), ())
WORDS = InputSpec((), (), (), (), (), ("c",), (4,))

SECTIONS: dict[str, Any] = {
    section.model_fields["name"].default: section
    for section in typing.get_args(typing.get_args(Model)[0])
    if section is not Custom
}
EVERY = pytest.mark.parametrize("name", ARCHITECTURES)


SMALL: dict[str, dict[str, Any]] = {"tabm": {"members": 4, "d_block": 16}}


def made(name: str, input: InputSpec, d_out: int, **settings: Any) -> Network:
    torch.manual_seed(0)
    return build({"name": name, **SMALL.get(name, {}), **settings}, input, d_out).eval()


def shape(network: Network, rows: int, d_out: int) -> tuple[int, ...]:
    """Of the logits."""
    return (rows, d_out) if network.members == 1 else (rows, network.members, d_out)


@EVERY
def test_no_row_has_no_answer(name: str) -> None:
    """A request may hold none."""
    network = made(name, MIXED, 2)
    with torch.no_grad():
        assert network(*(each[:0] for each in rows())).shape == shape(network, 0, 2)


def rows(n: int = 12) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x_num = torch.randn(n, 2, generator=generator)
    x_num[1, 0] = x_num[2, 1] = float("nan")
    x_cat = torch.stack([torch.randint(size, (n,), generator=generator) for size in (4, 3)], 1)
    return x_num, x_cat


def test_there_is_a_section_for_each_network() -> None:
    assert set(SECTIONS) == set(ARCHITECTURES)
    assert len(SECTIONS) > 2


@EVERY
def test_yaml_keys_are_the_arguments_of_the_constructor_with_the_same_defaults(name: str) -> None:
    signature = inspect.signature(ARCHITECTURES[name]).parameters.values()
    arguments = {each.name: each.default for each in signature if each.kind is inspect.Parameter.KEYWORD_ONLY}
    section = SECTIONS[name]().model_dump()
    assert section.pop("name") == name
    assert section.pop("ensemble") == 1
    assert list(section) == list(arguments)
    assert section == {key: list(value) if isinstance(value, tuple) else value for key, value in arguments.items()}


@EVERY
@pytest.mark.parametrize("d_out", [1, 4])
def test_it_gives_one_row_of_finite_logits_for_each_row(name: str, d_out: int) -> None:
    network = made(name, MIXED, d_out)
    logits = network(*rows())
    assert (logits.shape, logits.dtype) == (shape(network, 12, d_out), torch.float32)
    assert logits.isfinite().all()


@EVERY
def test_numbers_alone_or_categories_alone_are_enough(name: str) -> None:
    x_num, x_cat = rows()
    numbers, words = made(name, NUMBERS, 2), made(name, WORDS, 2)
    assert numbers(x_num, x_cat[:, :0]).shape == shape(numbers, 12, 2)
    assert words(x_num[:, :0], x_cat[:, :1]).shape == shape(words, 12, 2)


@EVERY
def test_encoding_the_numbers_beforehand_changes_nothing(name: str) -> None:
    network, (x_num, x_cat) = made(name, MIXED, 3), rows()
    assert network.from_encoded(network.numeric(x_num), x_cat).equal(network(x_num, x_cat))


@EVERY
def test_a_row_is_predicted_alike_alone_and_among_others(name: str) -> None:
    network, (x_num, x_cat) = made(name, MIXED, 3), rows()
    assert_close(network(x_num[:1], x_cat[:1]), network(x_num, x_cat)[:1])


ENCODINGS = [
    (name, {"categorical": how} if "categorical" in section.model_fields else {})
    for name, section in SECTIONS.items()
    for how in ("one_hot", "embedding")
]


@pytest.mark.parametrize(("name", "settings"), ENCODINGS)
def test_a_missing_category_has_no_effect_before_training(name: str, settings: dict[str, Any]) -> None:
    network = made(name, MIXED, 2, **settings)
    logits = network(torch.zeros(2, 2), torch.tensor([[0, 0], [MISSING, MISSING]]))
    assert_close(logits[0], logits[1])


@EVERY
def test_every_weight_learns(name: str) -> None:
    network = made(name, NUMBERS, 3).train()
    x_num, x_cat = rows()
    logits, y = network(x_num, x_cat[:, :0]).reshape(-1, 3), (torch.arange(12) % 3).repeat_interleave(network.members)
    F.cross_entropy(logits, y).backward()  # type: ignore[no-untyped-call]
    for key, weight in network.named_parameters():
        assert weight.grad is not None, key
        assert weight.grad.abs().max() > 1e-6, key


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("mlp", {"hidden": [64, 64]}),
        ("resnet", {"hidden_dropout": 0.0}),
        ("ft_transformer", {"n_blocks": 1, "d_block": 32, "attention_dropout": 0.0, "ffn_dropout": 0.0}),
    ],
)
def test_it_learns_a_batch_by_heart(name: str, settings: dict[str, Any]) -> None:
    network = made(name, MIXED, 3, **settings).train()
    x_num, x_cat = rows()
    y = torch.arange(12) % 3
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(200):
        optimizer.zero_grad()
        F.cross_entropy(network(x_num, x_cat), y).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert network(x_num, x_cat).argmax(1).equal(y)


@pytest.mark.parametrize("norm", typing.get_args(Norm))
def test_only_batch_norm_lets_a_row_act_on_another(norm: str) -> None:
    network = made("resnet", MIXED, 2, norm=norm, hidden_dropout=0.0).train()
    assert any(isinstance(module, BatchNorm) for module in network.modules()) == (norm == "batch")
    x_num, x_cat = rows()
    both, alone = network(x_num, x_cat)[:3], network(x_num[:3], x_cat[:3])
    assert both.allclose(alone, atol=1e-5) == (norm != "batch")


@pytest.mark.parametrize(
    ("section", "title"),
    [
        (Linear(), "linear"),
        (Mlp(hidden=[3, 4]), "mlp [3, 4]"),
        (ResNet(n_blocks=4), "resnet 4 x 192"),
        (TabM(form="mini"), "tabm mini 3 x 512, 32 members"),
        (FtTransformer(d_block=64), "ft_transformer 3 x 64"),
        (RealMlp(hidden=[64]), "realmlp [64]"),
        (Custom(class_name="Own"), "custom Own"),
    ],
)
def test_the_title_of_a_network_is_its_name_and_size(section: Any, title: str) -> None:
    assert section.title == title
