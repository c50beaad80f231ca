"""A rate for each target, of which counts are expected."""

import math

import torch
from torch import Tensor

from src.heads.head import Head, Prediction


class Poisson(Head):
    """The logits are logarithms of rates, in multiples of the mean of the train rows (`OutputSpec.center`; where that
    is empty, of 1). Of several members the mean rate."""

    def mean_count(self, like: Tensor) -> Tensor:
        """float64 [targets] or [1], on the device of `like`."""
        return torch.tensor(self.output.center or (1.0,), dtype=torch.float64, device=like.device)

    def point(self, logits: Tensor) -> Tensor:
        rates = logits.double().exp() * self.mean_count(logits)
        return rates.squeeze(1) if len(self.output.targets) == 1 else rates

    def predicted(self, logits: Tensor) -> Prediction:
        return Prediction(self.point(logits))

    def averaged(self, logits: Tensor) -> Tensor:
        return logits.logsumexp(1) - math.log(logits.shape[1])
