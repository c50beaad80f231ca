import re

import numpy as np
import pytest
from numpy.typing import NDArray

from src.data.findings.linear import combinations_that_are_the_target
from src.data.findings.view import View
from src.task import Task

N = 500
RNG = np.random.default_rng(0)
FARE, TOLLS = RNG.gamma(2, 5, N), RNG.choice([0.0, 5.5, 6.12], N)
TIP = np.where(RNG.random(N) < 0.3, 0, RNG.gamma(2, 1.5, N))
CHARGES = RNG.choice([3.3, 3.8, 4.3, 0.8], N)


def found(target: NDArray[np.float64], **columns: NDArray[np.float64]) -> list[str]:
    return found_for(Task.REGRESSION, target, columns)


def found_for(task: Task, target: NDArray[np.float64], columns: dict[str, NDArray[np.float64]]) -> list[str]:
    rows = np.arange(N)
    view = View(columns, {}, {"y": target}, rows % 5 // 4, rows, task, (), N)
    return [f"{finding.severity}: {finding.text}" for finding in combinations_that_are_the_target(view)]


def test_the_parts_of_a_sum_are_named_whichever_of_them_is_the_target() -> None:
    total = FARE + TIP + TOLLS
    [text] = found(TIP, fare=FARE, tolls=TOLLS, total=total, other=RNG.normal(size=N))
    assert text.startswith("grave: columns 'fare', 'tolls', 'total' together give the target 'y' (they explain 100.00")
    [text] = found(total, fare=FARE, tip=TIP, tolls=TOLLS)
    assert "'fare', 'tip', 'tolls' together" in text


def test_a_sum_with_charges_that_are_in_no_column_is_one_as_well() -> None:
    total = (FARE + TIP + TOLLS + CHARGES).round(2)
    [text] = found(TIP.round(2), fare=FARE.round(2), tolls=TOLLS, total=total, other=RNG.normal(size=N))
    assert re.search(r"it is total - fare - tolls plus one of \d values in 90% of the rows", text)


def test_a_target_that_columns_only_go_with_is_fine() -> None:
    assert found(FARE + TIP, fare=FARE, tolls=TOLLS) == []
    assert found(CHARGES, fare=FARE, tolls=TOLLS) == []  # few values by itself


def test_one_column_alone_and_few_rows_are_left_to_others() -> None:
    assert found(3 * FARE, fare=FARE, other=RNG.normal(size=N)) == []
    assert found(RNG.normal(size=N), **{f"x{each}": RNG.normal(size=N) for each in range(60)}) == []


def test_missing_cells_and_constants_do_not_hide_it() -> None:
    with_gaps = np.where(RNG.random(N) < 0.1, np.nan, TOLLS)
    [text] = found(FARE + TOLLS, fare=FARE, tolls=with_gaps, constant=np.ones(N))
    assert "'fare', 'tolls' together" in text


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_classes_are_left_to_others(task: Task) -> None:
    assert found_for(task, (FARE > 10).astype(float), {"fare": FARE, "tolls": TOLLS}) == []
