import itertools
from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import Tensor

from src.assemble import assemble
from src.config.config import Config
from src.config.dataset import Dataset
from src.data.prepare import prepare
from src.data.prepared import Prepared
from src.replayed import Replayed
from src.signals import StopFlag
from tests.architectures import ARCHITECTURES
from tests.short_run import ROOT, config_of

SMALL = ("trainer.batch_size=20",)
CLASSES = (*SMALL, "dataset.columns.categorical=[island,sex]")
NUMBERS = (
    *(*SMALL, "dataset.target=flipper_length_mm", "dataset.where='flipper_length_mm is not null'"),
    *("dataset.columns.numeric=[bill_length_mm,bill_depth_mm]", "dataset.split.by=random"),
)
BALANCED = "loss=cross_entropy", "loss.class_weights=balanced", "loss.label_smoothing=0.1"
NETWORKS = "mlp", "layer norm", "embedded categories", "periodic", "piecewise linear", "linear", "resnet", "realmlp"
RECIPES = {
    **{name: (*CLASSES, *ARCHITECTURES[name]) for name in NETWORKS},
    "clipped": (*CLASSES, "model.dropout=0.3", "trainer.gradient_clip=0.1"),
    "averaged": (*CLASSES, "trainer.ema={decay: 0.9}"),
    "muon": (*CLASSES, "optimizer=muon"),
    "weights": (*SMALL, "dataset.weight=year", *BALANCED),
    **{name: (*NUMBERS, f"loss={name}") for name in ("mse", "huber", "quantile", "gaussian_nll", "poisson")},
}


@cache
def prepared(dataset: str) -> Prepared:
    return prepare(Dataset.model_validate_json(dataset), ROOT)


def trained(config: Config, replayed: bool) -> list[Tensor]:
    """The losses of an epoch and what the network is after it."""
    with StopFlag() as stop:
        learner = assemble(config, prepared(config.dataset.model_dump_json()), stop)
        assert learner.plan.replayed
        learner.gradient.plan = replace(learner.plan, replayed=replayed)
        learner.on_train_start()
        learner.start_epoch()
        torch.manual_seed(3)
        losses, _ = learner.steps.run(learner.feeds["train"], learner.plan.batch_starts, 0)
        assert len(losses) == learner.plan.steps_per_epoch > 5
        sizes = {stop - start for start, stop in itertools.pairwise(learner.plan.batch_starts)}
        assert len(learner.gradient.replayed) == (len(sizes) if replayed else 0)
        return [losses, *learner.network.state_dict().values()]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_bit_is_that_of_autograd(recipe: str) -> None:
    config = config_of(*RECIPES[recipe])
    for mine, reference in zip(trained(config, True), trained(config, False), strict=True):
        assert torch.equal(mine, reference)


def fresh(*sizes: int) -> Tensor:
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(sum(sizes)))


def test_lists_several_results_and_options_are_repeated() -> None:
    def function(a: Tensor, b: Tensor) -> list[Tensor]:
        values, places = torch.stack([a, b.t().t(), a + b]).max(dim=0)
        return [values, places, values.sum(dim=[0], dtype=torch.float64)]

    repeated = Replayed(function, [fresh(3, 4), fresh(3, 4)])
    again = torch.ones(3, 4), -2 * torch.ones(3, 4)
    for mine, reference in zip(repeated(*again), function(*again), strict=True):
        assert torch.equal(mine, reference)
        assert mine.dtype == reference.dtype


def test_what_is_taken_from_elsewhere_is_changed_there_and_found_as_it_is() -> None:
    weight, count = torch.nn.Parameter(fresh(2)), torch.zeros(())

    def function(x: Tensor) -> list[Tensor]:
        count.add_(1)
        return [torch.autograd.grad((weight * weight * x).sum(), weight)[0]]

    repeated = Replayed(function, [torch.ones(2)])
    with torch.no_grad():
        weight.copy_(torch.tensor([3.0, 5.0]))
    assert repeated(torch.tensor([1.0, 2.0]))[0].tolist() == [6.0, 20.0]
    assert count == 2


def test_random_numbers_are_drawn_anew_as_the_function_draws_them() -> None:
    def function(x: Tensor) -> list[Tensor]:
        return [torch.nn.functional.dropout(x, 0.5), x.new_empty(9).bernoulli_(0.5)]

    repeated, x = Replayed(function, [fresh(9)]), fresh(9)
    torch.manual_seed(1)
    mine = [*repeated(x), *repeated(x)]
    torch.manual_seed(1)
    for one, reference in zip(mine, [*function(x), *function(x)], strict=True):
        assert torch.equal(one, reference)


def test_what_depends_on_a_number_is_not_repeated() -> None:
    with pytest.raises(AssertionError, match="what depends on numbers cannot be repeated"):
        Replayed(lambda x: [x if x.sum().item() > 0 else -x], [fresh(3)])
