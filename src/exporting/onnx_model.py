"""The whole model as ONNX: texts of cells become codes, torch's own graph follows, classes get their names.

one input for each raw column ─┬─ numbers, dates ──────┬─ network ─┬─ prediction ── names of classes
                               └─ strings ── codes ────┘           └─ probabilities, ...
"""

from collections.abc import Iterable
from typing import Any

import onnx
import torch
from onnx import TensorProto, compose, helper
from onnxscript import opset20
from torch.export import ExportedProgram

from src.exporting import decompositions
from src.exporting.answering import Answering
from src.exporting.inputs import Input
from src.exporting.onnx_texts import LEARNED, codes, named
from src.exporting.traced import quiet

OPSETS = {"": 20, LEARNED: 4}
"""The first that tell whether a text is a number, and look numbers of 64 bits up."""

_ROWS = "rows"
_TYPES = {"number": TensorProto.DOUBLE, "text": TensorProto.STRING, "date": TensorProto.INT64}


def onnx_model(answering: Answering, program: ExportedProgram) -> onnx.ModelProto:
    """Checked by ONNX itself. `program`: what `traced` gives."""
    given, inner = answering.inputs.given, _inner(answering, program)
    prefix = _prefix([*(each.name for each in given), *answering.outputs])
    inner = compose.add_prefix(inner, prefix)
    front = [node for place, each in enumerate(given) for node in _into(each, f"{prefix}{place}")]
    answers = [*zip(inner.graph.output, answering.names, answering.outputs, strict=True)]
    back = [node for each, name, shown in answers for node in _out_of(each.name, name, shown, answering)]
    graph = helper.make_graph(
        [*front, *inner.graph.node, *back],
        "rookery",
        [helper.make_tensor_value_info(each.name, _TYPES[each.kind], [_ROWS, 1]) for each in given],
        [_shown(each, name, shown, answering) for each, name, shown in answers],
        [*inner.graph.initializer],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="rookery", ir_version=10)
    onnx.checker.check_model(model)
    return model


def _inner(answering: Answering, program: ExportedProgram) -> onnx.ModelProto:
    """The graph of torch alone: inputs 0, 1, ..., outputs a0, a1, ..."""
    names = [str(place) for place in range(len(answering.inputs.given))]
    with quiet(), torch.no_grad():
        exported = torch.onnx.export(
            program.run_decompositions(decompositions.table()),
            (),
            dynamo=True,
            verbose=False,
            opset_version=OPSETS[""],
            input_names=names,
            output_names=[f"a{place}" for place in range(len(answering.names))],
            custom_translation_table={torch.ops.aten.scalar_tensor.default: _scalar},
        )
    assert exported is not None
    model: onnx.ModelProto = exported.model_proto
    return model


def _scalar(s: float, dtype: int) -> Any:
    """A number of the code as a constant; torch's own translation rounds it to 32 bits first."""
    return opset20.Constant(value=helper.make_tensor("scalar", int(dtype), [], [s]))


def _into(given: Input, inner: str) -> Iterable[onnx.NodeProto]:
    return codes(given, given.name, inner) if given.kind == "text" else [_same(given.name, inner)]


def _out_of(inner: str, name: str, shown: str, answering: Answering) -> Iterable[onnx.NodeProto]:
    if name == "prediction" and answering.output.task.has_classes:
        return named(answering.output.classes, inner, shown)
    return [_same(inner, shown)]


def _shown(inner: onnx.ValueInfoProto, name: str, shown: str, answering: Answering) -> onnx.ValueInfoProto:
    """The output as the user sees it."""
    kind, is_class = inner.type.tensor_type, name == "prediction" and answering.output.task.has_classes
    shape = [_ROWS, *(each.dim_value for each in kind.shape.dim[1:])]
    return helper.make_tensor_value_info(shown, TensorProto.STRING if is_class else kind.elem_type, shape)


def _same(one: str, other: str) -> onnx.NodeProto:
    return helper.make_node("Identity", [one], [other])


def _prefix(names: list[str]) -> str:
    """What no name begins with."""
    prefix = "rookery/"
    while any(name.startswith(prefix) for name in names):
        prefix = f"_{prefix}"
    return prefix
