"""Numbers: each as it is, in the units that the network works in."""

from torch import Tensor

from src.heads.head import Head, Prediction
from src.units import from_standard


class Value(Head):
    """Of several members the mean, taken in the network's units."""

    def point(self, logits: Tensor) -> Tensor:
        return from_standard(logits, self.output)

    def predicted(self, logits: Tensor) -> Prediction:
        return Prediction(self.point(logits))

    def averaged(self, logits: Tensor) -> Tensor:
        return logits.mean(1)
