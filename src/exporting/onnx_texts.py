"""Texts of cells as codes, in nodes of ONNX: as `src.data.kinds.texts` sees them, as far as ONNX can.

A number counts as that number however it is written (1, 1.0, 1e0; not 007, which is a code), true and false in any
case. What ONNX cannot: take away spaces around a text, and compose letters and accents (Unicode NFC).
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from src.data.encoders.categorical import MISSING, UNSEEN
from src.exporting.cells import FIRST
from src.exporting.inputs import Input

LEARNED = "ai.onnx.ml"
"""The operators for what was learned, which include look-ups."""

_NUMBER = r"[+-]?((0|[1-9][0-9]{0,14})(\.[0-9]{0,99})?|\.[0-9]{1,99})([eE][+-]?[0-9]{1,2})?"
"""What is a number and no code; longer ones may be more than float64 tells apart, and the runtime fails at those that
are too large or too small for it."""


def codes(given: Input, cell: str, code: str) -> Iterator[onnx.NodeProto]:
    """Nodes from the input `cell`, string [n, 1], to the value `code`, int64 [n, 1]; what is between has its name, with
    something behind."""
    numbers = {float(text): place for place, text in enumerate(given.texts, FIRST) if re.fullmatch(_NUMBER, text)}
    known = f"{code}/text" if numbers else code
    yield _looked_up(cell, known, _spellings(given), np.array([""], object), UNSEEN)
    if not numbers:
        return
    is_number, text, number, of_number = (f"{code}/{name}" for name in ("is_number", "digits", "number", "of_number"))
    yield helper.make_node("RegexFullMatch", [cell], [is_number], pattern=_NUMBER)
    yield _constant(f"{code}/nan", np.array("nan", object))
    yield helper.make_node("Where", [is_number, cell, f"{code}/nan"], [text])
    yield helper.make_node("Cast", [text], [number], to=TensorProto.DOUBLE)
    yield _looked_up(number, of_number, numbers, np.array([0.0]), UNSEEN)
    yield _constant(f"{code}/unseen", np.array(UNSEEN))
    yield helper.make_node("Equal", [known, f"{code}/unseen"], [f"{code}/is_unseen"])
    yield helper.make_node("Where", [f"{code}/is_unseen", of_number, known], [code])


def named(names: tuple[str, ...], index: str, name: str) -> Iterator[onnx.NodeProto]:
    """Nodes from int64 [n] to the strings at these places."""
    yield _constant(f"{index}/names", np.array(names, object))
    yield helper.make_node("Gather", [f"{index}/names", index], [name])


def _spellings(given: Input) -> dict[str, int]:
    """Text to code: the known ones, each way to write true and false, and what means missing, which comes first."""
    found = {spelt: place for place, text in enumerate(given.texts, FIRST) for spelt in _cases(text)}
    return found | dict.fromkeys(["", *given.markers], MISSING)


def _cases(text: str) -> Iterator[str]:
    if text not in ("true", "false"):
        yield text
    else:
        yield from map("".join, product(*((letter, letter.upper()) for letter in text)))


def _looked_up(
    value: str, found: str, table: dict[Any, int], like: np.ndarray[Any, Any], otherwise: int
) -> onnx.NodeProto:
    keys = numpy_helper.from_array(np.array([*table], like.dtype), "keys")
    values = numpy_helper.from_array(np.array([*table.values()], np.int64), "values")
    default = numpy_helper.from_array(np.array([otherwise], np.int64), "default")
    tensors = {"keys_tensor": keys, "values_tensor": values, "default_tensor": default}
    return helper.make_node("LabelEncoder", [value], [found], domain=LEARNED, **tensors)


def _constant(name: str, value: np.ndarray[Any, Any]) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))
