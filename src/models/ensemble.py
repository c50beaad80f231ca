"""Several networks of the same kind that answer together."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from src.models.network import Network


class Ensemble(nn.ModuleList):
    """Every member sees every row; `src.outputs.averaged` makes one of their answers (Lakshminarayanan et al. 2017).

        x_num [n, d_num] ─┬─ member 0 ─ [n, d_out] ─┐
        x_cat [n, d_cat] ─┼─ ...                    ├─ [n, members, d_out]
                          └─ member m ─ [n, d_out] ─┘

    >>> network = Ensemble([Mlp(input, d_out=3), Mlp(input, d_out=3)])
    >>> logits = network(x_num, x_cat)                                  # float32 [n, 2, 3]

    Networks that have k members of their own, and give [n, k, d_out], make [n, members * k, d_out] together: all count
    the same.
    """

    def __init__(self, members: Sequence[Network]) -> None:
        super().__init__(members)
        self.vectors = members[0].vectors  # they work one after the other

    def forward(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        answers = [member(x_num, x_cat) for member in self]
        return torch.cat([each if each.ndim == 3 else each.unsqueeze(1) for each in answers], dim=1)


def state_of(members: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The `state_dict` of an ensemble from those of its members; that of a single one stays as it is."""
    if len(members) == 1:
        return members[0]
    return {f"{number}.{key}": value for number, member in enumerate(members) for key, value in member.items()}
