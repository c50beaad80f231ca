import pytest
import torch
from sklearn.preprocessing import OneHotEncoder as Reference
from torch import Tensor
from torch.testing import assert_close

from src.models.categorical import MISSING, UNSEEN, CategoricalEncoder

CARDINALITIES = (5, 2, 3)  # with unseen and missing: 3, 0 and 1 words


def every_category() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.stack([torch.randint(size, (50,), generator=generator) for size in CARDINALITIES], 1)


def test_one_hot_equals_scikit_learn() -> None:
    x_cat = every_category()
    known = [list(range(1, size)) for size in CARDINALITIES]
    reference = Reference(categories=known, handle_unknown="ignore", sparse_output=False)
    expected = torch.from_numpy(reference.fit_transform(x_cat.numpy()))
    encode = CategoricalEncoder(CARDINALITIES, "one_hot")
    assert_close(encode(x_cat), expected.float(), rtol=0, atol=0)
    assert encode.d_out == expected.shape[1] == 7


def test_an_unseen_category_is_all_zeros() -> None:
    unseen = torch.full((1, 3), UNSEEN)
    assert CategoricalEncoder(CARDINALITIES, "one_hot")(unseen).count_nonzero() == 0
    assert CategoricalEncoder(CARDINALITIES, "embedding")(unseen).count_nonzero() == 0


def test_of_missing_are_the_outputs_that_a_missing_category_sets() -> None:
    encode = CategoricalEncoder(CARDINALITIES, "one_hot")
    assert encode.of_missing == [0, 4, 5]
    assert encode(torch.full((1, 3), MISSING))[0].nonzero().flatten().tolist() == encode.of_missing
    assert CategoricalEncoder(CARDINALITIES, "embedding").of_missing == []


def test_an_embedding_is_the_row_of_each_table_side_by_side() -> None:
    encode, x_cat = CategoricalEncoder(CARDINALITIES, "embedding", embedding_dim=4), every_category()
    tables = [encode.get_parameter(f"embeddings.{j}.weight") for j in range(3)]
    assert_close(encode(x_cat), torch.cat([table[x_cat[:, j]] for j, table in enumerate(tables)], 1), rtol=0, atol=0)
    assert encode.d_out == 12


@pytest.mark.parametrize(("size", "width"), [(2, 3), (3, 3), (5, 4), (12, 7), (102, 22), (10_000, 50)])
def test_the_length_of_a_vector_follows_from_the_number_of_categories(size: int, width: int) -> None:
    assert CategoricalEncoder([size], "embedding").d_out == width


def test_vectors_start_small_and_those_of_the_unmet_at_zero() -> None:
    encode = CategoricalEncoder([40, 40], "embedding", embedding_dim=16)
    for j in range(2):
        table = encode.get_parameter(f"embeddings.{j}.weight")
        assert table[[UNSEEN, MISSING]].count_nonzero() == 0
        assert table[2:].abs().max() <= 16**-0.5
        assert (table[2:] != 0).all()


def test_the_vector_of_a_missing_category_learns_once_training_met_one() -> None:
    encode = CategoricalEncoder([4], "embedding", embedding_dim=2)
    table = encode.get_parameter("embeddings.0.weight")
    encode(torch.tensor([[MISSING], [3]])).sum().backward()
    assert table.grad is not None
    assert table.grad.any(1).tolist() == [False, True, False, True]


def test_auto_is_one_hot_up_to_a_number_of_values_and_embeds_the_columns_above_it() -> None:
    encode = CategoricalEncoder([5, 40, 6, 2], one_hot_max=3, embedding_dim=7)  # 3, 38, 4 and 0 values
    assert (encode.one_hot, encode.embedded) == ({0: 5, 3: 2}, [1, 2])
    x_cat = torch.tensor([[MISSING, 39, 5, UNSEEN], [4, 2, 3, MISSING]])
    indicators = torch.tensor([[1.0, 0, 0, 0, 0], [0, 0, 0, 1, 1]])
    tables = [encode.get_parameter(f"embeddings.{k}.weight") for k in range(2)]
    expected = torch.cat([indicators, tables[0][x_cat[:, 1]], tables[1][x_cat[:, 2]]], 1)
    assert_close(encode(x_cat), expected, rtol=0, atol=0)
    assert (encode.d_out, encode.of_missing) == (19, [0, 4])


def test_auto_equals_the_kind_that_it_chooses() -> None:
    x_cat = every_category()
    assert_close(CategoricalEncoder(CARDINALITIES)(x_cat), CategoricalEncoder(CARDINALITIES, "one_hot")(x_cat))
    torch.manual_seed(0)
    chosen = CategoricalEncoder(CARDINALITIES, one_hot_max=0)  # two of the three have words
    assert (list(chosen.one_hot), chosen.embedded) == ([1], [0, 2])
