"""A function of tensors, repeated as the list of operations that it once was, without autograd and modules between.

In a small network the way to the operations takes longer than they do. They are the same ones in the same order, so
every bit is.
"""

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

Function = Callable[..., list[Tensor]]

_ATEN = torch.ops.aten
_SAME = (_ATEN.detach.default, _ATEN.lift_fresh.default)
_QUICK = {
    _ATEN.t.default: torch.t,
    _ATEN.mm.default: torch.mm,
    _ATEN.addmm.default: torch.addmm,
    _ATEN.relu.default: torch.relu,
}
"""The frequent ones, by a shorter way to the same operation."""


class Replayed:
    """`function` for tensors of the sizes of `examples`, with which it is called once, for `first`.

    `function` may have a gradient inside. It must do the same whatever numbers are in the tensors, and change none of
    them but those that it takes from elsewhere, as the weights, and finds there again. Random numbers are drawn anew.
    """

    def __init__(self, function: Function, examples: Sequence[Tensor]) -> None:
        with _Recording(examples) as recording:
            self.first = function(*examples)
        self.given = [recording.place_of(each) for each in self.first]
        self.values, self.calls = recording.values, recording.calls

    @torch.no_grad()
    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        values = self.values
        values[: len(inputs)] = inputs
        for operation, taken, place in self.calls:
            values[place] = operation(*taken(values))
        return [values[place] for place in self.given]


class _Recording(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operation, those of the gradient too. `values`: what is there, a place for each tensor and number;
    `calls`: an operation, what it takes of these, and the place of what it gives."""

    def __init__(self, examples: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.values: list[Any] = [*examples]
        self.calls: list[tuple[Callable[..., Any], Callable[[list[Any]], tuple[Any, ...]], int]] = []
        self.places = {id(each): place for place, each in enumerate(examples)}
        self.seen: list[Tensor] = [*examples]  # kept while it is recorded, or another tensor could have the same id
        self.transposed: dict[int, int] = {}

    def __torch_dispatch__(self, operation: Any, _: Any, arguments: Any = (), options: Any = None) -> Any:
        assert operation is not _ATEN._local_scalar_dense.default, "what depends on numbers cannot be repeated"
        given = operation(*arguments, **(options or {}))
        if operation in _SAME:
            self._is_at(given, self.place_of(arguments[0]))
        elif operation is _ATEN.t.default:
            self._transpose(given, self.place_of(arguments[0]))
        else:
            self._call(operation, arguments, options or {}, given)
        return given

    def place_of(self, value: Any) -> int:
        """Of what comes from outside a new one: a weight, or a number."""
        if id(value) in self.places and isinstance(value, Tensor):
            return self.places[id(value)]
        self.values.append(value)
        if isinstance(value, Tensor):
            self._is_at(value, len(self.values) - 1)
        return len(self.values) - 1

    def _is_at(self, tensor: Tensor, place: int) -> None:
        self.places[id(tensor)] = place
        self.seen.append(tensor)

    def _transpose(self, given: Tensor, place: int) -> None:
        """Back it is what it was before."""
        if place not in self.transposed:
            made = self._add(torch.t, [place])
            self.transposed |= {place: made, made: place}
        self._is_at(given, self.transposed[place])

    def _call(self, operation: Any, arguments: Any, options: dict[str, Any], given: Any) -> None:
        assert not any(isinstance(each, Tensor) for each in options.values()), "operations take tensors by place"
        called = _QUICK.get(operation, operation)
        made = self._add(partial(called, **options) if options else called, [self._taken(each) for each in arguments])
        if isinstance(given, Tensor):
            self._is_at(given, made)
            return
        for number, each in enumerate(given or ()):
            if isinstance(each, Tensor):
                self._is_at(each, self._add(operator.getitem, [made, self.place_of(number)]))

    def _taken(self, argument: Any) -> int:
        """The place of an argument, which may be a list of tensors."""
        if isinstance(argument, list | tuple) and any(isinstance(each, Tensor) for each in argument):
            return self._add(_listed, [self.place_of(each) for each in argument])
        return self.place_of(argument)

    def _add(self, called: Callable[..., Any], taken: Sequence[int]) -> int:
        """The place of what it gives."""
        self.values.append(None)
        made = len(self.values) - 1
        self.calls.append((called, _taker(taken), made))
        return made


def _taker(places: Sequence[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    if len(places) > 1:
        return operator.itemgetter(*places)
    [first] = places or [0]
    return operator.itemgetter(slice(first, first + len(places)))


def _listed(*values: Any) -> list[Any]:
    return [*values]
