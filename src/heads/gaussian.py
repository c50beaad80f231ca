"""A normal distribution for each target."""

import torch
from torch import Tensor
from torch.nn import functional as F

from src.heads.head import Head, Prediction
from src.heads.positive import inverse_softplus
from src.units import from_standard

_LEAST = 1e-6  # of a variance, in the network's units (Lakshminarayanan et al. 2017)


class Gaussian(Head):
    """The first half of the logits are the means, the other half become variances: softplus(logit) + 1e-6.

    Of several members: mean and variance of the mixture of their distributions, as in "Simple and Scalable Predictive
    Uncertainty Estimation using Deep Ensembles" (Lakshminarayanan et al. 2017, section 2.4).
    """

    def moments(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance, each [..., targets], in the network's units."""
        mean, of_variance = logits.chunk(2, -1)
        return mean, F.softplus(of_variance) + _LEAST

    def point(self, logits: Tensor) -> Tensor:
        return from_standard(logits.chunk(2, -1)[0], self.output)

    def predicted(self, logits: Tensor) -> Prediction:
        point, (_, variance) = self.point(logits), self.moments(logits.double())
        scale = torch.tensor(self.output.scale or 1.0, dtype=torch.float64, device=logits.device)
        return Prediction(point, beside={"std": (variance.sqrt() * scale).reshape(point.shape)})

    def averaged(self, logits: Tensor) -> Tensor:
        means, variances = self.moments(logits.double())
        variance = variances.mean(1) + means.var(1, correction=0)
        return torch.cat([means.mean(1), inverse_softplus(variance - _LEAST)], -1).to(logits.dtype)
