import pytest
import torch
from torch.testing import assert_close

from src.spec import OutputSpec
from src.task import Task

Y = torch.tensor([-1e4, -0.5, 0.0, 3.0, 1e5], dtype=torch.float64)


@pytest.mark.parametrize(
    "output",
    [
        OutputSpec("y", Task.REGRESSION),
        OutputSpec("y", Task.REGRESSION, center=7.0, scale=1e4),
        OutputSpec("y", Task.REGRESSION, center=1.0, scale=3.0, log=True),
    ],
)
def test_the_inverse_gives_the_target_back(output: OutputSpec) -> None:
    standard = output.to_standard(Y)
    assert standard.dtype == torch.float32
    assert_close(output.from_standard(standard), Y, rtol=1e-5, atol=2e-3)


def test_a_spec_without_log_is_read_as_one_without() -> None:
    state = OutputSpec("y", Task.REGRESSION, center=7.0, scale=2.0).to_dict()
    del state["log"]
    assert OutputSpec.from_dict(state).log is False
