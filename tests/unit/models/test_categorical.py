import pytest
import torch
from sklearn.preprocessing import OneHotEncoder as Reference
from torch import Tensor
from torch.testing import assert_close

from src.models.categorical import MISSING, UNSEEN, EmbeddingEncoder, OneHotEncoder

CARDINALITIES = (5, 2, 3)  # with unseen and missing: 3, 0 and 1 words


def every_category() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.stack([torch.randint(size, (50,), generator=generator) for size in CARDINALITIES], 1)


def test_one_hot_equals_scikit_learn() -> None:
    x_cat = every_category()
    known = [list(range(1, size)) for size in CARDINALITIES]
    reference = Reference(categories=known, handle_unknown="ignore", sparse_output=False)
    expected = torch.from_numpy(reference.fit_transform(x_cat.numpy()))
    encode = OneHotEncoder(CARDINALITIES)
    assert_close(encode(x_cat), expected.float(), rtol=0, atol=0)
    assert encode.d_out == expected.shape[1] == 7


def test_an_unseen_category_is_all_zeros() -> None:
    unseen = torch.full((1, 3), UNSEEN)
    assert OneHotEncoder(CARDINALITIES)(unseen).count_nonzero() == 0
    assert EmbeddingEncoder(CARDINALITIES)(unseen).count_nonzero() == 0


def test_of_missing_are_the_outputs_that_a_missing_category_sets() -> None:
    encode = OneHotEncoder(CARDINALITIES)
    assert encode.of_missing == [0, 4, 5]
    assert encode(torch.full((1, 3), MISSING))[0].nonzero().flatten().tolist() == encode.of_missing
    assert EmbeddingEncoder(CARDINALITIES).of_missing == []


def test_an_embedding_is_the_row_of_each_table_side_by_side() -> None:
    encode, x_cat = EmbeddingEncoder(CARDINALITIES, 4), every_category()
    tables = [encode.get_parameter(f"embeddings.{j}.weight") for j in range(3)]
    assert_close(encode(x_cat), torch.cat([table[x_cat[:, j]] for j, table in enumerate(tables)], 1), rtol=0, atol=0)
    assert encode.d_out == 12


@pytest.mark.parametrize(("size", "width"), [(2, 3), (3, 3), (5, 4), (12, 7), (102, 22), (10_000, 50)])
def test_the_length_of_a_vector_follows_from_the_number_of_categories(size: int, width: int) -> None:
    assert EmbeddingEncoder([size]).d_out == width


def test_vectors_start_small_and_those_of_the_unmet_at_zero() -> None:
    encode = EmbeddingEncoder([40, 40], 16)
    for j in range(2):
        table = encode.get_parameter(f"embeddings.{j}.weight")
        assert table[[UNSEEN, MISSING]].count_nonzero() == 0
        assert table[2:].abs().max() <= 16**-0.5
        assert (table[2:] != 0).all()


def test_the_vector_of_a_missing_category_learns_once_training_met_one() -> None:
    encode = EmbeddingEncoder([4], 2)
    table = encode.get_parameter("embeddings.0.weight")
    encode(torch.tensor([[MISSING], [3]])).sum().backward()
    assert table.grad is not None
    assert table.grad.any(1).tolist() == [False, True, False, True]
