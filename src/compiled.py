"""The door to torch.compile: a function made into one program for each size of its inputs."""

import importlib
import os
import shutil
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from src.errors import MachineError

Function = Callable[..., Tensor]

_REMEDY = "take trainer.compile=false."


def compiled(function: Function) -> Function:
    """Equal to `function` but for rounding, and by itself to the last bit, also in another process; random numbers are
    drawn as without. Compiles when first called, for some seconds; later runs find it in inductor's cache on the disk.

    Raises MachineError if there is no C++ compiler or it fails.
    """
    _require_compiler()
    _load_inductor()
    torch._dynamo.reset()  # forgets what an earlier training compiled; of one function only some programs are kept
    program = torch.compile(function, dynamic=False, options={"fallback_random": True})

    def call(*inputs: Tensor | None) -> Tensor:
        try:
            return program(*inputs)
        except (torch._dynamo.exc.BackendCompilerFailed, torch._inductor.exc.InductorError) as error:
            reason = str(error).strip().splitlines()[0]
            raise MachineError(f"trainer.compile: compiling failed ({reason}). Mend it, or {_REMEDY}") from error

    return call


def _require_compiler() -> None:
    name = os.environ.get("CXX", "g++")  # as inductor looks for it
    if shutil.which(name) is None:
        raise MachineError(
            f"trainer.compile: required: a C++ compiler, and {name} is not found. Install one, name it in the "
            f"environment variable CXX, or {_REMEDY}"
        )


def _load_inductor() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*script_method.*", DeprecationWarning)  # torch 2.13 about itself
        config = importlib.import_module("torch._inductor.config")
        config.compile_threads = 1  # type: ignore[attr-defined]  # no processes that wait for more to compile
        importlib.import_module("torch._inductor.compile_fx")
