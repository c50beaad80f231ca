"""Integrated gradients: what the columns add up to is what the network says."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.testing import assert_close

from docs.custom_network import Gated
from src import attribution
from src.attribution import attribute
from src.bundle import Bundle
from src.config.dataset import Dataset
from src.config.ft_transformer import FtTransformer
from src.config.linear import Linear
from src.config.mlp import Mlp
from src.data.prepare import prepare
from src.inference import Predictor
from src.models.categorical import MISSING
from tests.untrained import predictor, table

MODELS: dict[str, dict[str, Any]] = {
    "classes": {},
    "an ensemble": {"members": 2},
    "embeddings": {"model": Mlp(hidden=[9], categorical="embedding")},
    "periodic": {"model": Mlp.model_validate({"hidden": [9], "numeric_embedding": {"name": "periodic"}})},
    "tokens": {"model": FtTransformer(d_block=8, n_blocks=1)},
    "numbers": {"target": ["price", "cost"]},
    "labels": {"target": ["wet", "windy"]},
}


def nothing(x_num: torch.Tensor, x_cat: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.full_like(x_num, torch.nan), torch.full_like(x_cat, MISSING)


@pytest.mark.parametrize("name", MODELS)
def test_attributions_add_up_to_the_difference_in_the_answer(tmp_path: Path, name: str) -> None:
    model = predictor(tmp_path, **MODELS[name])
    x = model.features.encode(table(20, seed=1))
    found, said, before = attribute(model, *x), model.predict_encoded(*x), model.predict_encoded(*nothing(*x))
    assert found.values.shape == (20, len(model.features.output.columns("truth")), 4)
    if model.features.output.task.has_classes:
        difference = (said.probability - before.probability).gather(1, said.point[:, None])
    elif model.features.output.answers:
        difference = said.probability - before.probability
    else:
        difference = said.point - before.point
    assert_close(found.difference, difference, rtol=1e-4, atol=1e-5)
    assert_close(found.values.sum(2), difference, rtol=2e-3, atol=2e-3 * float(difference.abs().max()))
    assert found.is_complete.float().mean() > 0.9
    assert (found.values.abs().sum((0, 1)) > 0).all()


def test_of_a_weighted_sum_each_column_adds_its_weight_times_its_distance(tmp_path: Path) -> None:
    model = predictor(tmp_path, "price", model=Linear())
    features, network = model.features, model.bundle.network
    x_num, x_cat = features.encode(table(12, seed=1)[1:])
    found = attribute(model, x_num, x_cat).values[:, 0]
    weight = next(network.parameters())[0].double()
    (scale,) = features.output.scale
    impute, spread = (torch.tensor(getattr(features.input, name)).double() for name in ("impute", "scale"))
    distance = (x_num.double() - impute) / spread
    of_indicator = weight[2]  # `tenth` is there, and is not where nothing is known
    expected = scale * (weight[:2] * distance - torch.stack([of_indicator, torch.tensor(0.0)]))
    assert_close(found[:, :2], expected, rtol=1e-4, atol=1e-4)


def test_a_row_without_cells_has_nothing_to_add(tmp_path: Path) -> None:
    model = predictor(tmp_path)
    found = attribute(model, *nothing(*model.features.encode(table(3))))
    assert not found.values.any()
    assert found.is_complete.all()


@pytest.mark.parametrize("target", ["price", ["price", "cost"], ["wet", "windy"]])
def test_one_answer_of_each_row_can_be_asked_about(
    tmp_path: Path, target: str | list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribution, "_STEPS", (64,))
    model = predictor(tmp_path, target)
    x = model.features.encode(table(12, seed=1))
    of = torch.arange(12) % len([target] if isinstance(target, str) else target)
    found, everything = attribute(model, *x, of), attribute(model, *x)
    rows = torch.arange(12)
    assert found.values.shape == (12, 1, 4)
    assert_close(found.difference[:, 0], everything.difference[rows, of])
    assert_close(found.values[:, 0], everything.values[rows, of])


def test_a_class_can_be_asked_about_that_is_not_predicted(tmp_path: Path) -> None:
    model = predictor(tmp_path)
    x = model.features.encode(table(12, seed=1))
    point = model.predict_encoded(*x).point
    assert_close(attribute(model, *x, 1 - point).values, -attribute(model, *x, point).values, rtol=1e-3, atol=1e-5)


def test_the_example_of_a_network_of_ones_own_is_explained_without_categories_too(tmp_path: Path) -> None:
    table(60).write_csv(tmp_path / "train.csv")
    columns = {"numeric": ["mass", "length"]}
    dataset = Dataset.model_validate({"name": "t", "path": "train.csv", "target": "kind", "columns": columns})
    features = prepare(dataset, tmp_path).features
    network = Gated(features.input, features.output.d_out).eval()
    x = features.encode(table(12, seed=1))
    assert attribute(Predictor(Bundle(network, features, {"example": []})), *x).is_complete.all()


def test_rows_that_are_not_exact_get_more_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Predictor = predictor(tmp_path)
    x = model.features.encode(table(20, seed=1))
    monkeypatch.setattr(attribution, "_STEPS", (2,))
    rough = attribute(model, *x)
    monkeypatch.setattr(attribution, "_STEPS", (2, 256))
    fine = attribute(model, *x)
    assert fine.is_complete.sum() > rough.is_complete.sum()
    kept = rough.is_complete
    assert_close(fine.values[kept], rough.values[kept], rtol=0, atol=0)
    too_few = 256 * int((~kept).sum()) - 1
    assert_close(attribute(model, *x, most=too_few).values, rough.values, rtol=0, atol=0)
