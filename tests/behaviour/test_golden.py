"""The numbers of today are those of the day when they were written down; see tests/golden/trajectories.py."""

import json
from pathlib import Path

import pytest

from tests.golden.trajectories import FILE, RECIPES, trajectory

WRITTEN = json.loads(FILE.read_text())


def test_every_recipe_is_written_down() -> None:
    assert [*WRITTEN] == [*RECIPES]


@pytest.mark.parametrize("name", RECIPES)
def test_losses_follow_the_trajectory_that_was_written_down(tmp_path: Path, name: str) -> None:
    found = trajectory(tmp_path / "run", name)
    assert [*found] == [*WRITTEN[name]]
    for key, losses in found.items():
        assert losses == pytest.approx(WRITTEN[name][key], rel=1e-5, abs=0)  # other CPUs round the last bits otherwise
