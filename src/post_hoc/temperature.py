"""The temperature with the least log loss: "On Calibration of Modern Neural Networks", Guo et al. 2017, section 4.2."""

import math

import torch
from torch import Tensor

_COLDEST, _HOTTEST = 1e-2, 1e2
_HALVINGS = 60  # of the logarithm of the range, to the precision of float64


def best_temperature(logits: Tensor, y: Tensor, weight: Tensor) -> float:
    """Of logits float64 [n, classes], true classes int64 [n] and weights float64 [n] of the rows; 0.01 to 100.

    The loss is convex in 1 / temperature, so its derivative has one root, found by bisection. Where the true class has
    the largest logit in all rows the loss would fall down to a temperature of 0, which these rows say nothing about:
    then it is 1.
    """
    counting = weight > 0
    logits, y, weight = logits[counting], y[counting], weight[counting]
    true = logits.gather(1, y[:, None])[:, 0]
    if bool((true == logits.amax(1)).all()):
        return 1.0
    low, high = math.log(_COLDEST), math.log(_HOTTEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        expected = (torch.softmax(logits * math.exp(-middle), 1) * logits).sum(1)
        too_cold = bool((expected - true) @ weight > 0)  # then colder is worse
        low, high = (middle, high) if too_cold else (low, middle)
    return math.exp((low + high) / 2)
