"""Yes or no: a logit for the second of two classes, or one for each label."""

import torch
from torch import Tensor
from torch.nn import functional as F

from src.heads.head import Head, Prediction


class TwoClasses(Head):
    """The probability of the second class is the sigmoid of the logit; of several members the mean."""

    def point(self, logits: Tensor) -> Tensor:
        return (logits[:, 0] > 0).long()

    def predicted(self, logits: Tensor) -> Prediction:
        wide = logits.double()
        probability = torch.cat([torch.sigmoid(-wide), torch.sigmoid(wide)], dim=1)
        return Prediction(probability.argmax(1), probability)

    def averaged(self, logits: Tensor) -> Tensor:
        return mean_logit(logits)


class Labels(Head):
    """The probability of each label is the sigmoid of its logit; of several members the mean."""

    def point(self, logits: Tensor) -> Tensor:
        return (logits > 0).long()

    def predicted(self, logits: Tensor) -> Prediction:
        probability = torch.sigmoid(logits.double())
        return Prediction((probability > 0.5).long(), probability)

    def averaged(self, logits: Tensor) -> Tensor:
        return mean_logit(logits)


def mean_logit(logits: Tensor) -> Tensor:
    """[n, members, k] → [n, k], the logits of the mean probabilities.

    log(p) - log(1 - p), each from logarithms, which do not round 1 - p to 0.
    """
    return F.logsigmoid(logits).logsumexp(1) - F.logsigmoid(-logits).logsumexp(1)
