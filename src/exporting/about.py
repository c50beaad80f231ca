"""What an exported file says about itself: in its metadata as JSON, and in the card beside it."""

from typing import Any

from src.bundle import Bundle
from src.exporting.answering import SET, Answering
from src.spec import OutputSpec

FORMAT = 1
"""Raised when the inputs, the outputs or this description change their form."""

KEY = "rookery"
"""Of the metadata of ONNX; of PT2 the file extra/rookery.json."""

_CELLS = {
    "number": "float64 [n, 1], NaN where missing",
    "text": 'string [n, 1], "" where missing',
    "date": "int64 [n, 1], microseconds since 1970-01-01 UTC, -2**63 (NumPy's NaT) where missing",
}
_CODES = "int64 [n, 1]: the place of the text in `known`, counted from 2; 1 where missing, 0 for any other text"


def about(bundle: Bundle, answering: Answering, strings: bool) -> dict[str, Any]:
    """JSON-able. `strings`: whether the format has them; else codes are given and class numbers come out."""
    output, facts = bundle.features.output, bundle.facts
    answers = zip(answering.names, answering.outputs, strict=True)
    cells = _CELLS if strings else _CELLS | {"text": _CODES}
    inputs = [each.to_dict() | {"cells": cells[each.kind]} for each in answering.inputs.given]
    return {
        "format": FORMAT,
        "targets": [*output.targets],
        "task": output.task.value,
        "classes": [*output.classes],
        "inputs": inputs,
        "outputs": {shown: _meaning(name, output, strings) for name, shown in answers},
        "run": facts["run"],
        "config_hash": facts["config_hash"],
        "data": facts["data"],
    }


def _meaning(name: str, output: OutputSpec, strings: bool) -> str:
    if name == "probabilities":
        return f"float64 [n, {len(output.answers)}], in the order {', '.join(output.answers)}"
    if name == SET:
        return (
            f"bool [n, {len(output.classes)}], which classes are in the set, in the order {', '.join(output.classes)}"
        )
    if name == "prediction" and output.task.has_classes:
        return "string [n], the class" if strings else "int64 [n], the place of the class in `classes`, from 0"
    shape = "[n]" if len(output.targets) == 1 else f"[n, {len(output.targets)}], in the order of the targets"
    return f"{'float64' if not output.answers else 'int64'} {shape}"
