from pathlib import Path

import pytest
import torch

from src.inference import Predictor
from src.rows import from_text
from src.spec import OutputSpec, PostHoc
from src.task import Task
from src.tracing.text import as_text
from src.tracing.trace import trace
from src.tracing.truth import truth
from tests.architectures import ARCHITECTURES, untrained
from tests.unit.tracing.test_recording import FRAME

LESSON = """\
the row              given  as the network sees it
  bill_length_mm         1                    1.00
  bill_depth_mm          2                    2.00
  flipper_length_cm     -1                   -1.00
  body_mass_hg         0.5                    0.50

mlp 4 → 2 → 3: 19 weights and biases

hidden 1                 1      2
  weighted sum        0.50  -0.50
  relu                0.50      0
  neuron 1: 1.00·1.00 + 1.00·(-1.00) + 0.50 = 0.50 → relu 0.50

output               Adelie  Chinstrap  Gentoo
  weighted sum         1.00       0.10   -0.50
  Adelie: 2.00·0.50 = 1.00

softmax                Adelie  Chinstrap    Gentoo
  probability        0.613610   0.249475  0.136915
  Adelie: e^1.00 / (e^1.00 + e^0.10 + e^-0.50) = 0.613610

species              Adelie

loss                 cross_entropy of Gentoo: -log 0.136915 = 1.99
                     dL/d logit = softmax - truth, for Gentoo 0.136915 - 1 = -0.86

mlp 4 → 2 → 3: 19 weights and biases, back from the loss

output               Adelie  Chinstrap  Gentoo
  dL/d weighted sum    0.61       0.25   -0.86

hidden 1                 1      2
  dL/d relu           2.09  -1.73
  dL/d weighted sum   2.09      0
  neuron 1: dL/d relu = 2.00·0.61 - 1.00·(-0.86) = 2.09

input                bill_length_mm  bill_depth_mm  flipper_length_cm  body_mass_hg
  dL/d scaled                  2.09              0               2.09             0

the largest dL/dw of 19
                                   weight  dL/dw
  hidden 1, 1 ← bill_depth_mm           0   4.18
  hidden 1, 1 ← bill_length_mm       1.00   2.09
  hidden 1, 1 ← flipper_length_cm    1.00  -2.09
  hidden 1, 1: bias                  0.50   2.09
  hidden 1, 1 ← body_mass_hg            0   1.05
  the first: dL/d weighted sum · what comes in = 2.09·2.00 = 4.18"""


def told(predictor: Predictor, true: str | None = None) -> str:
    return as_text(trace(predictor, FRAME, None if true is None else truth(true, predictor.features.output)))


def small(lesson: Path) -> Predictor:
    """4-2-3 with weights that a reader can follow; what it gets is not scaled."""
    predictor = untrained(lesson, "model.hidden=[2]")
    network = predictor.bundle.network
    weights = {
        "numeric.center": torch.zeros(4),
        "numeric.scale": torch.ones(4),
        "layers.0.weight": torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.5, -1.0, 0.0, 2.0]]),
        "layers.0.bias": torch.tensor([0.5, 0.0]),
        "layers.2.weight": torch.tensor([[2.0, 1.0], [0.0, 1.0], [-1.0, 3.0]]),
        "layers.2.bias": torch.tensor([0.0, 0.1, 0.0]),
    }
    network.load_state_dict(network.state_dict() | weights)
    return predictor


def test_small_network_is_written_out(lesson: Path) -> None:
    predictor = small(lesson)
    row = from_text("[1, 2, -1, 0.5]", predictor.features)
    text = as_text(trace(predictor, row, truth("Gentoo", predictor.features.output)))
    notes, rest = text.split("the row", 1)
    assert "bill_length_mm lies far outside" in notes
    assert f"the row{rest}".splitlines() == LESSON.splitlines()


def test_without_a_truth_nothing_is_said_of_loss_and_gradient(lesson: Path) -> None:
    text = told(small(lesson))
    assert "loss" not in text
    assert "dL" not in text


def test_wide_layer_is_told_by_its_spread_and_its_strongest(penguins: Path) -> None:
    text = told(untrained(penguins, "model.hidden=[64]"), "Adelie")
    assert "  weighted sum       64 numbers: mean " in text
    assert "  dL/d relu          64 numbers: mean " in text
    assert " smaller) " in text


def test_every_kind_of_network_can_be_told(penguins: Path) -> None:
    for overrides in ARCHITECTURES.values():
        lines = told(untrained(penguins, *overrides), "Adelie").splitlines()
        assert any(line.startswith("output ") for line in lines)
        assert any(line.startswith("the largest dL/dw of ") for line in lines)


def test_members_are_told_one_by_one_and_then_together(penguins: Path) -> None:
    text = told(untrained(penguins, *ARCHITECTURES["ensemble"]))
    places = [text.index(part) for part in ("member 1 of 3", "member 2 of 3", "member 3 of 3", "mean of 3 members")]
    assert places == sorted(places)


def test_missing_cell_and_category_are_told(penguins: Path) -> None:
    lines = told(untrained(penguins, *ARCHITECTURES["mlp"])).splitlines()
    assert any(line.startswith("  body_mass_hg ") and "missing, taken as 4" in line for line in lines)
    assert any(line.split() == ["island", "Dream", "category", "2"] for line in lines)
    assert any(line.split() == ["sex", "missing", "missing"] for line in lines)


PRICES = OutputSpec(("net", "gross"), Task.REGRESSION, center=(10.0, 20.0), scale=(2.0, 4.0))
PRICE = OutputSpec(("price",), Task.REGRESSION, center=(10.0,), scale=(2.0,))
GRADES = OutputSpec(("grade",), Task.MULTICLASS, ("1", "2", "3"))


@pytest.mark.parametrize(
    ("loss", "output", "true", "logits", "said"),
    [
        ("binary_cross_entropy", OutputSpec(("a",), Task.BINARY, ("no", "yes")), "yes", ["yes"], "sigmoid"),
        ("focal", OutputSpec(("a",), Task.BINARY, ("no", "yes")), "no", ["yes"], "loss focal of no:"),
        ("auto", OutputSpec(("a", "b"), Task.MULTILABEL), "[1, 0]", ["a", "b"], "binary_cross_entropy of a:"),
        ("huber", PRICE, "12", ["price"], "huber of 12, in the network's units:"),
        ("mse", PRICES, "[12, 21]", ["net", "gross"], "mse of 12, 21, in the network's units:"),
        ("quantile", PRICE, "12", ["q0.1", "q0.5", "q0.9"], "prediction_q0.9"),
        ("gaussian_nll", PRICE, "12", ["mean", "variance"], "prediction_std"),
        ("poisson", OutputSpec(("visits",), Task.REGRESSION), "3", ["visits"], "visits: e^"),
        ("coral", GRADES, "2", ["above 1", "above 2"], "classes of coral"),
        ("corn", GRADES, "3", ["above 1", "above 2"], "corn of 3:"),
    ],
)
def test_what_the_head_makes_of_the_logits_is_told(
    penguins: Path, loss: str, output: OutputSpec, true: str, logits: list[str], said: str
) -> None:
    headed = {"head": loss, "levels": (0.1, 0.5, 0.9) if loss == "quantile" else ()}
    if loss in ("quantile", "gaussian_nll", "poisson", "coral", "corn"):
        output = OutputSpec(**vars(output) | headed)
    predictor = untrained(penguins, "model.hidden=[4]", f"loss={loss}", output=output)
    text = told(predictor, true)
    words = [line.split() for line in text.splitlines()]
    answer = predictor.predict(FRAME).row(0, named=True)
    assert ["output", *" ".join(logits).split()] in words
    assert any(said in " ".join(line) for line in words)
    for name, value in answer.items():
        assert (f"{value:.6f}" if name.startswith("probability_") else str(value)) in text


def test_calibration_and_decision_are_told_apart_from_the_sigmoid(penguins: Path) -> None:
    post_hoc = PostHoc(temperature=(2.0,), threshold=(0.9,))
    output = OutputSpec(("a",), Task.BINARY, ("no", "yes"), post_hoc=post_hoc)
    predictor = untrained(penguins, "model.hidden=[4]", output=output)
    lines = [line.split() for line in told(predictor, "yes").splitlines()]
    answer = predictor.predict(FRAME).row(0, named=True)
    logit = trace(predictor, FRAME).logits
    plain, calibrated = torch.sigmoid(logit.double()).item(), torch.sigmoid(logit.double() / 2).item()
    assert ["probability", f"{1 - plain:.6f}", f"{plain:.6f}"] in lines
    assert ["calibrated", f"{1 - calibrated:.6f}", f"{calibrated:.6f}"] in lines
    assert answer["probability_yes"] == pytest.approx(calibrated)
    assert ["a", "no"] in lines
    assert ["decided", "from", "0.900000", "on"] in lines


def test_set_of_classes_is_listed(penguins: Path) -> None:
    grades = OutputSpec(**vars(GRADES) | {"post_hoc": PostHoc(coverage=0.9, radius=(1.0, 1.0, 1.0))})
    predictor = untrained(penguins, "model.hidden=[4]", output=grades)
    assert predictor.predict(FRAME)["prediction_set"][0].to_list() == ["1", "2", "3"]
    assert "\nprediction_set       1, 2, 3\n" in told(predictor) + "\n"
