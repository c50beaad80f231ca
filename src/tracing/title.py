"""A network in a few words."""

from src.inference import Predictor
from src.models.build import parameter_count
from src.tracing.trace import Pass


def title(predictor: Predictor, of: Pass, number: int, members: int) -> str:
    """`mlp 4 → 10 → 10 → 3: 193 weights and biases`; `number` of the ensemble's `members`, from 0."""
    member = f", member {number + 1} of {members}" if members > 1 else ""
    model = predictor.bundle.facts["config"]["model"]["name"]
    return f"{model}{_widths(of)}{member}: {parameter_count(of.network):,} weights and biases"


def _widths(of: Pass) -> str:
    """Of the weighted sums that end in the outputs."""
    sums = [layer.sums for layer in of.layers if layer.name == "output" or layer.name.startswith("hidden")]
    shapes = [sums[0].taken.shape[1:], *(step.given.shape[1:] for step in sums)] if sums else []
    return " " + " → ".join(" x ".join(map(str, shape)) for shape in shapes) if shapes else ""
