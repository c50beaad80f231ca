import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from src.batches import batch_starts
from src.steps import CHUNK_STEPS, CHUNK_WORK, StepPlan

PLAN: dict[str, Any] = {
    "rows": 241,
    "batch_size": 20,
    "max_epochs": 50,
    "accumulate": 1,
    "gradient_clip": None,
    "seed": 0,
    "rank": 0,
    "world": 1,
    "device": "cpu",
    "threads": 1,
    "precision": "32",
    "parameters": 193,
}


def plan(**changes: Any) -> StepPlan:
    return StepPlan(**PLAN | changes)


@settings(deadline=None)
@given(rows=st.integers(1, 20_000), batch_size=st.integers(1, 400), parameters=st.integers(0, 10**9))
def test_chunks_hold_each_step_once_and_in_order(rows: int, batch_size: int, parameters: int) -> None:
    made = plan(rows=rows, batch_size=batch_size, parameters=parameters)
    chunks = [list(itertools.pairwise(made.starts_of(chunk))) for chunk in range(made.chunks)]
    steps = list(itertools.pairwise(batch_starts(rows, batch_size)))
    assert list(itertools.chain(*chunks)) == steps
    assert made.steps_per_epoch == len(steps)
    assert all(1 <= len(chunk) <= CHUNK_STEPS for chunk in chunks)


@settings(deadline=None)
@given(batch_size=st.integers(1, 10**6), parameters=st.integers(0, 10**10))
def test_a_chunk_has_bounded_work_but_one_step_at_least(batch_size: int, parameters: int) -> None:
    steps = plan(batch_size=batch_size, parameters=parameters).chunk_steps
    assert steps == 1 or steps * batch_size * parameters <= CHUNK_WORK
    assert 1 <= steps <= CHUNK_STEPS


def test_the_epoch_of_a_small_network_is_one_chunk() -> None:
    assert (plan().steps_per_epoch, plan().chunks) == (12, 1)  # the last batch has 21 rows


def test_a_large_network_gets_many_chunks() -> None:
    made = plan(rows=1000, parameters=10**8)
    assert (made.chunk_steps, made.chunks) == (3, 17)
    assert made.starts_of(0) == [0, 20, 40, 60]
    assert made.starts_of(16) == [960, 980, 1000]


def test_a_network_that_makes_many_vectors_of_a_row_counts_as_larger() -> None:
    assert plan(parameters=10**6, vectors=100).chunk_steps == plan(parameters=10**8).chunk_steps
