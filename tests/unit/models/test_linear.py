import torch
from sklearn.linear_model import LogisticRegression

from src.models.linear import Linear
from src.spec import InputSpec

INPUT = InputSpec(("a", "b"), (0.0, 0.0), (0.5, -1.0), (2.0, 3.0), (False, False), ("c",), (5,))


def test_its_probabilities_are_those_of_softmax_regression_with_the_same_weights() -> None:
    generator = torch.Generator().manual_seed(0)
    x_num, x_cat = torch.randn(60, 2, generator=generator), torch.randint(2, 5, (60, 1), generator=generator)
    y = (x_num[:, 0] > 0).long() + (x_cat[:, 0] == 3).long()
    encoded = torch.cat([(x_num - torch.tensor([0.5, -1.0])) / torch.tensor([2.0, 3.0])], 1)
    encoded = torch.cat([encoded, torch.zeros(60, 1), (x_cat == torch.tensor([2, 3, 4])).float()], 1)
    reference = LogisticRegression().fit(encoded.numpy(), y.numpy())
    network = Linear(INPUT, 3)
    weights = {"layers.0.weight": torch.tensor(reference.coef_), "layers.0.bias": torch.tensor(reference.intercept_)}
    network.load_state_dict(network.state_dict() | weights)
    found = network(x_num, x_cat).softmax(1)
    expected = torch.tensor(reference.predict_proba(encoded.numpy()), dtype=torch.float32)
    torch.testing.assert_close(found.detach(), expected)
