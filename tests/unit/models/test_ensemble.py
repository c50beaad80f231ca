import torch
from torch import Tensor, nn
from torch.testing import assert_close

from src.models.ensemble import Ensemble, state_of
from src.models.network import Network
from src.outputs import averaged, predicted
from src.spec import InputSpec, OutputSpec
from src.task import Task

KINDS = OutputSpec(("kind",), Task.MULTICLASS, ("x", "y", "z"))


INPUT = InputSpec(("a", "b"), (0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (False, False), (), ())


class Answers(Network):
    """Gives the same logits to every row: [d_out], or [k, d_out] of k members of its own."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__(INPUT)
        self.logits = nn.Parameter(logits)

    def from_encoded(self, x: Tensor, x_cat: Tensor) -> Tensor:  # noqa: ARG002
        return self.logits.expand(len(x), *self.logits.shape)


def rows(n: int) -> tuple[Tensor, Tensor]:
    return torch.zeros(n, 2), torch.zeros(n, 0, dtype=torch.int64)


def test_each_member_answers_each_row() -> None:
    logits = torch.randn(4, 3)
    answers = Ensemble([Answers(each) for each in logits])(*rows(7))
    assert answers.equal(logits.expand(7, 4, 3))


def test_networks_with_members_of_their_own_are_averaged_first_alone_then_together() -> None:
    logits = torch.randn(4, 5, 3)  # ensemble of 4, each of 5
    together = predicted(averaged(Ensemble([Answers(each) for each in logits])(*rows(2)), KINDS), KINDS).probability
    of_members = [predicted(averaged(Answers(each)(*rows(2)), KINDS), KINDS).probability for each in logits]
    assert_close(together, torch.stack(of_members).mean(0), rtol=1e-6, atol=1e-7)


def test_the_state_of_an_ensemble_is_that_of_its_members() -> None:
    members = [Answers(torch.randn(3)) for _ in range(11)]
    state = state_of([member.state_dict() for member in members])
    assert list(state) == list(Ensemble(members).state_dict())
    other = Ensemble([Answers(torch.zeros(3)) for _ in range(11)])
    other.load_state_dict(state)
    assert other(*rows(2)).equal(Ensemble(members)(*rows(2)))


def test_the_state_of_a_single_network_is_its_own() -> None:
    state = Answers(torch.zeros(3)).state_dict()
    assert state_of([state]) is state
