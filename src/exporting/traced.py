"""A module as the graph of operations that torch sees in it, for any number of rows."""

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.export import Dim, ExportedProgram

from src.errors import ConfigError
from src.exporting.answering import Answering


def traced(answering: Answering) -> ExportedProgram:
    """Raises ConfigError, with torch's reason, for a network that cannot be followed: one of the user's own."""
    module, rows = copy.deepcopy(answering).eval().requires_grad_(False), Dim("rows")
    cells = module.example()
    try:
        with quiet():
            return torch.export.export(module, cells, dynamic_shapes=(tuple({0: rows} for _ in cells),))
    except (RuntimeError, ValueError, TypeError, AttributeError, NotImplementedError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(
            f"model: torch cannot follow {type(answering.network).__name__} ({reason}). Required: tensor operations "
            "whose shapes depend on the number of rows alone (x.shape[0], not len(x)), and no decision by what the "
            "numbers are"
        ) from None


@contextmanager
def quiet() -> Iterator[None]:
    """Without what torch's exporters say about themselves: their own uses of what is deprecated, operators of packages
    that are not here, what is not done yet."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning, module="copyreg|torch|onnxscript")
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="copyreg|torch|onnxscript")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
