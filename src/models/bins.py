"""Borders of bins of one column, from its train rows."""

import heapq

import torch
from torch import Tensor

_LEAST_GAIN = 1e-4
"""A split must lessen the mean impurity of all rows by that (the authors' example)."""

_DISTINCT = 1e-7
"""Values nearer to one another than this are not separated, as in scikit-learn."""


def quantile_bins(x: Tensor, n_bins: int) -> Tensor:
    """x float32 [n] → at most `n_bins` + 1 borders, ascending: quantiles in equal steps, each once, so that a column of
    one value has one (Gorishniy et al. 2022, section 3.2.1)."""
    steps = torch.linspace(0.0, 1.0, n_bins + 1, dtype=x.dtype, device=x.device)
    return _each_once(torch.quantile(x, steps))


def tree_bins(x: Tensor, y: Tensor, n_bins: int, min_samples_leaf: int) -> Tensor:
    """Borders where a tree of at most `n_bins` leaves splits the rows by `x`, and the ends of x.

    x float32 [n], y float [n, k]. The tree lessens the squared error of y, summed over its columns: of indicators of
    classes that is the Gini impurity. It grows where it gains most, and separates at least `min_samples_leaf` rows
    (Breiman et al. 1984; Gorishniy et al. 2022, section 3.2.2).
    """
    order = x.argsort(stable=True)
    tree = _Tree(x[order].double(), y[order].double(), min_samples_leaf)
    ends = x[order[[0, -1]]]
    return _each_once(torch.cat([ends, tree.thresholds(n_bins).to(x.dtype)]))


def _each_once(borders: Tensor) -> Tensor:
    ascending = borders.sort().values
    return ascending[torch.cat([ascending.new_ones(1, dtype=torch.bool), ascending.diff() > 0])]


class _Tree:
    """Over sorted values x float64 [n] with y float64 [n, k]; a node is a stretch of rows."""

    def __init__(self, x: Tensor, y: Tensor, min_samples_leaf: int) -> None:
        self.x, self.least = x, min_samples_leaf
        self.sums = torch.cat([y.new_zeros(1, y.shape[1]), (y - y.mean(0)).cumsum(0)])
        self.parted = torch.cat([x.new_zeros(1, dtype=torch.bool), x[1:] - x[:-1] > _DISTINCT])

    def thresholds(self, leaves: int) -> Tensor:
        """Between values, at most `leaves` - 1, in the order in which they were found."""
        waiting = [split for split in [self._split(0, len(self.x))] if split]
        found: list[Tensor] = []
        while waiting and len(found) < leaves - 1:
            _, start, cut, stop = heapq.heappop(waiting)
            found.append(self.x[cut - 1] / 2 + self.x[cut] / 2)
            for split in (self._split(start, cut), self._split(cut, stop)):
                if split:
                    heapq.heappush(waiting, split)
        return torch.stack(found) if found else self.x[:0]

    def _split(self, start: int, stop: int) -> tuple[float, int, int, int] | None:
        """(-gain, start, cut, stop) of the best split of these rows; None if none is allowed or worth it."""
        first, last = start + self.least, stop - self.least
        if first > last:
            return None
        left = self.sums[first : last + 1] - self.sums[start]
        right = self.sums[stop] - self.sums[first : last + 1]
        rows = torch.arange(self.least, last - start + 1, dtype=self.x.dtype, device=self.x.device)
        gain = left.square().sum(1) / rows + right.square().sum(1) / (stop - start - rows)
        gain = torch.where(self.parted[first : last + 1], gain, -torch.inf) - (
            (self.sums[stop] - self.sums[start]).square().sum() / (stop - start)
        )
        best = int(gain.argmax())
        worth = float(gain[best])
        return (-worth, start, first + best, stop) if worth >= _LEAST_GAIN * len(self.x) else None
