import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.batches import batch_starts, fitting_size, seed_for, share


def test_seeds_fit_torch_and_differ_for_neighbours_and_swapped_numbers() -> None:
    seeds = [seed_for(one, other) for one in range(40) for other in range(40)] + [seed_for(one) for one in range(40)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


@settings(deadline=None)
@given(rows=st.integers(1, 2000), batch_size=st.integers(1, 300))
def test_batches_cover_each_row_once_and_no_last_batch_is_a_single_row(rows: int, batch_size: int) -> None:
    starts = batch_starts(rows, batch_size)
    assert (starts[0], starts[-1]) == (0, rows)
    sizes = [stop - start for start, stop in itertools.pairwise(starts)]
    assert all(size == batch_size for size in sizes[:-1])
    if batch_size > 1 and rows > 1:
        assert 2 <= sizes[-1] <= batch_size + 1
    assert sum(sizes) == rows


def test_a_last_single_row_joins_the_batch_before() -> None:
    assert batch_starts(41, 20) == [0, 20, 41]
    assert batch_starts(42, 20) == [0, 20, 40, 42]
    assert batch_starts(20, 20) == [0, 20]
    assert batch_starts(21, 20) == [0, 21]
    assert batch_starts(1, 20) == [0, 1]


@pytest.mark.parametrize(
    ("rows", "starts"), [(41, [0, 20, 40]), (40, [0, 20, 40]), (39, [0, 20]), (20, [0, 20]), (7, [0, 7])]
)
def test_rows_for_no_whole_batch_are_left_out_if_wanted(rows: int, starts: list[int]) -> None:
    assert batch_starts(rows, 20, drop_last=True) == starts


@settings(deadline=None)
@given(rows=st.integers(0, 10**7), of=st.integers(1, 64))
def test_shares_partition_the_rows_evenly(rows: int, of: int) -> None:
    shares = [share(rows, index, of) for index in range(of)]
    assert (shares[0][0], shares[-1][1]) == (0, rows)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(shares))
    sizes = [stop - start for start, stop in shares]
    assert min(sizes) >= 0
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("rows", "size"), [(1, 16), (240, 16), (4_000, 32), (6_400, 64), (13_000, 128), (34_500, 256), (10**6, 1024)]
)
def test_a_fitting_batch_is_about_a_128th_of_the_rows(rows: int, size: int) -> None:
    assert fitting_size(rows) == size
