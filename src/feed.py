"""The rows of one part as the learner takes them: encoded, on its device, in the order of the epoch."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from src.data.part import Part
from src.losses.row_loss import RowLoss
from src.sampling import balanced_order
from src.windows import EpochOrder, window_rows

PIECE = 65_536
"""Rows that are encoded at a time: bounds the memory, not the result."""


@dataclass
class Rows:
    """x float32 [n, d_in] encoded numbers; x_cat int64 [n, d_cat]; target: what the loss compares with; weight float32
    [n, 1], or [n, 0] if rows have none."""

    x: Tensor
    x_cat: Tensor
    target: Tensor
    weight: Tensor

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, some: slice) -> "Rows":
        return Rows(*(each[some] for each in vars(self).values()))

    def at(self, places: Tensor) -> "Rows":
        """In a third of the time that indexing takes."""
        n = len(places)  # of no columns there is nothing to pick
        return Rows(*(each.index_select(0, places) if each.numel() else each[:n] for each in vars(self).values()))


class Feed(ABC):
    """`encode`: what the network does to numbers without learning, which is done once for each row."""

    def __init__(self, part: Part, encode: Callable[[Tensor], Tensor], loss: RowLoss, device: torch.device) -> None:
        self.part, self.encode, self.loss, self.device = part, encode, loss, device

    def __len__(self) -> int:
        return len(self.part)

    @cached_property
    def y(self) -> Tensor:
        """Of all rows, as they are stored."""
        return self.part.y.to(self.device)

    @cached_property
    def target(self) -> Tensor:
        """Of all rows, as they are stored."""
        return self.loss.target(self.part.y).to(self.device)

    @cached_property
    def weight(self) -> Tensor | None:
        """Of all rows, as they are stored, [n]; None if they have none."""
        return self.part.weight.to(self.device) if len(self.part.weight) else None

    def shuffled(self, seed: int, epoch: int) -> EpochOrder:
        """The order in which an epoch takes each row once."""
        return EpochOrder(len(self), window_rows(self.part.x_num.shape[1]), seed, epoch)

    @abstractmethod
    def start_epoch(self, seed: int, epoch: int) -> None:
        """Chooses the order of the rows."""

    @abstractmethod
    def at(self, start: int, stop: int) -> Rows:
        """The rows at these positions of the epoch."""

    @abstractmethod
    def stored(self, start: int, stop: int) -> Rows:
        """The rows as they are stored, from `start` to before `stop`."""

    def batches(self, starts: Sequence[int]) -> Iterator[tuple[Tensor, ...]]:
        """x, x_cat, target and weight of each batch, from one of `starts` to before the next. The rows of many small
        batches are taken at once, of large ones not: that would be one more copy of much of the table."""
        several = max(1, PIECE // max(1, starts[1] - starts[0]))
        for first in range(0, len(starts) - 1, several):
            some = starts[first : first + several + 1]
            sizes = [stop - start for start, stop in itertools.pairwise(some)]
            rows = self.at(some[0], some[-1])
            all_of_them = (rows.x, rows.x_cat, rows.target, rows.weight)
            if len(sizes) == 1:
                yield all_of_them
            else:
                yield from zip(*(torch.split(each, sizes) for each in all_of_them), strict=True)

    @torch.no_grad()
    def read(self, start: int, stop: int) -> Rows:
        """`stored`, from the part itself."""
        piece, part = slice(start, stop), self.part
        y = part.y[piece]
        x_cat = part.x_cat[piece].long()
        weight = part.weight[piece].reshape(len(y), 1 if len(part.weight) else 0)
        on_device = (each.to(self.device) for each in (part.x_num[piece], x_cat, self.loss.target(y), weight))
        x_num, x_cat, target, weight = on_device
        return Rows(self.encode(x_num), x_cat, target, weight)

    def read_into(self, rows: Rows, places: Tensor | None, start: int, stop: int) -> None:
        """Rows `start` to `stop` of the part to the `places` of `rows`, in pieces."""
        for first in range(start, stop, PIECE):
            last = min(first + PIECE, stop)
            piece = self.read(first, last)
            where: Any = slice(first, last) if places is None else places[first - start : last - start]
            for key, values in vars(piece).items():
                getattr(rows, key)[where] = values

    def empty(self, rows: int) -> Rows:
        """Room for as many rows."""
        return Rows(*(each.new_empty((rows, *each.shape[1:])) for each in vars(self.read(0, 1)).values()))


class Resident(Feed):
    """All rows in memory. `balanced`: an epoch draws each class equally often, else each row once."""

    def __init__(
        self,
        part: Part,
        encode: Callable[[Tensor], Tensor],
        loss: RowLoss,
        device: torch.device,
        balanced: bool = False,
    ) -> None:
        super().__init__(part, encode, loss, device)
        self.balanced = balanced
        if len(part) <= PIECE:
            self.rows = self.read(0, len(part))
        else:
            self.rows = self.empty(len(part))
            self.read_into(self.rows, None, 0, len(part))
        part.release()

    def start_epoch(self, seed: int, epoch: int) -> None:
        order = balanced_order(self.part.y, seed, epoch) if self.balanced else self.shuffled(seed, epoch).all()
        self.order = order.to(self.device)

    def at(self, start: int, stop: int) -> Rows:
        return self.rows.at(self.order[start:stop])

    def stored(self, start: int, stop: int) -> Rows:
        return self.rows[start:stop]


class Streamed(Feed):
    """One window of the epoch's order in memory; the others stay in the file of the part."""

    def start_epoch(self, seed: int, epoch: int) -> None:
        self.order = self.shuffled(seed, epoch)
        self.number, self.window = -1, self.empty(0)

    def at(self, start: int, stop: int) -> Rows:
        found, starts = [], self.order.starts
        for number, (first, last) in enumerate(itertools.pairwise(starts)):
            if first < stop and start < last:
                self._load(number)
                found.append(self.window[max(start - first, 0) : min(stop, last) - first])
                if stop <= last and len(found) == 1:
                    return found[0]
                found[-1] = Rows(*(each.clone() for each in vars(found[-1]).values()))  # the next window overwrites it
        return Rows(*(torch.cat(same) for same in zip(*(vars(each).values() for each in found), strict=True)))

    def stored(self, start: int, stop: int) -> Rows:
        rows = self.read(start, stop)
        self.part.release()
        return rows

    def _load(self, number: int) -> None:
        """Reads block after block, each row to its place in the window's order."""
        if number == self.number:
            return
        order = self.order.within(number)
        places = torch.empty_like(order).scatter_(0, order, torch.arange(len(order)))
        if not len(self.window):
            self.window = self.empty(min(self.order.window, len(self)))
        self.number, done = number, 0
        for start, stop in self.order.windows[number]:
            self.read_into(self.window, places[done : done + stop - start].to(self.device), start, stop)
            self.part.release()
            done += stop - start
