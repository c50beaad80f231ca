"""Weights of ONNX as 8-bit integers: a quarter of the size, and answers that are a little off."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic


def quantised(model: onnx.ModelProto) -> bytes:
    """Weight matrices by column; what they are multiplied with, by its range in each batch (dynamic quantisation)."""
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "int8.onnx"
        stacks = [node.name for node in model.graph.node if _is_stack(node, model)]
        quantize_dynamic(model, path, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=stacks)
        return path.read_bytes()


def _is_stack(node: onnx.NodeProto, model: onnx.ModelProto) -> bool:
    """A product with several matrices at once (those of the columns' embeddings), which stay as they are: the runtime
    takes columns of one matrix only."""
    return any(each.name in node.input and len(each.dims) > 2 for each in model.graph.initializer)


@contextmanager
def _quiet() -> Iterator[None]:
    """It recommends a preprocessing that torch's exporter has done."""
    before = logging.root.level
    logging.root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logging.root.setLevel(before)
