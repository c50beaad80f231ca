"""Whether two that answered the same rows differ by more than the choice of these rows explains."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

Measures = Callable[[Tensor], dict[str, float]]
"""How often each row counts, int64 [n] → metrics by name, those that are undefined left out."""

_SEED = 0


@dataclass(frozen=True)
class Interval:
    """`value`: on the rows themselves; `low` to `high`: where 95 % of the resamples lie, or as many as was asked."""

    value: float
    low: float
    high: float
    undefined: int = 0
    """Resamples on which there is no such metric; the interval leaves them out."""

    def reversed(self) -> "Interval":
        """Of the difference the other way round."""
        return Interval(-self.value, -self.high, -self.low, self.undefined)


@dataclass(frozen=True)
class Signs:
    """How many rows `better` and `worse` fit the second one rather than the first, and how surprising that is."""

    better: int
    worse: int
    equal: int

    @property
    def p(self) -> float:
        """Two-sided p-value of the sign test: the probability of a share at least as uneven if each of the unequal rows
        were a throw of a fair coin. With right and wrong it is McNemar's test in its exact form (McNemar 1947)."""
        n, fewer = self.better + self.worse, min(self.better, self.worse)
        k = torch.arange(fewer + 1, dtype=torch.float64)
        log_ways = math.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
        return min(1.0, 2 * math.exp(torch.logsumexp(log_ways, 0).item() - n * math.log(2)))


def sign_test(first: Tensor, second: Tensor) -> Signs:
    """Of scores [n] of the same rows, higher is better; equal ones (up to rounding) say nothing."""
    equal = torch.isclose(first, second, rtol=1e-12, atol=0)
    better = int((~equal & (second > first)).sum())
    same = int(equal.sum())
    return Signs(better, len(first) - same - better, same)


def bootstrap(measures: Sequence[Measures], rows: int, resamples: int) -> list[dict[str, Interval]]:
    """Of each of `measures` but the first, its differences to the first: percentile intervals over resamples of the
    rows, the same ones for all ("An Introduction to the Bootstrap", Efron & Tibshirani 1993, section 13.3).

    A metric that is undefined on the rows themselves is left out.
    """
    whole = [measure(torch.ones(rows, dtype=torch.int64)) for measure in measures]
    generator = torch.Generator().manual_seed(_SEED)
    with _one_thread():
        drawn = [
            [measure(counts) for measure in measures]
            for _ in tqdm(range(resamples), "resamples", leave=False, delay=2, disable=None)  # on a terminal only
            for counts in [torch.bincount(torch.randint(rows, (rows,), generator=generator), minlength=rows)]
        ]
    return [
        {
            name: _interval(other[name] - whole[0][name], [(each[0].get(name), each[j].get(name)) for each in drawn])
            for name in whole[0]
            if name in other
        }
        for j, other in enumerate(whole[1:], 1)
    ]


@contextmanager
def _one_thread() -> Iterator[None]:
    """To wake a second thread for each of many small tensors takes longer than it saves, on a busy machine much."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _interval(value: float, drawn: Sequence[tuple[float | None, float | None]]) -> Interval:
    """`drawn`: of the first and of the other on each resample."""
    return percentiles(value, [math.nan if first is None or other is None else other - first for first, other in drawn])


def percentiles(value: float, drawn: Sequence[float], level: float = 0.95) -> Interval:
    """`drawn`: on each resample, NaN where it is undefined; where all are nothing bounds the interval."""
    defined = [each for each in drawn if not math.isnan(each)]
    if not defined:
        return Interval(value, -math.inf, math.inf, len(drawn))
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = torch.quantile(torch.tensor(defined, dtype=torch.float64), ends).tolist()
    return Interval(value, low, high, len(drawn) - len(defined))
