"""Quantiles of each target, none of which can cross another."""

import torch
from torch import Tensor
from torch.nn import functional as F

from src.heads.head import Head, Prediction
from src.heads.positive import inverse_softplus
from src.heads.running_sum import running_sum
from src.spec import OutputSpec
from src.units import from_standard


class Quantile(Head):
    """The lowest level is the first of a target's logits, each further one lies the softplus of its own logit above.

    What is predicted is the level next to 0.5, of two equally near the lower one. Of several members, each level is the
    mean of theirs in the network's units.
    """

    def __init__(self, output: OutputSpec) -> None:
        super().__init__(output)
        distances = [round(abs(level - 0.5), 9) for level in output.levels]  # 0.3 and 0.7 are equally near
        self.middle = distances.index(min(distances))

    def quantiles(self, logits: Tensor) -> Tensor:
        """[n, targets, levels] in the network's units, ascending."""
        first, steps = self._parts(logits)
        return torch.cat([first, first + running_sum(steps)], -1)

    def point(self, logits: Tensor) -> Tensor:
        return from_standard(self.quantiles(logits)[..., self.middle], self.output)

    def predicted(self, logits: Tensor) -> Prediction:
        values = [from_standard(each, self.output) for each in self.quantiles(logits).unbind(-1)]
        names = self.output.beside[: len(values)]  # what may follow comes from src/post_hoc
        return Prediction(values[self.middle], beside=dict(zip(names, values, strict=True)))

    def averaged(self, logits: Tensor) -> Tensor:
        first, steps = (part.mean(1) for part in self._parts(logits.double()))
        return torch.cat([first, inverse_softplus(steps)], -1).flatten(1).to(logits.dtype)

    def _parts(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """The lowest level [..., targets, 1], and the steps from level to level [..., targets, levels - 1]."""
        of_target = logits.reshape(*logits.shape[:-1], len(self.output.targets), len(self.output.levels))
        return of_target[..., :1], F.softplus(of_target[..., 1:])
