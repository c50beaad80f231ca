"""What follows a network can be traced with it."""

import pytest
import torch
from torch import Tensor, nn

from src.outputs import predicted
from src.spec import OutputSpec, PostHoc
from src.task import Task

CURVE = ((0.1, 0.3, 0.6), (0.0, 0.4, 1.0))
OUTPUTS = {
    "curves, costs, sets": OutputSpec(
        *(("kind",), Task.MULTICLASS, ("a", "b", "c")),
        post_hoc=PostHoc((), (CURVE,) * 3, (), ((0, 1, 2), (1, 0, 1), (3, 1, 0)), 0.9, (0.8, 0.7, 0.6)),
    ),
    "temperatures, thresholds": OutputSpec(
        ("a", "b"), Task.MULTILABEL, post_hoc=PostHoc(temperature=(1.2, 0.8), threshold=(0.3, 0.4))
    ),
    "intervals": OutputSpec(
        *(("price",), Task.REGRESSION, (), (2.0,), (3.0,), True, (), "quantile", (0.1, 0.5, 0.9)),
        post_hoc=PostHoc(coverage=0.9, radius=(0.5,)),
    ),
}


class Answering(nn.Module):
    """From logits to all that is said."""

    def __init__(self, output: OutputSpec) -> None:
        super().__init__()
        self.output = output

    def forward(self, logits: Tensor) -> tuple[Tensor, ...]:
        said = predicted(logits, self.output)
        sets = [] if said.sets is None else [said.sets]
        return (said.point, said.probability, *said.beside.values(), *sets)


@pytest.mark.parametrize("name", [*OUTPUTS])
def test_it_is_exported_with_what_was_fitted_for_any_number_of_rows(name: str) -> None:
    output = OUTPUTS[name]
    logits = torch.randn(7, output.d_out, generator=torch.Generator().manual_seed(0))
    program = torch.export.export(Answering(output), (logits,), dynamic_shapes=({0: torch.export.Dim("rows")},))
    expected = Answering(output)(logits[:3])
    for found, each in zip(program.module()(logits[:3]), expected, strict=True):
        assert found.equal(each)
