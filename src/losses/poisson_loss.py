"""The loss of counts."""

from torch import Tensor

from src.heads.poisson import Poisson
from src.losses.row_loss import RowLoss
from src.spec import OutputSpec


class PoissonLoss(RowLoss):
    """The negative log-likelihood rate - count * log(rate), without its constant, as in `torch.nn.PoissonNLLLoss`,
    with rates and counts in multiples of the mean count (`src.heads.poisson`), which keeps it at the size of 1; of
    several targets the mean."""

    def __init__(self, output: OutputSpec) -> None:
        super().__init__()
        self.output, self.head = output, Poisson(output)

    def target(self, y: Tensor) -> Tensor:
        return (y.reshape(len(y), len(self.output.targets)) / self.head.mean_count(y)).float()

    def rows(self, logits: Tensor, target: Tensor) -> Tensor:
        return (logits.exp() - target * logits).mean(1)

    def mean(self, logits: Tensor, target: Tensor) -> Tensor:
        return (logits.exp() - target * logits).mean()
