"""Classes in an order: what is told apart is whether a row lies above each threshold between two neighbours."""

from abc import abstractmethod

from torch import Tensor
from torch.nn import functional as F

from src.heads.head import Head, Prediction
from src.heads.running_sum import running_sum
from src.heads.sigmoid import mean_logit


class Ordinal(Head):
    """What is predicted is the class in which half the probability is reached, the median, as by the authors of both
    losses: it has the smallest expected distance in the order."""

    @abstractmethod
    def log_above(self, logits: Tensor) -> Tensor:
        """Logarithm of the probability to lie above each threshold, [..., classes - 1], never rising."""

    def point(self, logits: Tensor) -> Tensor:
        return (self.log_above(logits.double()).exp() > 0.5).sum(1)

    def predicted(self, logits: Tensor) -> Prediction:
        above = F.pad(self.log_above(logits.double()).exp(), (1, 0), value=1.0)
        return Prediction((above[:, 1:] > 0.5).sum(1), above - F.pad(above[:, 1:], (0, 1)))


class Coral(Ordinal):
    """Each logit is that of lying above its threshold (Cao et al. 2020, equation 3). The logits fall from threshold to
    threshold once training has put these in order; until then a lower one counts for those behind it too.

    Of several members: the mean of their probabilities.
    """

    def log_above(self, logits: Tensor) -> Tensor:
        return F.logsigmoid(logits.cummin(-1).values)

    def averaged(self, logits: Tensor) -> Tensor:
        return mean_logit(logits.cummin(-1).values)


class Corn(Ordinal):
    """Each logit is that of lying above its threshold for a row that lies above the one before; the product of these
    probabilities cannot rise (Shi et al. 2021, equation 4).

    Of several members: the mean of their probabilities.
    """

    def log_above(self, logits: Tensor) -> Tensor:
        return running_sum(F.logsigmoid(logits))

    def averaged(self, logits: Tensor) -> Tensor:
        above = self.log_above(logits)
        in_class = F.pad(above[..., :-1], (1, 0)) + F.logsigmoid(-logits)  # above the one before, not above this one
        return above.logsumexp(1) - in_class.logsumexp(1)
