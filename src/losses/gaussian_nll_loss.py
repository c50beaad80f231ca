"""The loss of normal distributions."""

from torch import Tensor

from src.heads.gaussian import Gaussian
from src.losses.row_loss import RowLoss
from src.spec import OutputSpec
from src.units import to_standard


class GaussianNllLoss(RowLoss):
    """The negative log-likelihood (log(variance) + (truth - mean)**2 / variance) / 2, without its constant, in standard
    units of the target (Nix & Weigend 1994), as in `torch.nn.GaussianNLLLoss`; of several targets the mean."""

    def __init__(self, output: OutputSpec) -> None:
        super().__init__()
        self.output, self.head = output, Gaussian(output)

    def target(self, y: Tensor) -> Tensor:
        return to_standard(y, self.output)

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        return self._each(logits, target).mean(1)

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        return self._each(logits, target).mean()

    def _each(self, logits: Tensor, target: Tensor) -> Tensor:
        mean, variance = self.head.moments(logits)
        return (variance.log() + (mean - target).square() / variance) / 2
