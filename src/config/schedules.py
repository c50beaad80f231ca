"""Key `trainer.schedules`: what changes over the steps beside the learning rate (which has a group, `scheduler`)."""

from typing import Literal

from src.config.section import Section

Shape = Literal["constant", "linear", "cosine", "flat_cos"]


class Schedules(Section):
    """Each a factor of the value in its own section, from 1 at the first step down to 0 at the last of `max_epochs`.

    linear: a straight line; cosine: half a cosine; flat_cos: 1 for the first half of the steps, then half a cosine
    (RealMLP: Holzmüller et al. 2024).
    """

    dropout: Shape = "constant"
    """Of all dropouts of the network."""
    weight_decay: Shape = "constant"
    """Of the optimizer; its `weight_decay` also shrinks with the learning rate where it is decoupled."""
    label_smoothing: Shape = "constant"
    """Of the loss, while training; the validation loss is that of the whole `label_smoothing` all along."""

    @property
    def moving(self) -> list[str]:
        """Those that are not constant."""
        return [name for name, shape in self.model_dump().items() if shape != "constant"]
