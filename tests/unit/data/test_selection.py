"""Rows in pieces by size, as if they were sorted."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from src.data.splits.selection import piece_of_each


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=80),
    st.lists(st.integers(0, 30), min_size=1, max_size=6),
    st.integers(0, 99),
)
def test_pieces_are_those_of_the_sorted_rows(values: list[int], sizes: list[int], seed: int) -> None:
    """By value, then by chance (with few different numbers, so that some are equal), then as they stand."""
    n = len(values)
    chance = np.random.default_rng(seed).integers(0, 4, n).astype(np.uint64)
    borders = np.minimum(np.cumsum([0, *sizes]), n)
    borders[-1] = n
    order = sorted(range(n), key=lambda row: (values[row], chance[row], row))
    expected = np.empty(n, np.uint8)
    for piece, (first, last) in enumerate(itertools.pairwise(borders)):
        expected[order[first:last]] = piece
    for numbers in (np.array(values), np.array(values) / 7):
        assert piece_of_each(numbers, np.diff(borders).tolist(), chance).tolist() == expected.tolist()
