"""One of several classes: a logit for each."""

import math

import torch
from torch import Tensor

from src.heads.head import Head, Prediction


class Softmax(Head):
    """Probabilities are the softmax of the logits; of several members their mean."""

    def point(self, logits: Tensor) -> Tensor:
        return logits.argmax(1)

    def predicted(self, logits: Tensor) -> Prediction:
        probability = torch.softmax(logits.double(), dim=1)
        return Prediction(probability.argmax(1), probability)

    def averaged(self, logits: Tensor) -> Tensor:
        return torch.log_softmax(logits, dim=2).logsumexp(1) - math.log(logits.shape[1])
