import torch
from torch.testing import assert_close

from src.models.mlp import Mlp
from src.models.numeric import NumericEncoder
from src.spec import InputSpec

NAN = float("nan")


def spec(*indicator: bool) -> InputSpec:
    n = len(indicator)
    names = tuple(f"x{j}" for j in range(n))
    impute, center, scale = (tuple(start + 2.0 * j for j in range(n)) for start in (7.0, -3.0, 0.5))
    return InputSpec(names, impute, center, scale, indicator, (), ())


def test_numbers_are_centred_and_scaled() -> None:
    encode = NumericEncoder(spec(False, False))  # centers -3, -1; scales 0.5, 2.5
    x = torch.tensor([[1.0, 2.0], [-3.0, -1.0], [0.0, 1e6]])
    expected = torch.tensor([[8.0, 1.2], [0.0, 0.0], [6.0, 1000001 / 2.5]])
    assert_close(encode(x), expected)
    assert encode.d_out == 2


def test_a_missing_number_counts_as_what_is_imputed() -> None:
    encode = NumericEncoder(spec(False, False))  # impute 7, 9
    assert_close(encode(torch.tensor([[NAN, NAN]])), encode(torch.tensor([[7.0, 9.0]])), rtol=0, atol=0)
    assert_close(encode(torch.tensor([[NAN, 0.0]])), torch.tensor([[20.0, 0.4]]))


def test_indicators_stand_behind_the_numbers_and_tell_which_were_missing() -> None:
    encode = NumericEncoder(spec(True, False, True))
    encoded = encode(torch.tensor([[NAN, NAN, 1.0], [0.0, 0.0, NAN]]))
    assert encode.d_out == 5
    assert encoded.dtype == torch.float32
    assert encoded[:, 3:].tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_the_largest_numbers_stay_finite_behind_the_network_and_are_not_taken_for_missing_ones() -> None:
    x = torch.tensor([[3.4e38, -3.4e38], [-3.4e38, float("inf")]])
    network = Mlp(spec(True, False), 1, hidden=[100, 100, 100])
    assert network(x, torch.empty(2, 0)).isfinite().all()
    assert NumericEncoder(spec(True, False))(x)[:, 2].tolist() == [0.0, 0.0]


def test_a_table_without_numbers_gives_no_columns() -> None:
    encode = NumericEncoder(spec())
    assert encode(torch.empty(4, 0)).shape == (4, 0)
    assert encode.d_out == 0


def test_what_was_fitted_travels_with_the_weights_and_is_never_learned() -> None:
    encode = NumericEncoder(spec(True, False))
    assert list(encode.state_dict()) == ["impute", "center", "scale", "indicated"]
    assert list(encode.parameters()) == []
    other = NumericEncoder(InputSpec(("a", "b"), (0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (True, False), (), ()))
    other.load_state_dict(encode.state_dict())
    x = torch.tensor([[NAN, 3.0]])
    assert_close(other(x), encode(x), rtol=0, atol=0)
