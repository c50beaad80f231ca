"""A network of the user's own: a class in a Python file."""

import ast
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from src import custom_code
from src.config.suggest import remedy
from src.errors import ConfigError
from src.machine import ROOT
from src.models.network import Network
from src.spec import InputSpec

_MISTAKES = (
    *(ArithmeticError, AssertionError, AttributeError, ImportError, LookupError),
    *(NameError, OSError, RuntimeError, SyntaxError, TypeError, ValueError),
)
"""What Python raises for mistakes in code."""


def build_custom(model: dict[str, Any], input: InputSpec, d_out: int) -> Network:
    """Runs the file. Whoever calls this has the word of the person at the command line (see `src.custom_code`).

    Before the network is given back it has answered two rows, without numbers and with categories never seen. Raises
    ConfigError, with file and line, for all that is wrong with the code.
    """
    code = _Code(model["path"], custom_code.read(ROOT / model["path"], model["sha256"]))
    kind = code.run(model["class_name"], model["sha256"])
    class_line = code.line(model["class_name"])
    _check_arguments(kind, model["arguments"], f"{code.path}:{class_line}")
    with code.explained(class_line):
        network = kind(input, d_out, **model["arguments"])
        logits = _trial(network, input)
    expected = (2, d_out) if network.members == 1 else (2, network.members, d_out)
    if not isinstance(logits, Tensor) or (logits.shape, logits.dtype) != (expected, torch.float32):
        found = f"{logits.dtype} {[*logits.shape]}" if isinstance(logits, Tensor) else type(logits).__name__
        raise ConfigError(
            f"{code.path}:{code.line(model['class_name'], 'from_encoded')}: {model['class_name']} must answer two rows "
            f"with torch.float32 {[*expected]}; got {found}"
        )
    return network


def _trial(network: Network, input: InputSpec) -> Any:
    """Answers to two rows; leaves no trace in the state of random numbers."""
    x_num = torch.full((2, len(input.numeric)), torch.nan)
    x_cat = torch.zeros(2, len(input.categorical), dtype=torch.int64)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        logits = network.eval()(x_num, x_cat)
    network.train()
    return logits


def _check_arguments(kind: Callable[..., Network], arguments: dict[str, Any], where: str) -> None:
    signature = inspect.signature(kind)
    try:
        signature.bind("input", "d_out", **arguments)
    except TypeError as error:
        raise ConfigError(
            f"{where}: model.arguments do not fit: {error}; the constructor takes {signature}, of which the data gives "
            f"input and d_out"
        ) from None


class _Code:
    """`path` as people wrote it; `code`, what is in the file."""

    def __init__(self, path: str, code: bytes) -> None:
        self.path, self.code = path, code
        with self.explained(1):
            self.tree = ast.parse(code)

    def run(self, class_name: str, sha256: str) -> Callable[..., Network]:
        """Gives the class of that name."""
        module = ModuleType(f"custom_{sha256[:16]}")
        sys.modules[module.__name__] = module  # where dataclasses look their own one up
        with self.explained(1):
            exec(compile(self.code, str(ROOT / self.path), "exec"), vars(module))
        kind = vars(module).get(class_name)
        if kind is None:
            classes = [node.name for node in self.tree.body if isinstance(node, ast.ClassDef)]
            raise ConfigError(f"{self.path}: there is no {class_name} in it; {remedy(class_name, classes)}")
        if not (isinstance(kind, type) and issubclass(kind, Network)):
            raise ConfigError(f"{self.path}:{self.line(class_name)}: {class_name} must be a subclass of {_BASE}")
        return kind

    def line(self, class_name: str, method: str | None = None) -> int:
        """Of the class, or of the method if it has it; 1 if the class came from elsewhere."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and node.name == class_name:
                methods = {each.name: each.lineno for each in node.body if isinstance(each, ast.FunctionDef)}
                return methods.get(str(method), node.lineno)
        return 1

    @contextmanager
    def explained(self, line: int) -> Iterator[None]:
        """Mistakes in the file as a sentence with the last of its lines that was reached, `line` if none was."""
        try:
            yield
        except _MISTAKES as error:
            reached = [
                frame.lineno
                for frame in traceback.extract_tb(error.__traceback__)
                if frame.filename == str(ROOT / self.path)
            ]
            line = error.lineno or 1 if isinstance(error, SyntaxError) else [line, *reached][-1] or 1
            reason = error.msg if isinstance(error, SyntaxError) else str(error).splitlines()[0]
            raise ConfigError(f"{self.path}:{line}: {type(error).__name__}: {reason}") from error


_BASE = f"{Network.__module__}.{Network.__name__}"
