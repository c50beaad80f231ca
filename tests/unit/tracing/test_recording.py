from pathlib import Path

import polars as pl
import pytest
import torch

from src.models.mlp import Mlp
from src.spec import InputSpec
from src.tracing.layers import is_weighted_sum, layers_of, word
from src.tracing.recording import Recording, record
from src.tracing.trace import networks_of, trace
from src.tracing.weighted_sum import sum_of, weights_of
from tests.architectures import ARCHITECTURES, untrained

ROW = {"bill_length_mm": 40.0, "bill_depth_mm": 16.8, "flipper_length_mm": 192.0, "body_mass_g": None}
FRAME = pl.DataFrame({**{name: [value] for name, value in ROW.items()}, "island": ["Dream"], "sex": [None]})
ALL = pytest.mark.parametrize("name", ARCHITECTURES)


def recorded(penguins: Path, *overrides: str) -> Recording:
    predictor = untrained(penguins, *overrides)
    return record(networks_of(predictor)[0], *predictor.features.encode(FRAME))


def words(recording: Recording) -> dict[str, list[str]]:
    return {layer.name: [word(step) for step in layer.steps] for layer in layers_of(recording.steps)}


@ALL
def test_logits_and_answer_are_those_of_the_prediction_to_the_last_bit(penguins: Path, name: str) -> None:
    predictor = untrained(penguins, *ARCHITECTURES[name])
    with torch.no_grad():
        logits = predictor.bundle.network(*predictor.features.encode(FRAME))
    traced = trace(predictor, FRAME)
    assert traced.answer == predictor.predict(FRAME).row(0, named=True)
    passed = [each.logits for each in traced.passes]
    assert torch.equal(passed[0] if len(passed) == 1 else torch.stack(passed, dim=1), logits)
    together = predictor.predict_encoded(*predictor.features.encode(FRAME)).probability
    assert torch.equal(torch.softmax(traced.logits.double(), dim=1), together)


@ALL
def test_last_layer_is_the_output_and_gives_the_logits(penguins: Path, name: str) -> None:
    recording = recorded(penguins, *ARCHITECTURES[name])
    assert layers_of(recording.steps)[-1].name == "output"
    assert torch.equal(recording.steps[-1].given, recording.logits)


@ALL
def test_weighted_sum_is_that_of_its_terms(penguins: Path, name: str) -> None:
    sums = [step for step in recorded(penguins, *ARCHITECTURES[name]).steps if is_weighted_sum(step)]
    assert sums
    for step in sums:
        of = sum_of(step, step.given.numel() - 1)
        torch.testing.assert_close(of.weights @ of.inputs + of.bias, step.given.flatten()[-1], rtol=1e-4, atol=1e-5)


def test_weights_of_a_plain_layer_are_its_own(lesson: Path) -> None:
    step = next(step for step in recorded(lesson, "model.hidden=[3]").steps if is_weighted_sum(step))
    assert torch.equal(weights_of(step, [0, 1, 2]), step.module.get_parameter("weight"))


def test_layers_have_the_names_of_a_lesson(lesson: Path) -> None:
    assert words(recorded(lesson, "model.hidden=[10,10]", "model.dropout=0.5")) == {
        "input": ["scaled"],
        "hidden 1": ["weighted sum", "relu"],
        "hidden 2": ["weighted sum", "relu"],
        "output": ["weighted sum"],
    }


def test_residual_layer_ends_with_its_input_added(penguins: Path) -> None:
    recording = recorded(penguins, *ARCHITECTURES["mlp"])
    assert words(recording) == {
        "input": ["scaled", "categories"],
        "hidden 1": ["weighted sum", "batch norm", "relu"],
        "hidden 2": ["weighted sum", "batch norm", "relu", "plus its input"],
        "output": ["weighted sum"],
    }


def test_layers_beside_the_chain_have_the_names_of_their_modules(penguins: Path) -> None:
    names = [*words(recorded(penguins, *ARCHITECTURES["ft_transformer"]))]
    of_block = [*(f"attention.{name}" for name in ("q", "k", "v", "out")), "ffn.1", "ffn.4"]
    assert names == ["input", *(f"blocks.{number}.{name}" for number in (0, 1) for name in of_block), "output"]


def test_encoder_of_no_numbers_says_nothing() -> None:
    categories_only = InputSpec((), (), (), (), (), ("island",), (5,))
    network = Mlp(categories_only, 2, hidden=[3]).eval()
    recording = record(network, torch.empty(1, 0), torch.tensor([[2]]))
    assert words(recording)["input"] == ["categories"]


def test_network_is_left_without_hooks(penguins: Path) -> None:
    predictor = untrained(penguins, *ARCHITECTURES["mlp"])
    trace(predictor, FRAME, torch.tensor([0]))
    assert not any(module._forward_hooks for module in predictor.bundle.network.modules())
    assert all(weight.grad is None for weight in predictor.bundle.network.parameters())
