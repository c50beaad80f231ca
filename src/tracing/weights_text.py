"""The weights that the loss depends on most."""

from torch import nn

from src.tracing.gradients import Backward
from src.tracing.numbers import product, shown
from src.tracing.spread import strongest
from src.tracing.trace import Pass
from src.tracing.weight_names import weight_name

_SHOWN = 5


def weights_text(of: Pass, back: Backward) -> list[str]:
    """A table, and what the first gradient in it is made of."""
    found = [
        (name, place, gradient.flatten()[place].item())
        for name, gradient in back.of_weights.items()
        for place in strongest(gradient.flatten(), _SHOWN)
    ]
    largest = sorted(found, key=lambda each: -abs(each[2]))[:_SHOWN]
    count = sum(gradient.numel() for gradient in back.of_weights.values())
    cells = [("", "weight", "dL/dw"), *(_cells(of, *each) for each in largest)]
    first, second, third = (max(map(len, column)) for column in zip(*cells, strict=True))
    table = [f"  {name:<{first}}  {weight:>{second}}  {slope:>{third}}" for name, weight, slope in cells]
    return [f"the largest dL/dw of {count:,}", *table, *_product(of, back, *largest[0][:2])]


def _cells(of: Pass, parameter: str, place: int, slope: float) -> tuple[str, str, str]:
    weight = of.network.get_parameter(parameter).flatten()[place].item()
    return weight_name(of, parameter, place), shown(weight), shown(slope)


def _product(of: Pass, back: Backward, parameter: str, place: int) -> list[str]:
    """What the gradient of a weight is made of, in a plain layer."""
    step = next((layer.sums for layer in of.layers if f"{layer.sums.path}.weight" == parameter), None)
    if step is None or type(step.module) is not nn.Linear or step.given.numel() != step.module.out_features:
        return []
    to, source = divmod(place, step.module.in_features)
    slope, value = back.of(step).flatten()[to].item(), step.taken.flatten()[source].item()
    return [f"  the first: dL/d weighted sum · what comes in = {product(slope, value)} = {shown(slope * value)}"]
