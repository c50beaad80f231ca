"""The way of a row through the layers of a network, in words and numbers."""

from itertools import groupby

from src.models.numeric import NumericEncoder
from src.tracing.columns import rows
from src.tracing.layers import Layer, is_weighted_sum, word
from src.tracing.numbers import added, product, shown
from src.tracing.trace import Pass
from src.tracing.weighted_sum import sum_of

_MOST_TERMS = 6


def forward_text(of: Pass) -> list[str]:
    """A few lines for each layer, an empty one before each; what the network sees of the cells is told elsewhere."""
    return [line for layer in of.layers for line in _layer(of, layer)]


def _layer(of: Pass, layer: Layer) -> list[str]:
    told = [step for step in layer.steps if not isinstance(step.module, NumericEncoder)]
    lines = [""] if told else []
    for names, steps in groupby(told, of.names):
        title = layer.name if lines == [""] else ""
        lines += rows(title, names, [(word(step), step.given) for step in steps])
    if is_weighted_sum(layer.sums) and layer.sums.path.startswith("layers."):
        lines.append(_written_out(of, layer))
    return lines


def _written_out(of: Pass, layer: Layer) -> str:
    """`  neuron 3: 0.52·0.31 + 0.10 = 0.26 → relu 0.26`, of the neuron with the largest activation."""
    sums = layer.sums
    same = layer.values if layer.values.shape == sums.given.shape else sums.given
    neuron = int(same.argmax())
    name = of.names(sums)[neuron]
    sum = sum_of(sums, neuron)
    terms = sum_in_words(sum.weights.tolist(), sum.inputs.tolist())
    then = [
        f" → {word(step)} {shown(step.given.flatten()[neuron].item())}"
        for step in layer.steps[1:]
        if step.given.shape == sums.given.shape
    ]
    bias = [shown(sum.bias)] if sum.bias else []
    what = name if layer.name == "output" else f"neuron {name}"
    return f"  {what}: {added([*terms, *bias])} = {shown(sum.total)}{''.join(then)}"


def sum_in_words(weights: list[float], inputs: list[float]) -> list[str]:
    """The terms, without those that are 0; of many the largest, and what the others add up to."""
    terms = sorted(zip(weights, inputs, strict=True), key=lambda term: -abs(term[0] * term[1]))
    terms = [(weight, value) for weight, value in terms if weight * value]
    if len(terms) <= _MOST_TERMS:
        return [product(*term) for term in terms]
    rest = terms[_MOST_TERMS - 1 :]
    smaller = shown(sum(weight * value for weight, value in rest))
    return [*(product(*term) for term in terms[: _MOST_TERMS - 1]), f"{smaller} ({len(rest)} smaller)"]
