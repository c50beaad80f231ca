"""The door to torch.compile and its inductor: a function made into a program for inputs of one size."""

import importlib
import logging
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor

from src.captured import Captured
from src.errors import MachineError

Function = Callable[..., Tensor]
Program = Callable[..., list[Tensor]]

_REMEDY = "take trainer.compile=false."

_SMALL_PRODUCT = 2048
"""Multiplications of a product of matrices up to which calling a library takes longer than loops."""


def compiled(function: Function) -> Function:
    """Equal to `function` but for rounding, and by itself to the last bit, also in another process; random numbers are
    drawn as without. Compiles when first called, for some seconds; later runs find it in inductor's cache on the disk.

    Raises MachineError if there is no C++ compiler or it fails.
    """
    require_compiler()
    _load_inductor()
    torch._dynamo.reset()  # forgets what an earlier training compiled; of one function only some programs are kept
    compiled = torch.compile(function, dynamic=False, options={"fallback_random": True})

    def call(*inputs: Tensor | None) -> Tensor:
        with _explained():
            return compiled(*inputs)

    return call


def program(function: Callable[..., list[Tensor]], examples: Sequence[Tensor], held: int) -> Program:
    """`function`, which has no gradient, for inputs just like `examples`. The first `held` of them are the same tensors
    in each call, and only these may it change in place.

    It is followed once, operation by operation, and called without any check: 20 microseconds where `torch.compile`
    takes 40. Very small products become loops beside the other operations, which halves the time of the lesson's
    network. On the GPU it becomes a CUDA graph. Raises MachineError if the compiler fails.
    """
    _load_inductor()
    from torch.fx.experimental.proxy_tensor import make_fx  # half a second, for those who compile

    products: dict[Any, Any] = {torch.ops.aten.mm.default: _product, torch.ops.aten.addmm.default: _product_and_bias}
    on_gpu = examples[0].is_cuda
    traced = make_fx(function, tracing_mode="fake", decomposition_table={} if on_gpu else products)(*examples)
    options = {"cpp_wrapper": not on_gpu, "fallback_random": True}
    with torch._inductor.config.patch(options), _explained():
        made = cast(Program, torch._inductor.compile(traced, [*examples]))
        if not on_gpu:
            return made
        assert all(each.is_cuda for each in examples), "a CUDA graph repeats nothing that is done on the CPU"
        return Captured(made, examples, held)


def _product(a: Tensor, b: Tensor) -> Any:
    """[n, k] and [k, m] as loops if small, else NotImplemented, which leaves it as it is."""
    if a.numel() * b.shape[1] > _SMALL_PRODUCT:
        return NotImplemented
    return (a.unsqueeze(2) * b.unsqueeze(0)).sum(1)


def _product_and_bias(bias: Tensor, a: Tensor, b: Tensor, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """The same of what a layer does."""
    product = _product(a, b)
    return NotImplemented if product is NotImplemented else beta * bias + alpha * product


def require_compiler() -> None:
    """Raises MachineError if there is none."""
    if not has_compiler():
        raise MachineError(
            f"trainer.compile: required: a C++ compiler, and {_compiler()} is not found. Install one, name it in the "
            f"environment variable CXX, or {_REMEDY}"
        )


def has_compiler() -> bool:
    return shutil.which(_compiler()) is not None


def _compiler() -> str:
    return os.environ.get("CXX", "g++")  # as inductor looks for it


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (torch._dynamo.exc.BackendCompilerFailed, torch._inductor.exc.InductorError) as error:
        reason = str(error).strip().splitlines()[0]
        raise MachineError(f"trainer.compile: compiling failed ({reason}). Mend it, or {_REMEDY}") from error


def _load_inductor() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*script_method.*", DeprecationWarning)  # torch 2.13 about itself
        config = importlib.import_module("torch._inductor.config")
        logging.getLogger("torch._inductor.ir").setLevel(logging.ERROR)  # which operations it only calls
        config.compile_threads = 1  # type: ignore[attr-defined]  # no processes that wait for more to compile
        # torch 2.13 would have a dropout use its mask before it is drawn, and change the order of the draws
        config.reorder_for_peak_memory = False  # type: ignore[attr-defined]
        importlib.import_module("torch._inductor.compile_fx")
