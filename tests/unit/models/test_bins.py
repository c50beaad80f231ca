from typing import Any

import numpy as np
import pytest
import rtdl_num_embeddings
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.testing import assert_close

from src.models.bins import quantile_bins, tree_bins


def table(rows: int = 600) -> Tensor:
    """Two columns of numbers, one of few values, one with a long tail."""
    torch.manual_seed(0)
    x = torch.randn(rows, 4)
    x[:, 2] = x[:, 2].round()
    x[:, 3] = (3 * x[:, 3]).exp()
    return x


def indicators(y: Tensor) -> Tensor:
    return F.one_hot(y).double()


@pytest.mark.parametrize("n_bins", [2, 7, 48])
def test_quantiles_are_those_of_the_authors(n_bins: int) -> None:
    expected = rtdl_num_embeddings.compute_bins(table(), n_bins=n_bins)
    for column, borders in zip(table().T, expected, strict=True):
        assert_close(quantile_bins(column, n_bins), borders, rtol=0, atol=0)


def test_a_column_of_few_values_has_few_bins_and_one_of_a_single_value_none() -> None:
    assert quantile_bins(torch.tensor([3.0, 1.0, 3.0, 2.0, 1.0]), 4).tolist() == [1.0, 2.0, 3.0]
    assert quantile_bins(torch.tensor([0.0] * 51 + [1.0] * 50), 10).tolist() == [0.0, 1.0]
    assert quantile_bins(torch.tensor([4.0, 4.0]), 48).tolist() == [4.0]
    assert tree_bins(torch.tensor([4.0] * 200), torch.randn(200, 1), 48, 1).tolist() == [4.0]


@pytest.mark.parametrize("task", ["one number", "two numbers", "two classes", "four classes"])
@pytest.mark.parametrize(("n_bins", "leaf"), [(2, 64), (8, 20), (48, 30), (48, 40)])
def test_a_tree_splits_where_that_of_scikit_learn_does(task: str, n_bins: int, leaf: int) -> None:
    x = table()
    noise = torch.randn(600, 2)
    told: Any = (x[:, :2].sin() + x[:, 2:3] + 0.3 * noise).double()
    regression = "number" in task
    match task:
        case "one number":
            y, theirs = told[:, :1], told[:, 0]
        case "two numbers":  # scikit-learn takes the mean over the numbers
            y, theirs = told / 2**0.5, told
        case "two classes":
            theirs = (told[:, 0] > 0).long()
            y = indicators(theirs)
        case _:
            theirs = (told[:, 0] > 0).long() + 2 * (told[:, 1] > 0.5)
            y = indicators(theirs)
    kwargs = {"min_samples_leaf": leaf, "min_impurity_decrease": 1e-4, "random_state": 0}
    for column in x.T:
        expected = _authors(column, theirs, n_bins, regression, kwargs)
        assert_close(tree_bins(column, y, n_bins, leaf), expected, rtol=1e-6, atol=1e-7)


def _authors(column: Tensor, y: Tensor, n_bins: int, regression: bool, kwargs: dict[str, Any]) -> Tensor:
    """With scikit-learn's trees; of several numbers directly, which the authors' function refuses."""
    if y.ndim == 1:
        [borders] = rtdl_num_embeddings.compute_bins(
            column[:, None], n_bins, tree_kwargs=kwargs, y=y, regression=regression
        )
        return borders  # type: ignore[no-any-return]
    from sklearn.tree import DecisionTreeRegressor

    tree = DecisionTreeRegressor(max_leaf_nodes=n_bins, **kwargs).fit(column[:, None].numpy(), y.numpy()).tree_
    found = tree.threshold[tree.children_left != tree.children_right]
    return torch.from_numpy(np.unique([*found, column.min(), column.max()]).astype(np.float32))


def test_noise_is_not_split() -> None:
    torch.manual_seed(1)
    assert len(tree_bins(torch.randn(2000), torch.ones(2000, 1), 48, 1)) == 2


def test_a_tree_needs_rows_on_both_sides() -> None:
    x, y = torch.arange(100.0), (torch.arange(100) >= 10).double()[:, None]
    assert tree_bins(x, y, 2, 10).tolist() == [0.0, 9.5, 99.0]
    assert tree_bins(x, y, 2, 20).tolist() == [0.0, 19.5, 99.0]
    assert tree_bins(x, y, 2, 51).tolist() == [0.0, 99.0]
