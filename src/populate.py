"""Trains the runs of a grid that can be trained side by side: `python -m src.populate GRID` (started by the grid).

What it leaves out, since it must be trained alone or has begun before, the grid makes afterwards, one after another.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from src.command_line import exit_code
from src.errors import ConfigError
from src.jobs import arguments, environment, facts_of
from src.loading import loading

if TYPE_CHECKING:
    from src.config.compose import Composed


def populate(grid: Path) -> None:
    """Raises what `src.side_by_side.train` does."""
    facts = facts_of(grid)
    jobs = [job for job in facts["jobs"] if not (grid / job["folder"] / "run.json").is_file()]
    with loading():
        from src.side_by_side import train

    composed = [(_composed(grid, facts, job), environment(facts, job)) for job in jobs]
    train([(run, variables) for run, variables in composed if run])


def _composed(grid: Path, facts: dict[str, Any], job: dict[str, Any]) -> "Composed | None":
    """None for what needs a person's word (`allow_custom`): the grid asks for it."""
    from src.config.compose import compose

    config_dir = facts["config_dir"] and Path(facts["config_dir"])
    overrides = [text for text in arguments(grid, facts, job) if not text.startswith("--config-dir=")]
    with suppress(ConfigError):
        return compose(overrides, config_dir)
    return None


if __name__ == "__main__":
    sys.exit(exit_code(lambda: populate(Path(sys.argv[1]))))
