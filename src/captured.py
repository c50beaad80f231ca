"""A program whose kernels a GPU starts all at once, as a CUDA graph: to start them one by one takes longer than most of
them run (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


class Captured:
    """`program`, for inputs on the GPU just like `inputs`.

    The first `held` of them are the same tensors in each call, and the program may change them; what is in the others
    is copied to where the graph reads it. Every input has to be on the GPU: what a program does on the CPU is done
    once, while it is captured, and never again.
    """

    def __init__(self, program: Callable[..., list[Tensor]], inputs: Sequence[Tensor], held: int) -> None:
        self.read = [each.clone() for each in inputs[held:]]
        every = [*inputs[:held], *self.read]
        self._warm_up(program, every, held)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, capture_error_mode="thread_local"):  # other threads may ask the GPU something
            self.given = program(*every)

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        if self.read:
            torch._foreach_copy_(self.read, [*inputs[len(inputs) - len(self.read) :]])
        self.graph.replay()
        return [each.clone() for each in self.given]  # the next call writes to the same place

    @staticmethod
    def _warm_up(program: Callable[..., list[Tensor]], every: Sequence[Tensor], held: int) -> None:
        """What a program sets up when it first runs cannot be captured. Leaves the held tensors and the random numbers
        to come as they were."""
        before, generator = [each.clone() for each in every[:held]], torch.cuda.get_rng_state()
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            program(*every)
        torch.cuda.current_stream().wait_stream(stream)
        torch._foreach_copy_([*every[:held]], before)
        torch.cuda.set_rng_state(generator)
