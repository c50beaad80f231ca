from typing import Any

import pytest
import rtdl_revisiting_models
import torch
from pydantic import ValidationError
from torch import Tensor
from torch.testing import assert_close

from src.config.ft_transformer import FtTransformer as FtTransformerSection
from src.gradient import Gradient
from src.losses.build import build_loss
from src.models.categorical import MISSING, UNSEEN
from src.models.ft_transformer import FtTransformer
from src.spec import InputSpec, OutputSpec
from src.steps import StepPlan
from src.task import Task

MIXED = InputSpec(("a", "b", "c"), (0.0,) * 3, (0.0,) * 3, (1.0,) * 3, (False, False, True), ("d", "e"), (5, 4))
NUMBERS = InputSpec(("a", "b", "c"), (0.0,) * 3, (0.0,) * 3, (1.0,) * 3, (False,) * 3, (), ())


def authors(input: InputSpec, d_out: int, n_blocks: int, **settings: Any) -> Any:
    torch.manual_seed(1)
    made: Any = rtdl_revisiting_models.FTTransformer(
        n_cont_features=len(input.numeric) + sum(input.indicator),
        cat_cardinalities=list(input.cardinalities),
        d_out=d_out,
        n_blocks=n_blocks,
        d_block=24,
        ffn_d_hidden_multiplier=4 / 3,
        **settings,
    )
    return made


def with_weights_of(reference: Any, network: FtTransformer) -> FtTransformer:
    ours, vectors = network.state_dict(), []
    for name, value in reference.state_dict().items():
        if name.startswith("cat_embeddings.embeddings"):
            vectors.append(value)
        elif not name.endswith("W_k.bias"):  # acts on nothing; ours has none
            ours[renamed(name)] = value
    if vectors:
        ours["categories.weight"] = torch.cat(vectors)
    network.load_state_dict(ours)
    return network


RENAMED = {
    "cls_embedding.weight": "cls",
    "cont_embeddings": "numbers",
    "cat_embeddings": "categories",
    "backbone.": "",
    "attention_normalization": "norm",
    "W_": "",
    "ffn_normalization": "ffn.0",
    "ffn.linear1": "ffn.1",
    "ffn.linear2": "ffn.4",
    "output.normalization": "layers.0",
    "output.linear": "layers.2",
}


def renamed(name: str) -> str:
    for theirs, ours in RENAMED.items():
        name = name.replace(theirs, ours)
    return name


def rows(input: InputSpec, n: int = 20) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(n, len(input.numeric), generator=generator)
    if any(input.indicator):
        x[::3, 2] = float("nan")
    drawn = [torch.randint(size, (n, 1), generator=generator) for size in input.cardinalities]
    return x, torch.cat([torch.empty(n, 0, dtype=torch.int64), *drawn], dim=1)


@pytest.mark.parametrize("input", [MIXED, NUMBERS])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("n_blocks", "n_heads"), [(1, 4), (3, 4), (2, 1)])
@pytest.mark.parametrize("dropouts", [(0.0, 0.0, 0.0), (0.3, 0.0, 0.0), (0.2, 0.3, 0.4)])
def test_it_equals_the_authors_network_on_the_same_weights(
    input: InputSpec, training: bool, n_blocks: int, n_heads: int, dropouts: tuple[float, float, float]
) -> None:
    keys = ("attention_dropout", "ffn_dropout", "residual_dropout")
    settings: dict[str, Any] = dict(zip(keys, dropouts, strict=True)) | {"attention_n_heads": n_heads}
    reference = authors(input, 3, n_blocks, **settings).train(training)
    # of the last block the authors work out all tokens, and drop some of what nobody reads
    reference.backbone.blocks[-1]["ffn_normalization"].register_forward_pre_hook(lambda _, x: (x[0][:, :1],))
    network = with_weights_of(reference, FtTransformer(input, 3, n_blocks=n_blocks, d_block=24, **settings))
    network.train(training)
    x_num, x_cat = rows(input)
    torch.manual_seed(3)
    expected = reference(network.numeric(x_num), x_cat if input.cardinalities else None)
    torch.manual_seed(3)
    assert_close(network(x_num, x_cat), expected)


def test_its_defaults_are_those_of_the_authors() -> None:
    theirs = rtdl_revisiting_models.FTTransformer.get_default_kwargs()
    del theirs["_is_default"], theirs["ffn_d_hidden"]
    section = FtTransformerSection().model_dump()
    assert section == {"name": "ft_transformer", "ensemble": 1, **theirs}


def test_the_initial_weights_have_the_range_of_those_of_the_authors() -> None:
    no_dropout = {"attention_dropout": 0.0, "ffn_dropout": 0.0, "residual_dropout": 0.0}
    reference = authors(MIXED, 20, 2, attention_n_heads=4, **no_dropout)
    network = FtTransformer(MIXED, 20, n_blocks=2, d_block=24, attention_n_heads=4)
    drawn = {name: weight.detach().abs().max() for name, weight in network.named_parameters()}
    for name, weight in with_weights_of(reference, network).named_parameters():
        assert_close(drawn[name], weight.detach().abs().max(), rtol=0.2, atol=0, msg=name)


def test_values_unseen_and_missing_start_as_the_column_alone() -> None:
    network = FtTransformer(MIXED, 2, d_block=24, attention_n_heads=4).eval()
    assert network.categories is not None
    tokens = network.categories(torch.tensor([[UNSEEN, MISSING], [MISSING, UNSEEN], [2, 3]]))
    assert tokens[0].equal(network.categories.bias)
    assert tokens[1].equal(network.categories.bias)
    assert not tokens[2].allclose(network.categories.bias)


def test_parts_of_a_batch_meet_the_dropout_of_the_whole() -> None:
    output = OutputSpec(("kind",), Task.MULTICLASS, ("x", "y", "z"))
    x_num, x_cat = rows(MIXED)
    y = torch.arange(20) % 3
    found = []
    for accumulate in (1, 3):
        torch.manual_seed(0)
        network = FtTransformer(MIXED, 3, d_block=24, attention_n_heads=4, residual_dropout=0.3)
        loss = build_loss({"name": "auto"}, output, y)
        torch.manual_seed(7)
        value = Gradient(network, loss, plan(accumulate)).of_batch(network.numeric(x_num), x_cat, y)
        found.append((value, [weight.grad for weight in network.parameters()]))
    assert_close(found[1], found[0], rtol=1e-5, atol=1e-6)


def plan(accumulate: int) -> StepPlan:
    return StepPlan(
        rows=20,
        batch_size=20,
        max_epochs=1,
        accumulate=accumulate,
        gradient_clip=None,
        seed=0,
        rank=0,
        world=1,
        device="cpu",
        threads=1,
        precision="32",
        parameters=1,
    )


def test_it_tells_how_many_tokens_a_row_is() -> None:
    assert FtTransformer(MIXED, 2, d_block=8).vectors == 1 + 4 + 2  # CLS; three numbers, an indicator; two categories


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"d_block": 20}, "d_block: 20 cannot be cut into 8 equal parts, one for each of attention_n_heads"),
        ({"d_block": 8, "ffn_d_hidden_multiplier": 0.1}, "ffn_d_hidden_multiplier: 0.1 of d_block: 8 is less than one"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        FtTransformerSection(**keys)
